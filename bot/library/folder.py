"""Styles in a folder on this machine."""

import contextlib
import errno
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .errors import LibraryError, PlaceError, UnreadableError
from .manifest import NAME
from .naming import whose

_LOCK_SECONDS = 30
"""For how long to wait for others who change the same style; it takes them milliseconds."""

_OF_ONE_FILE = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP)
"""What is wrong with one file, and says nothing of the others."""


class Folder:
    """A place that is a folder, which may not be there yet: it is made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)

    def look(self) -> dict[str, Any]:
        """Return the folders that hold a manifest, with its file's number, time and size.

        Raises `FileNotFoundError` where there is no such place.
        """
        with self._reached("read", FileNotFoundError):
            shelves: list[str] = []
            for name in _folders(self.root):
                if name.startswith("@"):
                    with contextlib.suppress(FileNotFoundError):  # a guild that goes meanwhile
                        shelves += [f"{name}/{style}" for style in _folders(self.root / name)]
                else:
                    shelves.append(name)
            stamps = {shelf: self._stamp(shelf) for shelf in shelves if whose(shelf)}
            return {shelf: stamp for shelf, stamp in stamps.items() if stamp is not None}

    def _stamp(self, shelf: str) -> tuple[int, ...] | None:
        try:
            told = (self.root / shelf / NAME).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:  # reading it tells what is wrong
            return ()
        return told.st_ino, told.st_mtime_ns, told.st_size

    def files(self, folder: str) -> list[str]:
        """Return the names of what is in a folder."""
        with self._reached("read"), contextlib.suppress(FileNotFoundError):
            return [entry.name for entry in (self.root / folder).iterdir()]
        return []

    def read(self, path: str, most: int) -> bytes:
        """Return a file's content, or its first `most` + 1 bytes."""
        with self._reached("read", FileNotFoundError):
            try:
                with (self.root / path).open("rb") as file:
                    return file.read(most + 1)
            except OSError as error:
                if error.errno not in _OF_ONE_FILE:
                    raise
                raise UnreadableError(_told(error, "read", self.root)) from None

    def create(self, path: str, content: bytes) -> None:
        """Write a file that was not there, and sync it; nothing of it stays where that fails."""
        self._make((self.root / path).parent)
        with self._reached("written", FileExistsError):
            _write(self.root / path, content)

    def write(self, path: str, content: bytes) -> None:
        """Replace a file in one step, and sync it and its folder; under the folder's lock alone."""
        with self._reached("written"):
            file = self.root / path
            part = file.with_name(f".{file.name}.part")
            part.unlink(missing_ok=True)  # of one who died
            _write(part, content)
            part.replace(file)
            _sync(file.parent)

    def settle(self, part: str, path: str, content: bytes) -> None:
        """Rename `part` to `path`, and sync their folder."""
        del content
        with self._reached("written", FileExistsError):
            if (self.root / path).exists():
                raise FileExistsError(path)
            (self.root / part).replace(self.root / path)
            _sync((self.root / path).parent)

    def delete(self, path: str) -> None:
        """Delete a file, if it is there."""
        with self._reached("written"):
            (self.root / path).unlink(missing_ok=True)

    def remove(self, folder: str) -> None:
        """Delete a folder with all that is in it, if it is there."""
        with self._reached("written"):
            shutil.rmtree(self.root / folder, onerror=_unless_gone)

    @contextlib.contextmanager
    def lock(self, folder: str) -> Iterator[Callable[[], None]]:
        """Hold a lock of the system's, which ends with the process that has it."""
        self._make(self.root / folder)
        with self._reached("written"):
            lock = FileLock(self.root / folder / ".lock", timeout=_LOCK_SECONDS)
            try:
                lock.acquire()
            except Timeout:
                raise LibraryError(
                    f"{self.root / folder}: somebody else is changing it; try again"
                ) from None
        try:
            yield lambda: None
        finally:
            lock.release()

    def _make(self, folder: Path) -> None:
        with self._reached("made"):
            folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _reached(self, done: str, *passed: type[OSError]) -> Iterator[None]:
        """Tell what the system refuses in one line, but for what has a meaning of its own."""
        try:
            yield
        except OSError as error:
            if isinstance(error, passed):
                raise
            raise PlaceError(_told(error, done, self.root)) from None


def _told(error: OSError, done: str, root: Path) -> str:
    return f"{error.filename or root}: cannot be {done} ({error.strerror or error})"


def _unless_gone(_: object, __: str, raised: tuple[type[BaseException], Any, object]) -> None:
    """Pass over what others deleted meanwhile."""
    if not issubclass(raised[0], FileNotFoundError):
        raise raised[1]


def _folders(folder: Path) -> list[str]:
    """Return the names of the folders in one, in NFC: some systems tell them otherwise."""
    try:
        with os.scandir(folder) as entries:
            return [unicodedata.normalize("NFC", each.name) for each in entries if each.is_dir()]
    except NotADirectoryError:
        raise FileNotFoundError(folder) from None


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as stream:
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def _sync(folder: Path) -> None:
    """Make a rename outlive a power cut; systems that cannot open a folder go without."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
