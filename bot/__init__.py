"""Namesmith, a discord.py extension that invents names.

`await bot.load_extension("namesmith")` puts its cogs into any discord.py bot. Settings come from
the bot's attribute `namesmith_settings` where it has one, else from the environment.
"""

from discord.ext.commands import AutoShardedBot, Bot

from .commands.names import Names
from .config import Settings, load_settings
from .library import find
from .sampling import Artifact, Engine, Sampler

__all__ = ["Settings", "load_settings", "setup"]


async def setup(bot: Bot | AutoShardedBot) -> None:
    """Add the cogs to `bot`.

    Raises `ConfigError`, `StyleNotFoundError` or `ArtifactError`, each with a one-line message.
    """
    settings: Settings = getattr(bot, "namesmith_settings", None) or load_settings()
    path = find(settings.names.style)
    artifact = Artifact.open(path, max_bytes=settings.names.max_artifact_bytes)
    await bot.add_cog(Names(Engine(Sampler(artifact)), settings.names))
