"""How a style changes: published, rolled back, retired. Plain functions, for the bot and the shell.

A version's file is whole, synced and read back before the manifest names it; a manifest is only
written by who holds the style's lock, from what it said under that lock. Whoever dies in between
leaves files that no manifest names; a later publish takes them away.
"""

import contextlib
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from ..sampling import Artifact, ArtifactError
from .errors import LibraryError, PlaceError
from .manifest import LAST, MAX_BYTES, NAME, Change, Kept, Line, Manifest, What
from .naming import file_of, part_of, shelf_of, version_of
from .opening import artifact_of
from .place import Place

_UNDER_WAY = 100
"""A file that no manifest names may be about to be named, unless so many versions came after it."""

_Changed = tuple[Manifest, Line]


def read_manifest(place: Place, shelf: str) -> Manifest | None:
    """Return the manifest in a style's folder, None where there is none; raises `LibraryError`."""
    try:
        content = place.read(f"{shelf}/{NAME}", MAX_BYTES)
        if len(content) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES:,} bytes")  # noqa: TRY301
        return Manifest.read(content)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LibraryError(
            f"{place.name}/{shelf}/{NAME}: cannot be used ({error}); mend it or delete it"
        ) from None


def publish(
    place: Place,
    style: str,
    content: bytes,
    *,
    who: str,
    kept: int,
    max_bytes: int,
    guild_id: int | None = None,
    name: str | None = None,
) -> Change:
    """Make `content`, an .onnx file's, the live version; raises `LibraryError`.

    A complaint calls the file `name`, or as the style.

    At most `kept` versions stay: the oldest go, but not the live one nor the one live before it.
    """
    shelf = shelf_of(style, guild_id)
    try:
        Artifact.read(content, name or _style(shelf), max_bytes=max_bytes)
    except ArtifactError as error:
        raise LibraryError(str(error)) from None
    version = _put(place, shelf, content)
    digest = hashlib.sha256(content).hexdigest()
    added = Kept(version=version, digest=digest, size=len(content))

    def change(manifest: Manifest) -> _Changed:
        if file_of(version) not in place.files(shelf):
            raise LibraryError(
                f"{_style(shelf)}: others published many versions meanwhile; try again"
            )
        line = _line("publish", added, who)
        return manifest.changed(line, version, (*manifest.versions, added)), line

    return _change(place, shelf, change, kept)


def roll_back(
    place: Place,
    style: str,
    *,
    who: str,
    max_bytes: int,
    to: int | None = None,
    guild_id: int | None = None,
) -> Change:
    """Make version `to` live, or the one live before; brings a retired style back as it was.

    Raises `LibraryError` where there is no such style or version, or it does not open any more.
    """
    shelf = shelf_of(style, guild_id)

    def change(manifest: Manifest) -> _Changed:
        manifest = _found(manifest, shelf)
        there = manifest.kept(_before(manifest, shelf) if to is None else to)
        numbers = ", ".join(str(kept.version) for kept in manifest.versions)
        if there is None:
            raise LibraryError(f"{_style(shelf)}: no version {to} is kept; there are: {numbers}")
        if there.version == manifest.live:
            raise LibraryError(f"{_style(shelf)}: version {there.version} is live already")
        try:
            artifact_of(place, shelf, there, max_bytes)
        except ArtifactError as error:
            raise LibraryError(str(error)) from None
        line = _line("rollback", there, who)
        return manifest.changed(line, there.version, manifest.versions), line

    return _change(place, shelf, change)


def retire(place: Place, style: str, *, who: str, guild_id: int | None = None) -> Change:
    """Have a style answer no more, and keep all of it; raises `LibraryError`."""
    shelf = shelf_of(style, guild_id)

    def change(manifest: Manifest) -> _Changed:
        live = _found(manifest, shelf).kept(manifest.live)
        if live is None:
            raise LibraryError(f"{_style(shelf)}: is retired already")
        line = _line("retire", live, who)
        return manifest.changed(line, None, manifest.versions), line

    return _change(place, shelf, change)


