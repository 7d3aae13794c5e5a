"""Remote storage of styles behind an fsspec URL, with a lock made of create-if-absent files.

Every object store shows a file only once it is complete. Amazon S3 and compatible stores can create
a file only if it is absent, so processes that publish at the same time exclude each other. For
other stores fsspec checks first and then writes, and two processes can do that at the same moment.

A listing of many files takes many requests, so the files of a large storage are listed every ten
minutes, and when the file `CHANGES_FILE` has changed: processes write it after each change.

Locks are numbered files, and the highest number holds. A process that dies leaves its file behind.
A process that sees the same files for `LOCK_SECONDS` on its own clock creates the next number.
Clocks of different machines are never compared. Work under a lock takes far less than
`LOCK_SECONDS`, and the lock is checked again before the one write that matters.
"""

import contextlib
import logging
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import fsspec

from .manifest import MANIFEST_FILE, LibraryError, StorageError, parse_style_folder
from .storage import Storage

CHANGES_FILE = ".changes"
"""Written after each change of a style, with random content."""

_MANY_FILES = 1000
"""Files that an object store lists in one request."""

_LIST_SECONDS = 600.0
"""Time after which many files are listed in any case: someone may have copied files into them."""

LOCK_SECONDS = 30.0
"""Time after which an unchanged lock counts as abandoned."""

_LOCK_TIMEOUT = 4
"""Time to wait for a lock, in units of `LOCK_SECONDS`."""

_MAX_POLL_SECONDS = 0.2
_LOCK_FILE = re.compile(r"\.lease-([0-9]{1,9})")

