"""The command line `namesmith forget-server`: delete what is stored of a server, at once."""

import argparse
import asyncio
import sys
from pathlib import Path

from .config import ConfigError, Settings, find_settings
from .library import LibraryError, open_storage
from .store import Store, StoreError


def main(options: argparse.Namespace) -> int:
    """Run the command. Returns 0, 1 (failed), 2 (wrong usage or settings) or 130 (Ctrl-C)."""
    try:
        asyncio.run(_forget(find_settings(options.config), options.server))
    except KeyboardInterrupt:
        return 130
    except (ConfigError, LibraryError, StoreError) as error:
        sys.stderr.write(f"namesmith: {error}\n")
        return 2 if isinstance(error, ConfigError) else 1
    sys.stdout.write(f"Deleted the settings, trainings and styles of server {options.server}.\n")
    return 0


async def _forget(settings: Settings, guild_id: int) -> None:
    storage = await asyncio.to_thread(
        open_storage, settings.library.url, Path(settings.bot.data_dir)
    )
    await asyncio.to_thread(storage.delete_folder, f"@{guild_id:d}")
    store = await Store.open(settings.database_url)
    try:
        await store.forget_guild(guild_id)
    finally:
        await store.close()
