"""The command line `namesmith forget-server`: delete what is stored of a server, at once."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from .config import ConfigError, Settings, find_settings
from .library import LibraryError, open_storage
from .store import Store, StoreError

_MAX_ID = 2**63 - 1


def main(arguments: Sequence[str]) -> int:
    """Run the command. Returns 0, 1 (failed), 2 (wrong usage or settings) or 130 (Ctrl-C)."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_forget(find_settings(options.config), options.server))
    except KeyboardInterrupt:
        return 130
    except (ConfigError, LibraryError, StoreError) as error:
        sys.stderr.write(f"namesmith: {error}\n")
        return 2 if isinstance(error, ConfigError) else 1
    sys.stdout.write(f"Deleted the settings, trainings and styles of server {options.server}.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="namesmith forget-server",
        description="Delete the settings, trainings and styles of a server, which can't be undone. "
        "A running bot notices it.",
    )
    parser.add_argument("server", metavar="ID", type=_server_id, help="id of the server")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings file (default: ./config.toml)"
    )
    return parser


def _server_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _MAX_ID):
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a server")
    return int(text)


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
