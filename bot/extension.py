"""The discord.py extension: `setup` adds the cogs to a bot, `teardown` removes what is left."""

from functools import partial

from discord.ext.commands import AutoShardedBot, Bot

from .clashes import check_clashes, without_taken
from .command_names import rename_commands, set_command_names
from .commands.about import AboutCog
from .commands.base import NamesmithCog
from .commands.blend import BlendButton, BlendCog
from .commands.expired_components import answer_forged_component, expired_component
from .commands.forget import ForgetButton, ForgetCog
from .commands.help import is_own_help
from .commands.message_listener import MessageCog
from .commands.names import NameButton, NameCog
from .commands.rate import RateCog
from .commands.rate_message import RateMessageCog
from .commands.saved import SavedCog, SavedControl, SaveSelect
from .commands.settings import OfferControl, SettingsCog, SettingSelect
from .commands.slash_help import SlashHelpCog
from .commands.styles.candidate import CandidateButton
from .commands.styles.cog import StyleCog
from .commands.styles.info import DetailsButton
from .commands.styles.manage_cog import ManageStylesCog
from .commands.styles.pattern import PatternButton
from .commands.styles.style_list import ListControl
from .commands.styles.train import OfferButton
from .commands.styles.training_message import CancelButton
from .commands.styles.training_preview import ReadingControl
from .commands.styles.versions import LogControl
from .commands.welcome import welcome
from .config import ConfigError, Settings, host_settings, load_settings
from .config_sections import CommandName
from .departed_guilds import DepartedGuilds
from .library import LibraryError, StyleNotFoundError
from .prefixes import prefix
from .red import data_folder, load_error
from .sampling import ArtifactError
from .services import Services
from .store import StoreError

__all__ = ["Settings", "load_settings", "prefix", "setup", "teardown"]

_COGS: dict[CommandName, type[NamesmithCog]] = {
    "name": NameCog,
    "blend": BlendCog,
    "rate": RateCog,
    "style": StyleCog,
    "saved": SavedCog,
    "settings": SettingsCog,
    "manage-styles": ManageStylesCog,
    "forget-me": ForgetCog,
    "about": AboutCog,
    "help": SlashHelpCog,
}
"""The cogs in the order in which help shows their commands."""
_COMPONENTS = (
    *(NameButton, BlendButton, SaveSelect, SavedControl, SettingSelect, ForgetButton),
    OfferControl,
    *(ListControl, LogControl, OfferButton, ReadingControl, CancelButton, CandidateButton),
    *(PatternButton, DetailsButton),
)
_DYNAMIC_ITEMS = (*_COMPONENTS, expired_component(*_COMPONENTS))


_SETUP_ERRORS = (ConfigError, StyleNotFoundError, ArtifactError, LibraryError, StoreError)


async def setup(bot: Bot | AutoShardedBot) -> None:
    """Add the cogs to `bot`; on an error, add nothing.

    Raises `ConfigError`, `StyleNotFoundError`, `ArtifactError`, `LibraryError` or `StoreError`,
    each with a one-line message; in Red-DiscordBot its own error, with that message.
    """
    try:
        await _setup(bot)
    except _SETUP_ERRORS as error:
        raise load_error(bot, str(error)) or error from error


async def _setup(bot: Bot | AutoShardedBot) -> None:
    settings = _settings(bot)
    names = settings.bot.command_names
    enabled = [name for name in _COGS if name not in settings.bot.disabled_commands]
    added = without_taken(bot, {name: names.get(name, name) for name in enabled})
    check_clashes(bot, added, [_COGS[name] for name in added])
    set_command_names(names)
    services = await Services.open(settings)
    try:
        if settings.monitoring.port:
            from .monitoring import start_monitoring  # it imports a web server

            await start_monitoring(bot, services)
        for name in added:
            cog = _COGS[name](services)
            rename_commands(cog, names)
            await bot.add_cog(cog)
        await bot.add_cog(MessageCog(services, bot))
        if "rate" in added:
            await bot.add_cog(RateMessageCog(services, bot))
    except BaseException:
        await services.close()
        raise
    bot.add_dynamic_items(*_DYNAMIC_ITEMS)
    bot.add_listener(answer_forged_component, "on_interaction")
    if services.progress_updater:
        services.progress_updater.resume(bot)
    is_welcoming = settings.bot.welcome and is_own_help(bot.help_command)
    on_new_guild = partial(welcome, bot, services) if is_welcoming else None
    DepartedGuilds(bot, services, on_new_guild=on_new_guild).start()


def _settings(bot: Bot | AutoShardedBot) -> Settings:
    settings: Settings | None = getattr(bot, "namesmith_settings", None)
    if settings is not None:
        return settings
    folder = data_folder(bot)
    if folder is None:
        return host_settings()
    file = folder / "config.toml"
    return load_settings(file if file.is_file() else None, folder)


async def teardown(bot: Bot | AutoShardedBot) -> None:
    """Remove the components; discord.py has removed the cogs, which closed the services."""
    bot.remove_dynamic_items(*_DYNAMIC_ITEMS)
