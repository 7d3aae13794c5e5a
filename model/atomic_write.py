"""Atomic file writes: a temporary file, fsync, then rename."""

import os
import tempfile
from pathlib import Path

TEMPORARY = ".*.part"
"""Pattern of the temporary files. A killed process can leave one behind."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`. A reader sees the old file or the new one, never a part.

    Raises `OSError` when the folder is not writable, and leaves no temporary file behind.
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
    """Make the rename survive a power failure, on systems that can open a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
