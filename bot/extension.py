"""The extension: what `load_extension` puts into a bot, and takes out again."""

from discord.ext.commands import AutoShardedBot, Bot

from .commands.blend import BlendButton, Blending
from .commands.forget import ForgetButton, Forgetting
from .commands.names import NameButton, Names
from .commands.rate import Rating
from .commands.saved import KeepSelect, Saved, SavedControl
from .commands.settings import ServerSettings, SettingControl
from .commands.styles.cancel import CancelButton
from .commands.styles.candidate import CandidateButton
from .commands.styles.cog import Styles
from .commands.styles.info import ListControl
from .commands.styles.train import OfferButton
from .commands.styles.versions import LogControl
from .config import Settings, host_settings, load_settings
from .prefixes import prefix
from .services import Services

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
    services = await Services.open(settings)
    try:
        for command, cog in _COGS.items():
            if command not in settings.bot.disabled_commands:
                await bot.add_cog(cog(services))
    except BaseException:
        await services.close()
        raise
    bot.add_dynamic_items(*_CONTROLS)
    if isinstance(styles := bot.get_cog(Styles.__cog_name__), Styles):
        styles.followers.take_up(bot)


async def teardown(bot: Bot | AutoShardedBot) -> None:
    """Take back what the cogs did not: they closed what was open as they went."""
    bot.remove_dynamic_items(*_CONTROLS)
