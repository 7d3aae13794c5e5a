"""The styles of a running bot, and the open engine of each.

There are three layers: shipped styles, shared styles, and a guild's own styles. A style hides one
of the same name in the layers before it. Changes by other processes are noticed and take effect.

An engine that is replaced or evicted is only removed from the cache. Requests in progress keep a
reference to it; its thread and session end with the last reference.
"""

import asyncio
import contextlib
import heapq
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, Self

from ..config_sections import LibrarySettings, NamesSettings
from ..observer import observer
from ..sampling import (
    Artifact,
    ArtifactError,
    Engine,
    NameGenerator,
    PatternGenerator,
    RequestError,
)
from ..tasks import cancel_tasks
from . import operations
from .cards import (
    CardCache,
    Layer,
    ReadCard,
    StyleCard,
    pattern_card,
    read_file_card,
    read_live_card,
)
from .composed import ComposedCache, mix_engine
from .engine_cache import EngineCache, Opened, open_file, open_live_version, open_version
from .index import IndexEntry, StyleIndex
from .manifest import (
    Change,
    LibraryError,
    StorageError,
    StyleNotFoundError,
    StyleRecord,
    style_folder,
    validate_style_name,
)
from .mix_text import WeightedStyle, is_mix, parse_mix
from .pattern_builder import PatternBuilder
from .pattern_style import PatternStyle, load_shipped_patterns
from .storage import Storage
from .storage_urls import open_storage
from .watcher import watch

_log = logging.getLogger(__name__)
P = ParamSpec("P")

SHIPPED = Path(__file__).parents[1] / "styles"
SHIPPED_PATTERNS = SHIPPED / "patterns.toml"

_OPEN_SECONDS = 60.0
"""How long the storage may take to list the styles at the start."""

_MAX_ENGINES = 5
"""Open engines, besides the default style's. Each takes about 5 MB and opens in milliseconds."""