def forget(place: Place, shelf: str, user_id: int) -> int:
    """Take a person's id out of a style's changes; return how many were theirs."""
    if not _changes_of(read_manifest(place, shelf), user_id):
        return 0
    with place.lock(shelf) as still:
        manifest = read_manifest(place, shelf)
        count = _changes_of(manifest, user_id)
        if manifest and count:
            forgotten = tuple(
                line.model_copy(update={"who": ""}) if line.who == str(user_id) else line
                for line in manifest.changes
            )
            still()
            manifest = manifest.model_copy(update={"changes": forgotten})
            place.write(f"{shelf}/{NAME}", manifest.written())
    return count


def _changes_of(manifest: Manifest | None, user_id: int) -> int:
    return sum(line.who == str(user_id) for line in manifest.changes) if manifest else 0


def _change(
    place: Place, shelf: str, change: Callable[[Manifest], _Changed], kept: int | None = None
) -> Change:
    """Change the manifest under its lock; with `kept`, take away what is too much."""
    if kept is None and read_manifest(place, shelf) is None:  # before a folder is made for it
        raise LibraryError(f"{_style(shelf)}: no such style was published")
    with place.lock(shelf) as still:
        manifest, line = change(read_manifest(place, shelf) or Manifest())
        if kept is not None:
            manifest = _pruned(manifest, kept)
        still()
        place.write(f"{shelf}/{NAME}", manifest.written())
        if kept is not None:
            _sweep(place, shelf, manifest)
    return line.of(_style(shelf))


def _style(shelf: str) -> str:
    return shelf.rpartition("/")[2]


def _found(manifest: Manifest, shelf: str) -> Manifest:
    if not manifest.versions:
        raise LibraryError(f"{_style(shelf)}: no version of it is kept")
    return manifest


def _before(manifest: Manifest, shelf: str) -> int:
    trail = manifest.trail()
    back = trail if manifest.live is None else trail[:-1]
    if not back:
        numbers = ", ".join(str(kept.version) for kept in manifest.versions)
        raise LibraryError(
            f"{_style(shelf)}: none was live before; name one of these versions: {numbers}"
        )
    return back[-1]


def _line(what: What, kept: Kept, who: str) -> Line:
    return Line(what=what, who=who[:200], when=datetime.now(UTC), **kept.model_dump())


def _put(place: Place, shelf: str, content: bytes) -> int:
    """Write the file of the next version, and return that: two never take the same."""
    version = _newest(place, shelf)
    while True:
        version += 1
        if version > LAST:
            raise LibraryError(f"{place.name}/{shelf}: {LAST} is the last version; take it away")
        part, path = f"{shelf}/{part_of(version)}", f"{shelf}/{file_of(version)}"
        try:
            place.create(part, content)
        except FileExistsError:
            continue
        try:
            if file_of(version) in place.files(shelf):  # whoever had it before was done with it
                continue
            _read_back(place, part, content)
            place.settle(part, path, content)
        except FileExistsError:
            continue
        else:
            return version
        finally:
            place.delete(part)


def _read_back(place: Place, part: str, content: bytes) -> None:
    try:
        same = place.read(part, len(content)) == content
    except FileNotFoundError:
        raise LibraryError(f"{place.name}/{part}: was deleted meanwhile; try again") from None
    if not same:
        raise LibraryError(f"{place.name}/{part}: reads back otherwise than written")


def _newest(place: Place, shelf: str) -> int:
    """Return the highest version that there ever was; raises `LibraryError`."""
    manifest = read_manifest(place, shelf) or Manifest()
    told = (kept.version for kept in (*manifest.versions, *manifest.changes))
    return max((*told, *(version_of(name) or 0 for name in place.files(shelf))), default=0)


def _pruned(manifest: Manifest, kept: int) -> Manifest:
    spared = {manifest.live, *manifest.trail()[-2:]}
    oldest = sorted((each for each in manifest.versions), key=lambda each: each.version)
    gone = [each for each in oldest if each.version not in spared]
    gone = gone[: max(0, len(oldest) - kept)]
    return manifest.model_copy(update={"versions": tuple(v for v in oldest if v not in gone)})


def _sweep(place: Place, shelf: str, manifest: Manifest) -> None:
    """Delete the files of versions that are kept no more, and what those who died left."""
    numbers = {kept.version for kept in manifest.versions}
    told = {line.version for line in manifest.changes}
    for name in place.files(shelf):
        version = version_of(name)
        if version is None or version in numbers:
            continue
        if version in told or version < max(numbers) - _UNDER_WAY:
            with contextlib.suppress(PlaceError):  # the change is made; a later one tries again
                place.delete(f"{shelf}/{name}")
