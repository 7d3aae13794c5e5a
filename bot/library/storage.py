"""Storage of styles: the interface, the local folder, and reading a style from either.

Everything here blocks; call it on a thread.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from ..atomic_write import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    make_private_folder,
    replace_file,
    sync_folder,
    write_atomic,
    write_new,
)
from ..sampling import Artifact, ArtifactError
from .manifest import (
    MANIFEST_FILE,
    MAX_MANIFEST_BYTES,
    LibraryError,
    Manifest,
    StorageError,
    StoredVersion,
    UnreadableFileError,
    parse_style_folder,
    version_file,
)
from .pattern_style import PatternStyle, is_pattern

_LOCK_TIMEOUT = 30
"""Seconds. Others hold the lock of a style for milliseconds."""

_SINGLE_FILE_ERRORS = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP)
"""Errors of one file, which say nothing about the storage."""


class Storage(Protocol):
    """Files in folders. Paths are relative to the storage and use "/".

    Every method raises `StorageError` when the storage fails. Methods that read raise
    `FileNotFoundError`.
    """

    name: str

    def fingerprints(self) -> dict[str, Any]:
        """Return the style folders with a fingerprint each, which changes with the manifest."""

    def list_files(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; an empty list if there is no folder."""

    def read(self, path: str, max_bytes: int) -> bytes:
        """Return a file's content, or its first `max_bytes` + 1; raises `UnreadableFileError`."""

    def create(self, path: str, content: bytes) -> None:
        """Write a new file durably; raises `FileExistsError`."""

    def write(self, path: str, content: bytes) -> None:
        """Replace a file in one step, durably. The caller holds the lock of its folder."""

    def rename(self, source: str, target: str, content: bytes) -> None:
        """Give the file `source`, with that `content`, a new path; raises `FileExistsError`.

        A storage that cannot rename creates `target` and leaves `source`.
        """

    def delete(self, path: str) -> None:
        """Delete a file, if it exists."""

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with its content, if it exists."""

    def lock(self, folder: str) -> AbstractContextManager[Callable[[], None]]:
        """Lock a folder. Yields a function that raises `LibraryError` if the lock was lost."""


def read_manifest(storage: Storage, folder: str) -> Manifest | None:
    """Return the manifest of a style's folder, or None; raises `LibraryError`."""
    try:
        content = storage.read(f"{folder}/{MANIFEST_FILE}", MAX_MANIFEST_BYTES)
        if len(content) > MAX_MANIFEST_BYTES:
            raise ValueError(f"larger than {MAX_MANIFEST_BYTES:,} bytes")  # noqa: TRY301
        return Manifest.parse(content)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LibraryError(
            f"{storage.name}/{folder}/{MANIFEST_FILE}: invalid manifest ({error}). "
            "Fix or delete the file."
        ) from None


def load_version(
    storage: Storage, folder: str, stored: StoredVersion, max_bytes: int
) -> Artifact | PatternStyle:
    """Load a version and check its digest; raises `ArtifactError` or `StorageError`."""
    name, content = read_version(storage, folder, stored, max_bytes)
    return parse_content(content, name, max_bytes)


def parse_content(content: bytes, name: str, max_bytes: int) -> Artifact | PatternStyle:
    """Check a version's `content`; raises `ArtifactError`, which calls the file `name`."""
    if is_pattern(content):
        return PatternStyle.read(content, name)
    return Artifact.read(content, name, max_bytes=max_bytes)


def read_version(
    storage: Storage, folder: str, stored: StoredVersion, max_bytes: int
) -> tuple[str, bytes]:
    """Return the name of a version's file for messages, and its content if the digest is right.

    Raises `ArtifactError` or `StorageError`.
    """
    path = f"{folder}/{version_file(stored.version)}"
    name = f"{storage.name}/{path}"
    try:
        content = storage.read(path, max_bytes)
    except FileNotFoundError:
        raise ArtifactError(f"{name}: the file is missing; roll back or publish again") from None
    except UnreadableFileError as error:
        raise ArtifactError(str(error)) from None
    if len(content) <= max_bytes and hashlib.sha256(content).hexdigest() != stored.digest:
        raise ArtifactError(f"{name}: is not the file that was published (its digest differs)")
    return name, content


