"""What a library needs of the place where styles are kept, whichever that is.

All of it may block, and belongs on a thread.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Place(Protocol):
    """What a library needs of a place; paths have "/" and are relative to it.

    Every method raises `PlaceError` where the place fails, those that read `FileNotFoundError`.
    """

    name: str

    def look(self) -> dict[str, Any]:
        """Return the folders that hold a manifest, each with what changes when that does."""

    def files(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; none where there is no such folder."""

    def read(self, path: str, most: int) -> bytes:
        """Return a file's content, or its first `most` + 1 bytes; raises `UnreadableError`."""

    def create(self, path: str, content: bytes) -> None:
        """Write a file that was not there, durably; raises `FileExistsError`."""

    def write(self, path: str, content: bytes) -> None:
        """Replace a file in one step, durably; for who holds the lock of its folder."""

    def settle(self, part: str, path: str, content: bytes) -> None:
        """Put the `content` of `part` where it belongs, `part` may go; raises `FileExistsError`."""

    def delete(self, path: str) -> None:
        """Delete a file, if it is there."""

    def remove(self, folder: str) -> None:
        """Delete a folder with all that is in it, if it is there."""

    def lock(self, folder: str) -> AbstractContextManager[Callable[[], None]]:
        """Let one at a time change what is in `folder`; what it gives raises if that is over."""
