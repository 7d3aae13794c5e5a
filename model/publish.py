"""Files appear whole or not at all: written beside their place, synced, then renamed into it."""

import os
import tempfile
from pathlib import Path


def publish(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step; a reader sees the old file or the new, never a part.

    Raises `OSError` when the folder cannot be written to; nothing is then left behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself outlive a power cut; systems that cannot open a folder go without."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
