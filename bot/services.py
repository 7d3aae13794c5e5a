"""What the cogs share: settings, style library, database, profanity filter, training."""

import asyncio
import operator
import random
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol, Self
from weakref import WeakValueDictionary

import discord

from .config import Settings
from .cooldowns import Cooldowns
from .guild_settings_cache import GuildSettingsCache
from .library import Library, StyleCard, WeightedStyle, distinct, format_mix, is_mix, parse_mix
from .library.card_search import find_card, search_cards
from .profanity import ProfanityFilter
from .recent_styles import RecentStyles
from .sampling import AnyOf, NameGenerator, Request, RequestError
from .sampling.autocomplete import AutocompleteCache
from .store import GuildSettings, Store
from .tasks import cancel_tasks, finish_within
from .text_answers import TextAnswers
from .training import CandidateCache, Training, TrainingManager

RANDOM_STYLE = "random"
"""Stands for a random style that the server offers, unless a style really has that name."""

_RANDOM_STYLES = 10
"""Random styles that are tried: one can lack a letter of the prefix, for example."""

_CLOSE_SECONDS, _TRAINING_CLOSE_SECONDS = 10.0, 20.0
"""How long closing may take: of the library and of the database, and of the training's processes,
which may take some seconds to end."""

_CACHED_CONTEXTS = 256
"""Guild contexts in memory, about 1 KB each; they are made anew when anything in them changes."""

_CACHED_FILTERS = 256
"""Guild profanity filters in memory; the least recently used is dropped first."""


@dataclass(frozen=True)
class GuildContext:
    """One request's view of a guild: its settings, merged with the bot's defaults, read once.

    `guild_id` is None in a direct message. `style`, `count`, `temperature`, `top_p` and `new_only`
    are the defaults of commands. `channels` is the allow-list; an empty one allows all channels.
    `cards` are the styles that the server offers, `withheld` the others that it could.
    """

    guild_id: int | None
    library: Library = field(repr=False)
    profanity: ProfanityFilter = field(repr=False)
    style: str
    count: int
    temperature: float
    top_p: float
    new_only: bool
    channels: tuple[int, ...]
    cards: tuple[StyleCard, ...] = field(repr=False)
    withheld: tuple[StyleCard, ...] = field(repr=False)

    def is_allowed(self, name: str) -> bool:
        """Whether `name` contains no word that is blocked in the guild."""
        return not self.profanity.matches(name)

    def request(self, count: int) -> Request:
        """Return a request for `count` names with the guild's defaults."""
        return Request(
            count=count,
            temperature=self.temperature,
            top_p=self.top_p,
            new_only=self.new_only,
            is_allowed=self.is_allowed,
        )

    def resolve_style(self, style: str | None = None) -> str:
        """Return the name of the offered style whose name or title is `style` in any letter case.

        None is the guild's default style; `RANDOM_STYLE` stays; a mix gives its canonical text,
        such as `norse*2+towns`. Raises `RequestError` where no style matches.
        """
        if not style or not style.strip():
            return self.style
        if card := find_card(self.cards, style):
            return card.name
        if style.strip().casefold() == RANDOM_STYLE:
            return RANDOM_STYLE
        if card := find_card(self.withheld, style):
            raise RequestError(
                "This server doesn't offer the style {}. `/style list` shows the styles it offers.",
                card.name,
            )
        if is_mix(style):
            return format_mix(distinct([self._resolve_part(part) for part in parse_mix(style)]))
        raise unknown_style(self.cards, style)

    def is_style(self, text: str) -> bool:
        """Whether `text` is the name or title of an offered style, `random`, or a mix of such."""
        try:
            names = [part.style for part in parse_mix(text)] if is_mix(text) else [text]
        except RequestError:
            return False
        return all(
            name.strip().casefold() == RANDOM_STYLE or find_card(self.cards, name) for name in names
        )

    def _resolve_part(self, part: WeightedStyle) -> WeightedStyle:
        """Return the part of a mix with the style's name; raises `RequestError`."""
        style = self.resolve_style(part.style)
        if style == RANDOM_STYLE and not find_card(self.cards, style):
            raise RequestError("{} can't be in a mix. Name each style.", style)
        return replace(part, style=style)

    def styles_to_try(self, style: str, seed: int) -> list[str]:
        """Return `style`; for `RANDOM_STYLE`, a few offered styles that `seed` chooses."""
        names = sorted(card.name for card in self.cards if not card.is_damaged)
        if style != RANDOM_STYLE or RANDOM_STYLE in names:
            return [style]
        count = min(_RANDOM_STYLES, len(names))
        return random.Random(seed).sample(names, count) or [self.style]  # noqa: S311

    async def engine(self, style: str) -> NameGenerator:
        """Return the generator of `style`; raises `StyleNotFoundError` or `LibraryError`."""
        return await self.library.engine(style, self.guild_id)


