"""What was last read of a place: the manifest of every style in it, by guild."""

import logging
from dataclasses import dataclass, field
from typing import Any

from .changing import read_manifest
from .errors import LibraryError, PlaceError
from .manifest import Manifest, Shelved
from .naming import whose
from .place import Place

_log = logging.getLogger(__name__)


@dataclass
class Shelves:
    """The manifests by guild (None: everyone's) and style.

    One that cannot be used is told of once, and what was read before it stays.
    """

    place: Place
    _by_guild: dict[int | None, dict[str, Manifest]] = field(default_factory=dict)
    _stamps: dict[str, Any] = field(default_factory=dict)
    _seen: dict[tuple[int | None, str], Shelved] = field(default_factory=dict)

    def of(self, guild_id: int | None) -> dict[str, Manifest]:
        """Return the manifests of what a guild itself keeps, or of what is kept for everyone."""
        return self._by_guild.get(guild_id, {})

    def at(self, shelf: str) -> Manifest | None:
        """Return the manifest of one folder, None where there is none."""
        guild_id, style = whose(shelf) or (None, shelf)
        return self.of(guild_id).get(style)

    def all(self) -> list[str]:
        """Return all folders that have a manifest."""
        return list(self._stamps)

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
        seen = self._seen.get((guild_id, style))
        if seen is None:
            seen = self.of(guild_id)[style].shelved(style)
            self._seen[guild_id, style] = seen
        return seen

    def count(self, who: str) -> int:
        """Return how many changes are somebody's, of any guild."""
        manifests = (each for kept in self._by_guild.values() for each in kept.values())
        return sum(line.who == who for manifest in manifests for line in manifest.changes)

    def refresh(self) -> None:
        """Read what changed, and go by it; blocks, and raises `PlaceError`."""
        for shelf, manifest in self.look().items():
            self.keep(shelf, manifest)

    def look(self) -> dict[str, Manifest | None]:
        """Read what changed since last time, None for what is gone, and keep none of it yet.

        Blocks; one at a time may call it. Raises `PlaceError`.
        """
        stamps = self._stamped()
        found: dict[str, Manifest | None] = {
            shelf: None for shelf in self._stamps if shelf not in stamps
        }
        for shelf, stamp in stamps.items():
            if stamp is None or stamp != self._stamps.get(shelf):
                self._read(shelf, found)
        self._stamps = stamps
        return found

    def keep(self, shelf: str, manifest: Manifest | None) -> None:
        """Go by what `look` found from now on."""
        guild_id, style = _whose(shelf)
        self._seen.pop((guild_id, style), None)
        kept = self._by_guild.setdefault(guild_id, {})
        if manifest is None:
            kept.pop(style, None)
        else:
            kept[style] = manifest
        if not kept:
            del self._by_guild[guild_id]

    def _stamped(self) -> dict[str, Any]:
        try:
            return self.place.look()
        except FileNotFoundError:  # it is made when something is first published
            if self._stamps:
                raise PlaceError(f"{self.place.name}: is not there any more") from None
            return {}

    def _read(self, shelf: str, found: dict[str, Manifest | None]) -> None:
        try:
            manifest = read_manifest(self.place, shelf)
        except PlaceError:
            raise
        except LibraryError as error:
            _log.error("%s; the style stays as it was", error)
        else:
            found[shelf] = manifest


def _whose(shelf: str) -> tuple[int | None, str]:
    found = whose(shelf)
    assert found is not None  # noqa: S101, a place tells of no other folders
    return found