class Library:
    """Open it with `open`, and close it with `close`. Blocking work is done on threads."""

    def __init__(self, names: NamesSettings, library: LibrarySettings, storage: Storage) -> None:
        self._max_bytes = names.max_artifact_bytes
        self._settings, self._storage = library, storage
        networks = {file.stem: file for file in sorted(SHIPPED.glob("*.onnx"))}
        patterns = load_shipped_patterns(SHIPPED_PATTERNS, networks)
        self._shipped: dict[str, Path | PatternStyle] = {**networks, **patterns}
        self._file_style: str | None = None
        self._configured = names.style
        if names.style.endswith(".onnx") and Path(names.style).is_file():
            self._file_style = self._configured = Path(names.style).stem
            self._shipped[self._file_style] = Path(names.style)
        elif self._configured not in self._shipped:
            with contextlib.suppress(LibraryError):
                self._configured = validate_style_name(self._configured)
        self._index = StyleIndex(storage)
        self._engines = EngineCache(_MAX_ENGINES, lambda: self._key(self.default_style, None))
        self._cards = CardCache()
        self._composed = ComposedCache()
        self._logged: dict[str, set[str]] = {}
        self._refreshing = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, names: NamesSettings, library: LibrarySettings, data_dir: Path) -> Self:
        """Open the library and the engine of the default style.

        Raises `StyleNotFoundError` if `names.style` does not exist, `ArtifactError` or
        `StorageError`.
        """
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                storage = await asyncio.to_thread(open_storage, library.url, data_dir)
                self = cls(names, library, storage)
                await self.refresh()
        except TimeoutError:
            raise StorageError(f"[library] url: no answer in {_OPEN_SECONDS:g} s") from None
        style = self._configured
        if style not in self._shipped and style not in self._index.manifests(None):
            raise StyleNotFoundError(
                f"[names] style: {style} is neither an .onnx file nor a shipped or published "
                f"style. The shipped styles are {', '.join(self._shipped)}."
            )
        try:
            await self.engine(self.default_style)
        except RequestError as error:  # a pattern without one of its styles
            raise StyleNotFoundError(f"[names] style: {error}") from None
        self._watcher = asyncio.create_task(watch(storage, library.poll_seconds, self.refresh))
        return self

    @property
    def default_style(self) -> str:
        """The configured style; if it is retired, the first other one."""
        if self._configured in self._shipped or self._index.is_live(self._configured, None):
            return self._configured
        return next(self._global_styles())

    def style_names(self, guild_id: int | None = None) -> list[str]:
        """Return the live styles of a guild: the default style, its own, shared, shipped ones."""
        own = self._index.live_styles(guild_id) if guild_id is not None else ()
        return list(dict.fromkeys((self.default_style, *own, *self._global_styles())))

    def layer(self, style: str, guild_id: int | None) -> Layer:
        """Return the layer of the style that a guild gets; raises `StyleNotFoundError`.

        A file that `[names] style` configures counts as shipped, and no shared style hides it.
        """
        if guild_id is not None and self._index.is_live(style, guild_id):
            return "guild"
        if style != self._file_style and self._index.is_live(style, None):
            return "shared"
        if style in self._shipped:
            return "shipped"
        names = ", ".join(self.style_names(guild_id))
        raise StyleNotFoundError(f"There is no such style. The styles are {names}.")

    async def cards(self, guild_id: int | None = None) -> Sequence[StyleCard]:
        """Return the cards of the live styles of a guild, in the order of `style_names`.

        A card that can't be read within a second has the style's name as its title.
        """
        has_own = bool(self._index.manifests(guild_id))
        return await self._cards.list(
            guild_id if has_own else None, partial(self._card_readers, guild_id)
        )

    async def engine(self, style: str, guild_id: int | None = None) -> NameGenerator:
        """Return the generator of a guild's style, or of a mix such as `norse*2+towns`.

        It works as long as the caller needs it. Raises `StyleNotFoundError`, `ArtifactError` if all
        versions are damaged, `StorageError`, or `RequestError` for styles that can't be mixed and
        for a pattern that lacks one of its styles.
        """
        opened = await self._open_or_mix(style, guild_id=guild_id)
        if isinstance(opened, PatternStyle):
            return await self.build_pattern(style, opened, guild_id)
        return opened

    async def build_pattern(
        self, name: str, style: PatternStyle, guild_id: int | None = None
    ) -> PatternGenerator:
        """Return the generator of the pattern `style`, called `name`, with a guild's styles.

        The pattern need not be published. Raises as `engine` does.
        """
        open_part = partial(self._open_or_mix, guild_id=guild_id)
        return await PatternBuilder(open_part).build(name, style)

    async def pattern(self, style: str, guild_id: int | None = None) -> PatternStyle | None:
        """Return the pattern of a guild's style, None for another style; raises as `engine`."""
        opened = await self._open(style, guild_id)
        return opened if isinstance(opened, PatternStyle) else None

    def mix_parts(self, style: str, guild_id: int | None = None) -> list[WeightedStyle]:
        """Return the parts of a mix; none if `style` is a single style. Raises `RequestError`."""
        if not is_mix(style) or style in self.style_names(guild_id):
            return []
        return parse_mix(style)

    async def artifact(self, style: str, guild_id: int | None = None) -> Artifact:
        """Return the artifact of a guild's network style; raises as `engine` does."""
        opened = await self._open(style, guild_id)
        model = opened.model if isinstance(opened, Engine) else None
        if not isinstance(model, Artifact):
            raise RequestError("{} is a pattern; it has no network.", style)
        return model

    async def _open_or_mix(
        self, style: str, *, guild_id: int | None
    ) -> NameGenerator | PatternStyle:
        """Open a style, or the parts of a mix, none of which is a pattern."""
        styles = self.mix_parts(style, guild_id)
        if not styles:
            return await self._open(style, guild_id)
        engines: list[NameGenerator] = []
        for each in styles:
            opened = await self._open(each.style, guild_id)
            if isinstance(opened, PatternStyle):
                raise RequestError(
                    "{} is a pattern. Mix only styles that aren't patterns.", each.style
                )
            engines.append(opened)
        return self._composed.get(style, engines, partial(mix_engine, styles, engines))

    async def _open(self, style: str, guild_id: int | None) -> Opened:
        key = self._key(style, guild_id)
        manifest = self._index.manifest(key)
        if manifest is None:
            shipped = self._shipped[style]
            if isinstance(shipped, PatternStyle):
                return shipped
            return await self._engines.get(key, partial(open_file, shipped, self._max_bytes))
        open_live = partial(open_live_version, self._storage, key, manifest, self._max_bytes)
        return await self._engines.get(key, partial(open_live, partial(self._log_once, key)))

    async def publish(
        self,
        style: str,
        content: bytes,
        *,
        author: str,
        guild_id: int | None = None,
        keep_versions: int | None = None,
    ) -> Change:
        """Make `content`, an .onnx file's, the live version; raises `LibraryError`.

        Deletes the oldest versions beyond `keep_versions`, by default the setting.
        """
        return await self._change(
            operations.publish,
            style,
            content,
            author=author,
            keep_versions=keep_versions or self._settings.keep_versions,
            max_bytes=self._max_bytes,
            guild_id=guild_id,
        )

    async def roll_back(
        self, style: str, *, author: str, version: int | None = None, guild_id: int | None = None
    ) -> Change:
        """Make `version` live, by default the previously live one; restores a retired style.

        Raises `LibraryError`.
        """
        return await self._change(
            operations.roll_back,
            style,
            author=author,
            version=version,
            guild_id=guild_id,
            max_bytes=self._max_bytes,
        )

    async def retire(self, style: str, *, author: str, guild_id: int | None = None) -> Change:
        """Take a style out of use and leave its versions stored; raises `LibraryError`."""
        return await self._change(operations.retire, style, author=author, guild_id=guild_id)

    def records(self, guild_id: int | None = None) -> list[StyleRecord]:
        """Return a guild's own styles, or the shared styles, retired ones too."""
        return self._index.records(guild_id)

    def changes(self, guild_id: int | None = None, style: str | None = None) -> list[Change]:
        """Return the changes of a guild's own styles, or of the shared styles, newest first."""
        changes = (each.changes for each in self.records(guild_id) if style in (None, each.style))
        return list(heapq.merge(*changes, key=lambda change: change.time, reverse=True))

    async def refresh(self) -> None:
        """Read what changed in the storage and apply it; raises `StorageError`."""
        async with self._refreshing:
            for folder, entry in (await asyncio.to_thread(self._index.scan)).items():
                await self._apply(folder, entry)

    @property
    def problem(self) -> str:
        """What is wrong with the storage, in one line, as of the latest refresh; or empty."""
        return self._index.problem

    def cache_sizes(self) -> dict[str, int]:
        """Return the number of entries of each cache."""
        sizes = {"engines": len(self._engines), "mixes": len(self._composed)}
        return sizes | {"style_cards": len(self._cards)}

    def guild_ids(self) -> set[int]:
        """Return the guilds that have styles of their own."""
        return self._index.guild_ids()

    async def forget_guild(self, guild_id: int) -> None:
        """Delete all styles of a guild; raises `StorageError`."""
        await asyncio.to_thread(self._storage.delete_folder, f"@{guild_id:d}")
        await self.refresh()

    def count_user_changes(self, user_id: int) -> int:
        """Return the number of a user's changes in the index."""
        return self._index.count_changes(str(user_id))

    async def forget_user(self, user_id: int) -> int:
        """Remove a user's id from all changes; return the number of their changes.

        Raises the `LibraryError` of an unreadable style after all others are done.
        """
        await self.refresh()
        try:
            return await asyncio.to_thread(self._index.forget_user, user_id)
        finally:
            await self.refresh()

    async def close(self) -> None:
        """Stop the watcher, close all engines and cancel their requests."""
        if self._watcher:
            await cancel_tasks([self._watcher], "The watcher of the styles")
        for cache in (self._cards, self._composed, self._engines):
            cache.close()

    def _card_readers(self, guild_id: int | None) -> dict[str, tuple[StyleCard, ReadCard]]:
        """Return, by key, what to show of each live style at once, and how to read its card."""
        readers = {}
        for style in self.style_names(guild_id):
            layer = self.layer(style, guild_id)
            key = _key(style, layer, guild_id)
            card = StyleCard(style, style, layer=layer)
            readers[key] = (card, self._card_reader(style, key, layer))
        return readers

    def _card_reader(self, style: str, key: str, layer: Layer) -> ReadCard:
        manifest = self._index.manifest(key)
        if manifest is None:
            shipped = self._shipped[style]
            if isinstance(shipped, PatternStyle):
                return partial(pattern_card, shipped, style, layer)
            return partial(read_file_card, shipped, style)
        return partial(read_live_card, self._storage, key, manifest, self._max_bytes, style, layer)

    def _key(self, style: str, guild_id: int | None) -> str:
        """Return the key of the style that a guild gets; raises `StyleNotFoundError`."""
        return _key(style, self.layer(style, guild_id), guild_id)

    def _log_once(self, folder: str, line: str) -> None:
        """Log a problem of a style once, until the style changes."""
        logged = self._logged.setdefault(folder, set())
        if line not in logged:
            logged.add(line)
            _log.error("%s", line)

    def _global_styles(self) -> Iterator[str]:
        yield from self._index.live_styles(None)
        yield from self._shipped

    async def _apply(self, folder: str, entry: IndexEntry | None) -> None:
        """Update the index, and replace an open engine by the live version's.

        A damaged version leaves the open engine in place. A version that cannot be fetched leaves
        the index as it was, so that the next refresh tries again.
        """
        manifest, before = entry.manifest if entry else None, self._index.manifest(folder)
        live = manifest.find(manifest.live) if manifest else None
        was_live = before.find(before.live) if before else None
        damaged = None
        if live and folder in self._engines and was_live != live:
            try:
                await self._engines.replace(
                    folder, partial(open_version, self._storage, folder, live, self._max_bytes)
                )
            except StorageError as error:
                self._log_once(folder, f"{error}; the open version stays in use")
                return
            except ArtifactError as error:
                damaged = error
        self._index.update(folder, entry)
        if manifest is not before:
            self._logged.pop(folder, None)
            self._cards.remove(folder)
        if damaged:
            self._log_once(folder, f"{damaged}; the open version stays in use")
        if live is None:
            self._engines.remove(folder)

    async def _change(
        self,
        operation: Callable[Concatenate[Storage, P], Change],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> Change:
        """Run an operation on a thread, then refresh."""
        change = await asyncio.to_thread(operation, self._storage, *arguments, **options)
        observer().count_style_change(operation.__name__)
        try:
            await self.refresh()
        except StorageError as error:  # the change is stored; the watcher will notice it
            _log.warning("%s", error)
        return change


def _key(style: str, layer: Layer, guild_id: int | None) -> str:
    """Return the folder of a published style, or "/NAME" for a shipped one."""
    if layer == "shipped":
        return f"/{style}"
    return style_folder(style, guild_id if layer == "guild" else None)
