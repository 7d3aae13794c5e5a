"""The extension: what `load_extension` puts into a bot, and takes out again."""

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
from .commands.styles.cancelling import CancelButton
from .commands.styles.cog import Styles
from .commands.styles.deciding import CandidateButton
from .commands.styles.history import LogControl
from .commands.styles.listing import ListControl
from .commands.styles.offering import OfferButton
from .config import Settings, host_settings, load_settings
from .plugin import Plugin
from .prefixes import prefix

__all__ = ["Settings", "load_settings", "prefix", "setup", "teardown"]

_COGS = {
    "name": Names,
    "rate": Rating,
    "blend": Blending,
    "saved": Saved,
    "settings": ServerSettings,
    "style": Styles,
    "forget-me": Forgetting,
}
_CONTROLS = (
    *(NameButton, BlendButton, KeepSelect, SavedControl, SettingControl, ForgetButton),
    *(ListControl, LogControl, OfferButton, CancelButton, CandidateButton),
)


async def setup(bot: Bot | AutoShardedBot) -> None:
    """Add the cogs to `bot`, or nothing.

    Raises `ConfigError`, `StyleNotFoundError`, `ArtifactError`, `LibraryError` or `StoreError`,
    each with a one-line message.
    """
    settings: Settings = getattr(bot, "namesmith_settings", None) or host_settings()
    plugin = await Plugin.open(settings)
    try:
        for command, cog in _COGS.items():
            if command not in settings.bot.disabled_commands:
                await bot.add_cog(cog(plugin))
    except BaseException:
        await plugin.close()
        raise
    bot.add_dynamic_items(*_CONTROLS)
    if isinstance(styles := bot.get_cog(Styles.__cog_name__), Styles):
        styles.followers.take_up(bot)


async def teardown(bot: Bot | AutoShardedBot) -> None:
    """Take back what the cogs did not: they closed what was open as they went."""
    bot.remove_dynamic_items(*_CONTROLS)