_FINGERPRINT_KEYS = (
    *("ETag", "etag", "md5", "LastModified", "last_modified", "mtime", "updated", "created"),
)
"""Keys under which fsspec drivers report what changes with a file."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Listing:
    """The files that were listed at `time`, after `change`."""

    fingerprints: dict[str, Any]
    change: Any
    time: float


_LockFiles = dict[int, bytes]
"""Lock number → token of the process that created the file."""


class RemoteStorage:
    """Files behind a URL. Credentials come from wherever the fsspec driver looks for them."""

    def __init__(self, url: str) -> None:
        """Load the driver of `url`; raises `StorageError` if it is not installed."""
        self.name = re.sub(r"//[^/]*@", "//", url.rstrip("/"))  # without a password
        with self._translate_errors():
            self._files, self._root = fsspec.url_to_fs(url.rstrip("/"), skip_instance_cache=True)
        # A listing cached by one thread hides what another thread has just written.
        self._files.dircache.use_listings_cache = False
        self._listed: _Listing | None = None

    def fingerprints(self) -> dict[str, Any]:
        """Return the style folders, each with what the store reports about its manifest."""
        listed = self._listed
        is_new = listed is not None and time.monotonic() < listed.time + _LIST_SECONDS
        change = self._change() if listed else None
        if listed and is_new and change and change == listed.change:
            return dict(listed.fingerprints)
        with self._translate_errors(allow_missing=False):
            found = self._files.find(self._root, detail=True)
        fingerprints = self._select_manifests(found)
        is_large = len(found) > _MANY_FILES
        # A listing without a known change before it may lack what changed meanwhile.
        self._listed = _Listing(fingerprints, change, time.monotonic()) if is_large else None
        return dict(fingerprints)

    def _change(self) -> Any:
        """Return what the store reports about the latest change; None if it is unknown."""
        try:
            with self._translate_errors():
                return _fingerprint(self._files.info(self._path(CHANGES_FILE)))
        except FileNotFoundError:
            self._note_change()
            return None

    def _note_change(self) -> None:
        """Let other processes list the files again."""
        try:
            self._put(CHANGES_FILE, uuid.uuid4().hex.encode(), mode="overwrite")
        except StorageError as error:
            _log.warning("%s; other bots notice the change within ten minutes", error)

    def _select_manifests(self, found: dict[str, Any]) -> dict[str, Any]:
        infos = {path.removeprefix(self._root).strip("/"): info for path, info in found.items()}
        manifests = {
            path.removesuffix(f"/{MANIFEST_FILE}"): info
            for path, info in infos.items()
            if path.endswith(f"/{MANIFEST_FILE}")
        }
        return {f: _fingerprint(info) for f, info in manifests.items() if parse_style_folder(f)}

    def list_files(self, folder: str) -> list[str]:
        """Return the names of the files in a folder."""
        try:
            with self._translate_errors():
                paths = self._files.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return [path.rpartition("/")[2] for path in paths]

    def read(self, path: str, max_bytes: int) -> bytes:
        """Return a file's content, or its first `max_bytes` + 1."""
        with self._translate_errors():
            try:
                content: bytes = self._files.cat_file(self._path(path), start=0, end=max_bytes + 1)
            except FileNotFoundError:
                raise
            except Exception:  # object stores refuse a byte range of an empty file
                if self._files.size(self._path(path)):
                    raise
                return b""
        return content

    def create(self, path: str, content: bytes) -> None:
        """Write a new file."""
        self._put(path, content, mode="create")

    def write(self, path: str, content: bytes) -> None:
        """Replace a file, which is a manifest."""
        self._put(path, content, mode="overwrite")
        self._note_change()

    def _put(self, path: str, content: bytes, *, mode: str) -> None:
        with self._translate_errors(allow_missing=False):
            try:
                self._files.pipe_file(self._path(path), content, mode=mode)
            except FileNotFoundError:
                if not self._files.exists(self._root):  # never create a bucket
                    raise
                folder = self._path(path).rpartition("/")[0]
                self._files.makedirs(folder, exist_ok=True)
                self._files.pipe_file(self._path(path), content, mode=mode)

    def rename(self, source: str, target: str, content: bytes) -> None:
        """Create `target` with `content`, because object stores cannot rename."""
        del source
        self.create(target, content)

    def delete(self, path: str) -> None:
        """Delete a file, if it exists."""
        with contextlib.suppress(FileNotFoundError), self._translate_errors():
            self._files.rm_file(self._path(path))

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with its content, if it exists."""
        with contextlib.suppress(FileNotFoundError), self._translate_errors():
            self._files.rm(self._path(folder), recursive=True)
            self._note_change()

    def lock(self, folder: str) -> AbstractContextManager[Callable[[], None]]:
        """Hold a lock file in the folder itself."""
        return lock_folder(self, folder)

    def _path(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    @contextlib.contextmanager
    def _translate_errors(self, *, allow_missing: bool = True) -> Iterator[None]:
        """Raise `StorageError` for every error but those of existing and missing files."""
        try:
            yield
        except LibraryError:
            raise
        except ImportError as error:
            raise StorageError(
                f"{self.name}: its fsspec driver is not installed ({error})"
            ) from None
        except Exception as error:  # drivers share no base class
            if isinstance(error, FileExistsError) or (
                allow_missing and isinstance(error, FileNotFoundError)
            ):
                raise
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise StorageError(f"{self.name}: cannot be reached ({reason})") from None


def _fingerprint(info: dict[str, Any]) -> tuple[Any, ...] | None:
    """Return what changes with the file, or None if the store reports nothing of the kind."""
    values = tuple(info.get(key) for key in _FINGERPRINT_KEYS)
    return (*values, info.get("size")) if any(each is not None for each in values) else None


@contextlib.contextmanager
def lock_folder(storage: Storage, folder: str) -> Iterator[Callable[[], None]]:
    """Lock `folder`. Yields a function that raises `LibraryError` if another process took over."""
    token = uuid.uuid4().hex.encode()
    number = _acquire(storage, folder, token)

    def check_lock() -> None:
        files = _lock_files(storage, folder)
        if files.get(number) != token or max(files) != number:
            raise LibraryError(
                f"{storage.name}/{folder}: another process changed this style. Try again."
            )

    try:
        yield check_lock
    finally:
        with contextlib.suppress(LibraryError):
            storage.delete(_lock_path(folder, number))


def _acquire(storage: Storage, folder: str, token: bytes) -> int:
    start = unchanged_since = time.monotonic()
    seen: _LockFiles = {}
    while time.monotonic() - start < _LOCK_TIMEOUT * LOCK_SECONDS:
        files = _lock_files(storage, folder)
        if files != seen:
            seen, unchanged_since = files, time.monotonic()
        is_free = not files or time.monotonic() - unchanged_since >= LOCK_SECONDS
        if is_free and (number := _create_lock(storage, folder, token, files)):
            return number
        # Random pauses keep the waiting processes from retrying in step.
        time.sleep(random.uniform(_MAX_POLL_SECONDS / 4, _MAX_POLL_SECONDS))  # noqa: S311
    raise LibraryError(
        f"{storage.name}/{folder}: another process is changing this style. Try again."
    )


def _create_lock(storage: Storage, folder: str, token: bytes, abandoned: _LockFiles) -> int:
    """Return the number of a lock that is ours now, or 0."""
    number = max(abandoned, default=0) + 1
    try:
        storage.create(_lock_path(folder, number), token)
    except FileExistsError:
        return 0
    files = _lock_files(storage, folder)
    others = {other: held for other, held in files.items() if other != number}
    if files.get(number) != token:  # another process wrote the same number at the same moment
        return 0
    if max(files) != number or not others.items() <= abandoned.items():
        storage.delete(_lock_path(folder, number))
        return 0
    for other in others:
        storage.delete(_lock_path(folder, other))
    return number


def _lock_files(storage: Storage, folder: str) -> _LockFiles:
    found: _LockFiles = {}
    for name in storage.list_files(folder):
        if match := _LOCK_FILE.fullmatch(name):
            with contextlib.suppress(FileNotFoundError):
                found[int(match[1])] = storage.read(_lock_path(folder, int(match[1])), 64)
    return found


def _lock_path(folder: str, number: int) -> str:
    return f"{folder}/.lease-{number}"
