"""What was last read of a place: the manifest of every style in it, by guild."""

import logging
from dataclasses import dataclass, field
from typing import Any

from .changing import forget, read_manifest
from .errors import LibraryError, PlaceError, UnreadableError
from .manifest import Manifest, Shelved
from .naming import whose
from .place import Place

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What a folder held: `stamp` changes when its manifest does, None is one to read again.

    Where there is a `fault`, `manifest` is what was there before.
    """

    stamp: Any
    manifest: Manifest | None
    fault: str = ""


@dataclass
class Shelves:
    """The manifests by guild (None: everyone's) and style.

    One that cannot be used is told of once, and what was read before it stays.
    """

    place: Place
    _by_guild: dict[int | None, dict[str, Manifest]] = field(default_factory=dict)
    _seen: dict[str, Seen] = field(default_factory=dict)
    _shelved: dict[tuple[int | None, str], Shelved] = field(default_factory=dict)

    def of(self, guild_id: int | None) -> dict[str, Manifest]:
        """Return the manifests of what a guild itself keeps, or of what is kept for everyone."""
        return self._by_guild.get(guild_id, {})

    def at(self, shelf: str) -> Manifest | None:
        """Return the manifest of one folder, None where there is none."""
        guild_id, style = whose(shelf) or (None, shelf)
        return self.of(guild_id).get(style)

    def all(self) -> list[str]:
        """Return all folders that have a manifest."""
        return list(self._seen)

    def live(self, style: str, guild_id: int | None) -> bool:
        """Whether a style of that guild, or of everyone, answers."""
        manifest = self.of(guild_id).get(style)
        return manifest is not None and manifest.live is not None

    def answering(self, guild_id: int | None) -> list[str]:
        """Return the styles of that guild, or of everyone, that answer."""
        return sorted(style for style in self.of(guild_id) if self.live(style, guild_id))

    def shelved(self, guild_id: int | None) -> list[Shelved]:
        """Return what others see of what a guild itself keeps, or of what is kept for everyone."""
        return [self._shelf(guild_id, style) for style in sorted(self.of(guild_id))]

    def _shelf(self, guild_id: int | None, style: str) -> Shelved:
        """Return what others see of a style, made once: it may have a thousand changes."""
        shelved = self._shelved.get((guild_id, style))
        if shelved is None:
            shelved = self.of(guild_id)[style].shelved(style)
            self._shelved[guild_id, style] = shelved
        return shelved

    def count(self, who: str) -> int:
        """Return how many changes are somebody's, of any guild."""
        manifests = (each for kept in self._by_guild.values() for each in kept.values())
        return sum(line.who == who for manifest in manifests for line in manifest.changes)

    def forget(self, user_id: int) -> int:
        """Take a person's id out of all changes; return how many were theirs, and blocks.

        Raises `PlaceError`, or the `LibraryError` of a style of which that cannot be told, once
        it is done for all others.
        """
        count, fault = 0, None
        for shelf in self.all():
            try:
                count += forget(self.place, shelf, user_id)
            except PlaceError:
                raise
            except LibraryError as error:
                fault = error
        if fault:
            raise fault
        return count

    def refresh(self) -> None:
        """Read what changed, and go by it; blocks, and raises `PlaceError`."""
        for shelf, seen in self.look().items():
            self.keep(shelf, seen)

    def look(self) -> dict[str, Seen | None]:
        """Read what is not as it was kept, None for what is gone; blocks, raises `PlaceError`."""
        stamps = self._stamped()
        found: dict[str, Seen | None] = {shelf: None for shelf in self.all() if shelf not in stamps}
        for shelf, stamp in stamps.items():
            kept = self._seen.get(shelf)
            if kept is None or stamp is None or stamp != kept.stamp:
                found[shelf] = self._read(shelf, stamp)
        return found

    def keep(self, shelf: str, seen: Seen | None) -> None:
        """Go by what `look` found from now on; a fault is told once."""
        guild_id, style = _whose(shelf)
        before = self._seen.pop(shelf, None)
        if seen:
            self._seen[shelf] = seen
            if seen.fault and (before is None or seen.fault != before.fault):
                _log.error("%s; the style stays as it was", seen.fault)
        self._shelved.pop((guild_id, style), None)
        kept = self._by_guild.setdefault(guild_id, {})
        if seen is None or seen.manifest is None:
            kept.pop(style, None)
        else:
            kept[style] = seen.manifest
        if not kept:
            del self._by_guild[guild_id]

    def _stamped(self) -> dict[str, Any]:
        try:
            return self.place.look()
        except FileNotFoundError:  # it is made when something is first published
            if self._seen:
                raise PlaceError(f"{self.place.name}: is not there any more") from None
            return {}

    def _read(self, shelf: str, stamp: Any) -> Seen:
        try:
            return Seen(stamp, read_manifest(self.place, shelf))
        except PlaceError:
            raise
        except LibraryError as error:  # that a file may be read again is told by no stamp
            again = isinstance(error, UnreadableError)
            return Seen(None if again else stamp, self.at(shelf), str(error))


def _whose(shelf: str) -> tuple[int | None, str]:
    found = whose(shelf)
    assert found is not None  # noqa: S101, a place tells of no other folders
    return found
