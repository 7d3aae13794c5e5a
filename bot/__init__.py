"""Namesmith, a discord.py extension that invents names.

`await bot.load_extension("namesmith")` puts its cogs into any discord.py bot. Settings come from
the bot's attribute `namesmith_settings` where it has one; else from `[namesmith.…]` sections of a
config.toml in the working folder, or the file that `NAMESMITH_CONFIG` names, and the environment.
"""

from discord.ext.commands import AutoShardedBot, Bot

from .commands.blending import BlendButton, Blending
from .commands.buttons import NameButton
from .commands.forgetting import ForgetButton, Forgetting
from .commands.names import Names
from .commands.panel import SettingControl
from .commands.rating import Rating
from .commands.saved import Saved, SavedControl
from .commands.saving import KeepSelect
from .commands.settings import ServerSettings
from .config import Settings, host_settings, load_settings
from .plugin import Plugin
from .prefix import prefix

__all__ = ["Settings", "load_settings", "prefix", "setup", "teardown"]

_COGS = {
    "name": Names,
    "rate": Rating,
    "blend": Blending,
    "saved": Saved,
    "settings": ServerSettings,
    "forget-me": Forgetting,
}
_CONTROLS = (NameButton, BlendButton, KeepSelect, SavedControl, SettingControl, ForgetButton)


async def setup(bot: Bot | AutoShardedBot) -> None:
    """Add the cogs to `bot`, or nothing.

    Raises `ConfigError`, `StyleNotFoundError`, `ArtifactError` or `StoreError`, each with a
    one-line message.
    """
    settings: Settings = getattr(bot, "namesmith_settings", None) or host_settings()
    plugin = await Plugin.open(settings)
    try:
        for command, cog in _COGS.items():
            if command not in settings.discord.without:
                await bot.add_cog(cog(plugin))
    except BaseException:
        await plugin.close()
        raise
    bot.add_dynamic_items(*_CONTROLS)


async def teardown(bot: Bot | AutoShardedBot) -> None:
    """Take back what the cogs did not: they closed what was open as they went."""
    bot.remove_dynamic_items(*_CONTROLS)
