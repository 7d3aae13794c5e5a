"""Atomic file writes: write a temporary file, sync it, and rename it over the target.

Files and folders are private by default: only their owner can open them.
"""

import os
import time
from functools import partial
from pathlib import Path

_IS_WINDOWS = os.name == "nt"
_REPLACE_SECONDS = 2.0
"""How long Windows may refuse to replace a file."""

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""Modes."""


def write_atomic(
    file: Path, content: bytes, *, part: Path | None = None, mode: int = PRIVATE_FILE
) -> None:
    """Replace `file` in one step, durably.

    `part` is the temporary file, by default `.NAME.part`. A leftover of a crash is overwritten.
    Processes that write the same file without a lock need a `part` each.
    """
    part = part or file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    write_new(part, content, mode)
    replace_file(part, file)
    sync_folder(file.parent)


def replace_file(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which may exist.

    Windows refuses that while another program reads one of them, so it is repeated there.
    """
    until = time.monotonic() + _REPLACE_SECONDS
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if not _IS_WINDOWS or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def write_new(file: Path, content: bytes, mode: int = PRIVATE_FILE) -> None:
    """Create and sync `file`; delete it if that fails. Raises `FileExistsError`."""
    with open(file, "xb", opener=partial(os.open, mode=mode)) as stream:
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


def make_private_folder(folder: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Make `folder`, and those that it is in, if missing; only their owner can open them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=mode, exist_ok=True)
