"""From a version's file to the engine that answers from it; everything here blocks."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ..sampling import Artifact, ArtifactError, Engine
from .errors import UnreadableError
from .manifest import Kept, Manifest
from .naming import file_of
from .place import Place


def open_shipped(file: Path, max_bytes: int) -> Engine:
    """Return the engine of a file; raises `ArtifactError`."""
    return Engine(Artifact.open(file, max_bytes=max_bytes))


def artifact_of(place: Place, shelf: str, kept: Kept, max_bytes: int) -> Artifact:
    """Return one version, if its file is the one that was published.

    Raises `ArtifactError` or `PlaceError`.
    """
    path = f"{shelf}/{file_of(kept.version)}"
    name = f"{place.name}/{path}"
    try:
        content = place.read(path, max_bytes)
    except FileNotFoundError:
        raise ArtifactError(f"{name}: is gone; roll back, or publish it again") from None
    except UnreadableError as error:
        raise ArtifactError(str(error)) from None
    if len(content) <= max_bytes and hashlib.sha256(content).hexdigest() != kept.digest:
        raise ArtifactError(f"{name}: is not the file that was published (its digest differs)")
    return Artifact.read(content, name, max_bytes=max_bytes)


def open_version(place: Place, shelf: str, kept: Kept, max_bytes: int) -> Engine:
    """Return the engine of one version; raises as `artifact_of` does."""
    return Engine(artifact_of(place, shelf, kept, max_bytes))


def open_live(
    place: Place, shelf: str, manifest: Manifest, max_bytes: int, tell: Callable[[str], None]
) -> Engine:
    """Return the engine of the live version, or of the last before it that opens.

    What does not open is told, in a line each.

    Raises the `ArtifactError` of the live one where none does, or `PlaceError`.
    """
    refused: list[ArtifactError] = []
    for version in reversed(manifest.trail()):
        if kept := manifest.kept(version):
            try:
                return open_version(place, shelf, kept, max_bytes)
            except ArtifactError as error:
                refused.append(error.with_traceback(None))
                tell(f"{error}; trying the version that was live before it")
    raise refused[0] if refused else ArtifactError(f"{place.name}/{shelf}: no version is kept")