class LocalStorage:
    """A folder on this machine. The first write creates it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)

    def fingerprints(self) -> dict[str, Any]:
        """Return the style folders, each with its manifest's inode, time and size.

        Raises `FileNotFoundError` if the storage's folder does not exist.
        """
        with self._translate_errors("read", FileNotFoundError):
            folders: list[str] = []
            for name in _subfolders(self.root):
                if name.startswith("@"):
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        folders += [f"{name}/{style}" for style in _subfolders(self.root / name)]
                else:
                    folders.append(name)
            found = {f: self._fingerprint(f) for f in folders if parse_style_folder(f)}
            return {f: fingerprint for f, fingerprint in found.items() if fingerprint is not None}

    def _fingerprint(self, folder: str) -> tuple[int, ...] | None:
        try:
            status = (self.root / folder / MANIFEST_FILE).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:  # the index reads the file and reports the error
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def list_files(self, folder: str) -> list[str]:
        """Return the names of the files in a folder."""
        with self._translate_errors("read"), contextlib.suppress(FileNotFoundError):
            return [entry.name for entry in (self.root / folder).iterdir()]
        return []

    def read(self, path: str, max_bytes: int) -> bytes:
        """Return a file's content, or its first `max_bytes` + 1."""
        with self._translate_errors("read", FileNotFoundError):
            try:
                with (self.root / path).open("rb") as file:
                    return file.read(max_bytes + 1)
            except OSError as error:
                if error.errno not in _SINGLE_FILE_ERRORS:
                    raise
                raise UnreadableFileError(_describe(error, "read", self.root)) from None

    def create(self, path: str, content: bytes) -> None:
        """Write a new file and sync it."""
        self._make_folder((self.root / path).parent)
        with self._translate_errors("written", FileExistsError):
            write_new(self.root / path, content, self._mode(PRIVATE_FILE))

    def write(self, path: str, content: bytes) -> None:
        """Replace a file, and sync it and its folder."""
        with self._translate_errors("written"):
            write_atomic(self.root / path, content, mode=self._mode(PRIVATE_FILE))

    def rename(self, source: str, target: str, content: bytes) -> None:
        """Rename a file and sync its folder."""
        del content
        with self._translate_errors("written", FileExistsError):
            if (self.root / target).exists():
                raise FileExistsError(target)
            replace_file(self.root / source, self.root / target)
            sync_folder((self.root / target).parent)

    def delete(self, path: str) -> None:
        """Delete a file, if it exists."""
        with self._translate_errors("written"):
            (self.root / path).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with its content, if it exists."""
        with self._translate_errors("written"):
            shutil.rmtree(self.root / folder, onerror=_ignore_missing)

    @contextlib.contextmanager
    def lock(self, folder: str) -> Iterator[Callable[[], None]]:
        """Hold a file lock, which the system releases when the process ends."""
        self._make_folder(self.root / folder)
        with self._translate_errors("written"):
            mode = self._mode(PRIVATE_FILE)
            lock = FileLock(self.root / folder / ".lock", timeout=_LOCK_TIMEOUT, mode=mode)
            try:
                lock.acquire()
            except Timeout:
                raise LibraryError(
                    f"{self.root / folder}: another process is changing this style. Try again."
                ) from None
        try:
            yield lambda: None
        finally:
            lock.release()

    def _make_folder(self, folder: Path) -> None:
        with self._translate_errors("created"):
            make_private_folder(self.root)
            make_private_folder(folder, self._mode(PRIVATE_FOLDER))

    def _mode(self, private: int) -> int:
        """Return the mode of a new file or folder: who can open the storage can open it too."""
        shared = self.root.stat().st_mode & 0o077
        return private | shared & (0o077 if private == PRIVATE_FOLDER else 0o066)

    @contextlib.contextmanager
    def _translate_errors(self, action: str, *allowed: type[OSError]) -> Iterator[None]:
        """Raise `StorageError` for every system error that is not `allowed`."""
        try:
            yield
        except OSError as error:
            if isinstance(error, allowed):
                raise
            raise StorageError(_describe(error, action, self.root)) from None


def _describe(error: OSError, action: str, root: Path) -> str:
    return f"{error.filename or root}: cannot be {action} ({error.strerror or error})"


def _ignore_missing(_: object, __: str, raised: tuple[type[BaseException], Any, object]) -> None:
    """Ignore files that another process deleted at the same time."""
    if not issubclass(raised[0], FileNotFoundError):
        raise raised[1]


def _subfolders(folder: Path) -> list[str]:
    """Return the names of the subfolders in NFC; macOS returns them in NFD."""
    try:
        with os.scandir(folder) as entries:
            return [unicodedata.normalize("NFC", each.name) for each in entries if each.is_dir()]
    except NotADirectoryError:
        raise FileNotFoundError(folder) from None
