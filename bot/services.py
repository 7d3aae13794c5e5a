"""What the cogs share, made once for a bot and closed with it: no state is kept beside this."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from .candidates import Candidates
from .config import NamesSettings, Settings
from .cooldowns import Cooldowns
from .library import Library
from .profanity import ProfanityFilter
from .sampling.autocomplete import AutocompleteCache
from .store import GuildSettings, Store
from .training import Trainer

_GUILDS = 256
"""Guilds whose profanity filters stay in memory, the least recently used dropped first."""


@dataclass(frozen=True)
class Defaults:
    """How names are drawn in one place when a command does not say."""

    style: str
    count: int
    temperature: float
    top_p: float
    new_only: bool


@dataclass(eq=False)
class Services:
    """The settings, the styles, what is kept in the database, and the profanity filter."""

    settings: Settings
    library: Library
    store: Store
    profanity: ProfanityFilter
    _cogs: set[object] = field(default_factory=set, repr=False)
    _reading: dict[int, "asyncio.Future[GuildSettings]"] = field(default_factory=dict, repr=False)
    _closed: bool = field(default=False, repr=False)

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Open all that `settings` name, or nothing of it.

        Raises `StyleNotFoundError`, `ArtifactError`, `LibraryError` or `StoreError`, each with a
        one-line message.
        """
        profanity = await asyncio.to_thread(ProfanityFilter)
        data_dir = Path(settings.bot.data_dir)
        library = await Library.open(settings.names, settings.library, data_dir)
        try:
            file = data_dir / "namesmith.sqlite3"
            store = await Store.open(settings.database.url or f"sqlite:///{file}")
        except BaseException:
            await library.close()
            raise
        return cls(settings, library, store, profanity)

    @cached_property
    def cooldowns(self) -> Cooldowns:
        """What is left of everyone's share of commands."""
        return Cooldowns(self.settings.limits)

    @cached_property
    def trainer(self) -> Trainer:
        """Where lists become styles; it takes no more than a name until the first one does."""
        return Trainer(self.settings.training, self.store)

    @cached_property
    def candidates(self) -> Candidates:
        """What trainings came to, until it is published."""
        return Candidates(self.store, max_bytes=self.settings.names.max_artifact_bytes)

    @cached_property
    def _guild_filter(self) -> Callable[[tuple[str, ...]], ProfanityFilter]:
        return lru_cache(maxsize=_GUILDS)(self.profanity.with_words)

    @cached_property
    def autocomplete(self) -> AutocompleteCache:
        """The likeliest names that begin so."""
        return AutocompleteCache()

    async def guild(self, guild_id: int | None) -> GuildSettings:
        """Return what the guild has set; nothing is set in a direct message.

        Many who ask at once, as in a server's first moments, wait for one answer of the store.
        """
        if not guild_id:
            return GuildSettings()
        reading = self._reading.get(guild_id)
        if reading is None:
            reading = self._reading[guild_id] = asyncio.ensure_future(self.store.guild(guild_id))
            reading.add_done_callback(lambda _: self._reading.pop(guild_id, None))
        return await asyncio.shield(reading)

    async def defaults(self, guild_id: int | None) -> Defaults:
        """Return how names are drawn there: as the guild has set, else as the bot has."""
        return _merged(self.settings.names, await self.guild(guild_id), self.library, guild_id)

    async def profanity_filter(self, guild_id: int | None) -> ProfanityFilter:
        """Return the profanity filter with the words that the guild blocks."""
        blocked = (await self.guild(guild_id)).blocked
        return self._guild_filter(blocked) if blocked else self.profanity

    async def forget_guild(self, guild_id: int) -> None:
        """Delete all data of a guild; raises `StoreError`, `StorageError`."""
        async with self.candidates.deciding(guild_id):  # what is published just now goes too
            try:
                await self.store.forget_guild(guild_id)
                await self.trainer.give_up_forgotten()
            finally:
                await self.library.forget_guild(guild_id)

    async def forget_user(self, user_id: int) -> None:
        """Delete what is kept of a person, as far as can be; raises `StoreError`, `LibraryError`.

        What guilds did by them stays, and says no more who it was.
        """
        try:
            await self.store.forget_user(user_id)
        finally:
            await self.library.forget_user(user_id)

    def join(self, cog: object) -> None:
        """Count `cog` among those that need what is open here."""
        self._cogs.add(cog)

    async def leave(self, cog: object) -> None:
        """Count `cog` no more; the last one to leave closes everything."""
        self._cogs.discard(cog)
        if not self._cogs:
            await self.close()

    async def close(self) -> None:
        """Close what is open, once; the store last, which the others write to."""
        if not self._closed:
            self._closed = True
            await self.trainer.close()
            self.candidates.close()
            await self.library.close()
            await self.store.close()


def _merged(
    names: NamesSettings, guild: GuildSettings, library: Library, guild_id: int | None
) -> Defaults:
    return Defaults(
        style=guild.style
        if guild.style in library.style_names(guild_id)
        else library.default_style,
        count=guild.count or names.count,
        temperature=guild.temperature or names.temperature,
        top_p=names.top_p,
        new_only=names.new_only if guild.new_only is None else guild.new_only,
    )