_Sources = tuple[GuildSettings, Sequence[StyleCard], str]
"""What a guild context is made of, besides the bot's settings: settings, cards, default style."""


def unknown_style(cards: Sequence[StyleCard], style: str) -> RequestError:
    """Return the error of a style that is none of `cards`; it names the nearest ones."""
    nearest = AnyOf(card.name for card in search_cards(cards, style)[:3])
    if not nearest:
        return RequestError("There is no style {}. `/style list` shows all styles.", style)
    return RequestError(
        "There is no style {}. Did you mean {}? `/style list` shows all styles.",
        style,
        nearest,
    )


class ProgressUpdaterProtocol(Protocol):
    """Keeps the messages of trainings up to date; the style cog implements it."""

    def resume(self, bot: discord.Client) -> None:
        """Restart the trainings that the previous process left, once the bot is ready."""

    def follow(self, bot: discord.Client, training: Training) -> None:
        """Keep the message of `training` up to date from now on."""


@dataclass(eq=False)
class Services:
    """Everything the cogs need, opened once per bot and closed with the last cog."""

    settings: Settings
    library: Library
    store: Store
    profanity: ProfanityFilter
    progress_updater: ProgressUpdaterProtocol | None = field(default=None, repr=False)
    """Set while the style cog is loaded."""
    departed_guilds: set[int] = field(default_factory=set, repr=False)
    """Guilds that removed the bot: what is stored of them is not used, see departed_guilds.py."""
    _background: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _cogs: set[object] = field(default_factory=set, repr=False)
    _style_locks: WeakValueDictionary[int | None, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, repr=False
    )
    _closed: bool = field(default=False, repr=False)
    _guild_contexts: dict[int | None, tuple[_Sources, GuildContext]] = field(
        default_factory=dict, repr=False
    )

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Open everything that `settings` name, or nothing.

        Raises `StyleNotFoundError`, `ArtifactError`, `LibraryError` or `StoreError`, each with a
        one-line message.
        """
        data_dir = Path(settings.bot.data_dir)
        library = await Library.open(settings.names, settings.library, data_dir)
        try:
            store = await Store.open(settings.database_url)
        except BaseException:
            await library.close()
            raise
        return cls(settings, library, store, ProfanityFilter())

    @cached_property
    def guild_settings(self) -> GuildSettingsCache:
        """The settings of servers."""
        return GuildSettingsCache(self.store)

    @cached_property
    def cooldowns(self) -> Cooldowns:
        """Cooldowns of members and channels."""
        return Cooldowns(self.settings.limits)

    @cached_property
    def recent_styles(self) -> RecentStyles:
        """The style that each member used last in each channel."""
        return RecentStyles()

    @cached_property
    def text_answers(self) -> TextAnswers:
        """The answers to the text commands of the last minutes."""
        return TextAnswers()

    @cached_property
    def open_modals(self) -> deque[discord.ui.Modal]:
        """The modals that people can submit, oldest first."""
        return deque()

    @cached_property
    def training_manager(self) -> TrainingManager:
        """The training manager; it starts nothing before the first training."""
        return TrainingManager(self.settings.training, self.store)

    @cached_property
    def candidates(self) -> CandidateCache:
        """Trained styles that are not published yet."""
        return CandidateCache(self.store, max_bytes=self.settings.names.max_artifact_bytes)

    def style_lock(self, guild_id: int | None) -> asyncio.Lock:
        """Return the lock to hold while a guild's styles change, so that limits are not exceeded.

        None is the lock of the global styles.
        """
        return self._style_locks.setdefault(guild_id, asyncio.Lock())

    @cached_property
    def autocomplete(self) -> AutocompleteCache:
        """Cached autocomplete answers."""
        return AutocompleteCache()

    @cached_property
    def _filter_with_words(self) -> Callable[[tuple[str, ...]], ProfanityFilter]:
        return lru_cache(maxsize=_CACHED_FILTERS)(self.profanity.with_words)

    async def guild_context(self, guild_id: int | None) -> GuildContext:
        """Read the guild's settings and merge them with the bot's."""
        if guild_id in self.departed_guilds:
            guild_id = None
        guild = await self.guild_settings.get(guild_id)
        profanity = self._filter_with_words(guild.blocked) if guild.blocked else self.profanity
        if not profanity.is_prepared:  # before the cards, for which threads may be busy
            await asyncio.to_thread(profanity.prepare)  # takes tens of milliseconds
        all_cards = await self.library.cards(guild_id)
        sources = guild, all_cards, self.library.default_style
        last = self._guild_contexts.get(guild_id)
        if last and all(map(operator.is_, last[0], sources)):
            return last[1]
        context = self._merge_settings(guild_id, *sources, profanity)
        if len(self._guild_contexts) >= _CACHED_CONTEXTS:
            self._guild_contexts.clear()
        self._guild_contexts[guild_id] = sources, context
        return context

    def _merge_settings(
        self,
        guild_id: int | None,
        guild: GuildSettings,
        all_cards: Sequence[StyleCard],
        default_style: str,
        profanity: ProfanityFilter,
    ) -> GuildContext:
        """Merge a guild's settings with the bot's."""
        names, library = self.settings.names, self.library
        style = guild.style
        if style is None or all(card.name != style for card in all_cards):
            style = default_style
        cards, withheld = _split_by_offer(all_cards, guild.offered, style)
        return GuildContext(
            guild_id=guild_id,
            library=library,
            profanity=profanity,
            style=style,
            count=guild.count or names.count,
            temperature=guild.temperature or names.temperature,
            top_p=names.top_p,
            new_only=names.new_only if guild.new_only is None else guild.new_only,
            channels=guild.channels,
            cards=cards,
            withheld=withheld,
        )

    async def forget_guild(self, guild_id: int) -> None:
        """Delete a guild's data; raises `StorageError`, `StoreError`.

        What the store knows goes last, so that a departed guild is tried again after an error.
        """
        async with self.style_lock(guild_id):  # includes a style being published now
            await self.library.forget_guild(guild_id)
            await self.store.forget_guild(guild_id)
            await self.training_manager.stop_deleted()
            self.guild_settings.forget(guild_id)
            self._guild_contexts.pop(guild_id, None)

    async def forget_user(self, user_id: int) -> None:
        """Delete a user's data, as much as possible; raises `StoreError`, `LibraryError`.

        Styles that the user trained or published for a guild stay, without the user's id.
        """
        self.recent_styles.forget_user(user_id)
        try:
            await self.store.forget_user(user_id)
        finally:
            await self.library.forget_user(user_id)

    def join(self, cog: object) -> None:
        """Register a cog that uses the services."""
        self._cogs.add(cog)

    async def leave(self, cog: object) -> None:
        """Unregister a cog; the last one closes the services."""
        self._cogs.discard(cog)
        if not self._cogs:
            await self.close()

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` until it ends or the services close."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @property
    def is_closed(self) -> bool:
        """Whether the services are closed, or being closed."""
        return self._closed

    async def close(self) -> None:
        """Close everything once; the database last, because the others write to it.

        What fails or takes too long is logged and left behind.
        """
        if self._closed:
            return
        self._closed = True
        await cancel_tasks(self._background, "Background tasks")
        await finish_within(_TRAINING_CLOSE_SECONDS, self.training_manager.close(), "Training")
        self.candidates.close()
        await finish_within(_CLOSE_SECONDS, self.library.close(), "The style library")
        await finish_within(_CLOSE_SECONDS, self.store.close(), "The database")


def _split_by_offer(
    cards: Sequence[StyleCard], offered: Sequence[str], default: str
) -> tuple[tuple[StyleCard, ...], tuple[StyleCard, ...]]:
    """Return the cards of the styles that a server offers, and the others.

    Without a choice it offers all. Its own styles and its default style are always offered.
    """
    names = {*offered, default}
    is_offered = [not offered or card.layer == "guild" or card.name in names for card in cards]
    chosen = tuple(card for card, offer in zip(cards, is_offered, strict=True) if offer)
    return chosen, tuple(card for card, offer in zip(cards, is_offered, strict=True) if not offer)


def services_of(bot: Any) -> Services | None:
    """Return the services of the cogs that are loaded in `bot`, None where there are none."""
    return next(
        (cog.services for cog in bot.cogs.values() if _is_services(getattr(cog, "services", None))),
        None,
    )


def _is_services(value: object) -> bool:
    """Whether `value` is a `Services`, also one of this module before or after a reload."""
    kind = type(value)
    return (kind.__module__, kind.__qualname__) == (Services.__module__, Services.__qualname__)
