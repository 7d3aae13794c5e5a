"""The styles of a running bot: which there are for whom, and the engine that answers for each.

Three layers: what ships, what was published for everyone, what a guild has for itself; an upper one
covers a style of the same name below. What others publish is noticed and answers from then on.
"""

import asyncio
import contextlib
import heapq
import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, Self

from ..config import LibrarySettings, NamesSettings
from ..sampling import ArtifactError, Engine
from . import changing
from .engines import Engines
from .errors import LibraryError, PlaceError, StyleNotFoundError
from .manifest import Change, Shelved
from .naming import checked_style, shelf_of
from .opening import open_live, open_shipped, open_version
from .place import Place
from .placing import place_of
from .shelves import Seen, Shelves
from .watching import watch

_log = logging.getLogger(__name__)
P = ParamSpec("P")

SHIPPED = Path(__file__).parents[1] / "styles"
_ROOM = 64
"""Engines kept open beside the own one: some 10 MB each, opened again within milliseconds."""


class Library:
    """Made by `open`, to be closed with `close`; everything that blocks is done on threads."""

    def __init__(self, names: NamesSettings, library: LibrarySettings, place: Place) -> None:
        self._most, self._settings, self._place = names.max_artifact_bytes, library, place
        self._shipped = {file.stem: file for file in sorted(SHIPPED.glob("*.onnx"))}
        self._file: str | None = None
        self._wanted = names.style
        if names.style.endswith(".onnx") and Path(names.style).is_file():
            self._file = self._wanted = Path(names.style).stem
            self._shipped[self._file] = Path(names.style)
        elif self._wanted not in self._shipped:
            with contextlib.suppress(LibraryError):
                self._wanted = checked_style(self._wanted)
        self._shelves = Shelves(place)
        self._engines = Engines(_ROOM, lambda: self._key(self.own, None))
        self._told: dict[str, set[str]] = {}
        self._turn = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, names: NamesSettings, library: LibrarySettings, data_dir: Path) -> Self:
        """Open the library, and the style that answers where none is asked for.

        Raises `StyleNotFoundError` where `names.style` is none, `ArtifactError`, or `PlaceError`.
        """
        place = await asyncio.to_thread(place_of, library.url, data_dir)
        self = cls(names, library, place)
        await self.refresh()
        if self._wanted not in self._shipped and self._wanted not in self._shelves.of(None):
            raise StyleNotFoundError(
                f"[names] style: {self._wanted} is neither an .onnx file nor a shipped style "
                f"nor a published one; these are shipped: {', '.join(self._shipped)}"
            )
        await self.engine(self.own)
        self._watching = asyncio.create_task(watch(place, library.poll_seconds, self.refresh))
        return self

    @property
    def own(self) -> str:
        """The style that answers where none is asked for; where it was retired, the first other."""
        if self._wanted in self._shipped or self._shelves.live(self._wanted, None):
            return self._wanted
        return next(self._everywhere())

    def names(self, guild_id: int | None = None) -> list[str]:
        """Return the styles that answer in a guild, or everywhere.

        The own one first, then the guild's, then those published for everyone, then shipped ones.
        """
        guilds = self._shelves.answering(guild_id) if guild_id is not None else ()
        return list(dict.fromkeys((self.own, *guilds, *self._everywhere())))

    def where(self, style: str, guild_id: int | None) -> str:
        """Return which layer answers: "guild", "everywhere" or "shipped".

        What ships includes the file that `[names] style` names, which nothing for everyone covers.
        Raises `StyleNotFoundError`.
        """
        if guild_id is not None and self._shelves.live(style, guild_id):
            return "guild"
        if style != self._file and self._shelves.live(style, None):
            return "everywhere"
        if style in self._shipped:
            return "shipped"
        several = ", ".join(self.names(guild_id))
        raise StyleNotFoundError(f"There is no such style; there are: {several}")

    async def engine(self, style: str, guild_id: int | None = None) -> Engine:
        """Return the engine of `style` as it is in that guild, or everywhere.

        It stays good for whoever has it, also when another takes its place. Raises
        `StyleNotFoundError`, `ArtifactError` where no version of it opens, or `PlaceError`.
        """
        key = self._key(style, guild_id)
        manifest = self._shelves.at(key)
        if manifest is None:
            shipped = partial(open_shipped, self._shipped[style], self._most)
            return await self._engines.get(key, shipped)
        opening = partial(open_live, self._place, key, manifest, self._most)
        return await self._engines.get(key, partial(opening, partial(self._tell, key)))

    async def publish(
        self,
        style: str,
        content: bytes,
        *,
        who: str,
        guild_id: int | None = None,
        kept: int | None = None,
    ) -> Change:
        """Make an .onnx file's `content` live, one of `kept` at most; raises `LibraryError`."""
        return await self._change(
            changing.publish,
            style,
            content,
            who=who,
            kept=kept or self._settings.keep_versions,
            max_bytes=self._most,
            guild_id=guild_id,
        )

    async def roll_back(
        self, style: str, *, who: str, to: int | None = None, guild_id: int | None = None
    ) -> Change:
        """Make version `to` live, or the one live before; bring a retired style back as it was.

        Raises `LibraryError`.
        """
        return await self._change(
            changing.roll_back, style, who=who, to=to, guild_id=guild_id, max_bytes=self._most
        )

    async def retire(self, style: str, *, who: str, guild_id: int | None = None) -> Change:
        """Have a style answer no more, and keep all of it; raises `LibraryError`."""
        return await self._change(changing.retire, style, who=who, guild_id=guild_id)

    def styles(self, guild_id: int | None = None) -> list[Shelved]:
        """Return what a guild itself keeps, or what is kept for everyone; retired ones too."""
        return self._shelves.shelved(guild_id)

    def changes(self, guild_id: int | None = None, style: str | None = None) -> list[Change]:
        """Return the changes of what a guild itself keeps, or of one style of it, newest first."""
        told = [each.changes for each in self.styles(guild_id) if style in (None, each.style)]
        return list(heapq.merge(*told, key=lambda change: change.when, reverse=True))

    async def refresh(self) -> None:
        """Look at the place now, and take over what changed; raises `PlaceError`."""
        async with self._turn:
            for shelf, seen in (await asyncio.to_thread(self._shelves.look)).items():
                await self._take_over(shelf, seen)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete all styles of a guild's own; raises `PlaceError`."""
        await asyncio.to_thread(self._place.remove, f"@{guild_id:d}")
        await self.refresh()

    def count_user(self, user_id: int) -> int:
        """Return how many of the changes last read were a person's."""
        return self._shelves.count(str(user_id))

    async def forget_user(self, user_id: int) -> int:
        """Take a person's id out of all changes; return how many were theirs.

        Raises `LibraryError`, of a style that cannot be read once all others are done.
        """
        await self.refresh()
        try:
            return await asyncio.to_thread(self._shelves.forget, user_id)
        finally:
            await self.refresh()

    async def close(self) -> None:
        """Watch no more, and let all engines go; what they are asked is cancelled."""
        if self._watching:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        self._engines.close()

    def _key(self, style: str, guild_id: int | None) -> str:
        """Return the folder of what answers, or "/" and the name of what ships."""
        layer = self.where(style, guild_id)
        if layer == "shipped":
            return f"/{style}"
        return shelf_of(style, guild_id if layer == "guild" else None)

    def _tell(self, shelf: str, line: str) -> None:
        """Log what is wrong with a version, once until the style changes."""
        told = self._told.setdefault(shelf, set())
        if line not in told:
            told.add(line)
            _log.error("%s", line)

    def _everywhere(self) -> Iterator[str]:
        yield from self._shelves.answering(None)
        yield from self._shipped

    async def _take_over(self, shelf: str, seen: Seen | None) -> None:
        """Go by what was seen from now on; an open engine gives way to the live version's.

        Where that does not open, the one that is open goes on; where it cannot be fetched, all
        stays as it was until the next look.
        """
        manifest, before = seen.manifest if seen else None, self._shelves.at(shelf)
        live = manifest.kept(manifest.live) if manifest else None
        fault = None
        if live and shelf in self._engines and not (before and before.kept(before.live) == live):
            opening = partial(open_version, self._place, shelf, live, self._most)
            try:
                await self._engines.swap(shelf, opening)
            except PlaceError as error:
                self._tell(shelf, f"{error}; the version that is open goes on")
                return
            except ArtifactError as error:
                fault = error
        self._shelves.keep(shelf, seen)
        if manifest is not before:
            self._told.pop(shelf, None)
        if fault:
            self._tell(shelf, f"{fault}; the version that is open goes on")
        if live is None:
            self._engines.drop(shelf)

    async def _change(
        self, change: Callable[Concatenate[Place, P], Change], *told: P.args, **how: P.kwargs
    ) -> Change:
        """Make a change, and take it over; what others changed meanwhile comes with it."""
        done = await asyncio.to_thread(change, self._place, *told, **how)
        try:
            await self.refresh()
        except PlaceError as error:  # it is done, and will be noticed
            _log.warning("%s", error)
        return done
