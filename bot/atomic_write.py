"""Atomic file writes: write a temporary file, sync it, and rename it over the target.

Also makes folders that only their owner can open.
"""

import os
from pathlib import Path


def write_atomic(file: Path, content: bytes, *, part: Path | None = None) -> None:
    """Replace `file` in one step, durably.

    `part` is the temporary file, by default `.NAME.part`. A leftover of a crash is overwritten.
    Processes that write the same file without a lock need a `part` each.
    """
    part = part or file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    write_new(part, content)
    part.replace(file)
    sync_folder(file.parent)


def write_new(file: Path, content: bytes) -> None:
    """Create and sync `file`; delete it if that fails. Raises `FileExistsError`."""
    with file.open("xb") as stream:
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system can open folders."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and those that it is in, if missing; only their owner can open them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
