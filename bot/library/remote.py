"""Styles behind an fsspec URL: an object store, or another machine's folder.

What is written appears whole on every object store. Where the store can create a file only if it is
not there (Amazon S3 and those that follow it), processes that publish at once are kept apart for
certain; elsewhere fsspec looks before it writes, which two can do in the same moment.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import fsspec

from .errors import LibraryError, PlaceError
from .lease import lease
from .manifest import NAME
from .naming import whose

_STAMPS = ("ETag", "etag", "md5", "LastModified", "last_modified", "mtime", "updated", "created")
"""What filesystems call what changes with a file."""


class Remote:
    """A place behind a URL; how to sign in is told as its fsspec driver wants it."""

    def __init__(self, url: str) -> None:
        """Load the driver of `url`; raises `PlaceError` where that is not installed."""
        self.name = re.sub(r"//[^/]*@", "//", url.rstrip("/"))  # without a password
        with self._reached():
            self._files, self._root = fsspec.url_to_fs(url.rstrip("/"), skip_instance_cache=True)
        # What one thread has listed is not what another has just written.
        self._files.dircache.use_listings_cache = False

    def look(self) -> dict[str, Any]:
        """Return the folders that hold a manifest, with what the store tells of its file."""
        with self._reached(missing=False):
            found = self._files.find(self._root, detail=True)
        told = {path.removeprefix(self._root).strip("/"): info for path, info in found.items()}
        return {
            path.removesuffix(f"/{NAME}"): _stamp(info)
            for path, info in told.items()
            if path.endswith(f"/{NAME}") and whose(path.removesuffix(f"/{NAME}"))
        }

    def files(self, folder: str) -> list[str]:
        """Return the names of the files in a folder."""
        try:
            with self._reached():
                there = self._files.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return [path.rpartition("/")[2] for path in there]

    def read(self, path: str, most: int) -> bytes:
        """Return a file's content, or its first `most` + 1 bytes."""
        with self._reached():
            try:
                content: bytes = self._files.cat_file(self._path(path), start=0, end=most + 1)
            except FileNotFoundError:
                raise
            except Exception:  # an object store has no first bytes of an empty file
                if self._files.size(self._path(path)):
                    raise
                return b""
        return content

    def create(self, path: str, content: bytes) -> None:
        """Write a file that was not there."""
        self._put(path, content, mode="create")

    def write(self, path: str, content: bytes) -> None:
        """Replace a file."""
        self._put(path, content, mode="overwrite")

    def _put(self, path: str, content: bytes, *, mode: str) -> None:
        with self._reached(missing=False):
            try:
                self._files.pipe_file(self._path(path), content, mode=mode)
            except FileNotFoundError:
                if not self._files.exists(self._root):  # it is not for us to make a bucket
                    raise
                folder = self._path(path).rpartition("/")[0]
                self._files.makedirs(folder, exist_ok=True)
                self._files.pipe_file(self._path(path), content, mode=mode)

    def settle(self, part: str, path: str, content: bytes) -> None:
        """Create `path` with the `content` of `part`."""
        del part
        self.create(path, content)

    def delete(self, path: str) -> None:
        """Delete a file, if it is there."""
        with contextlib.suppress(FileNotFoundError), self._reached():
            self._files.rm_file(self._path(path))

    def remove(self, folder: str) -> None:
        """Delete a folder with all that is in it, if it is there."""
        with contextlib.suppress(FileNotFoundError), self._reached():
            self._files.rm(self._path(folder), recursive=True)

    def lock(self, folder: str) -> AbstractContextManager[Callable[[], None]]:
        """Hold a lease in the folder itself."""
        return lease(self, folder)

    def _path(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    @contextlib.contextmanager
    def _reached(self, *, missing: bool = True) -> Iterator[None]:
        """Tell whatever a driver raises in one line; what is `missing` may be let through."""
        try:
            yield
        except LibraryError:
            raise
        except ImportError as error:
            raise PlaceError(f"{self.name}: its driver is not installed ({error})") from None
        except Exception as error:  # drivers share no base class
            if isinstance(error, FileExistsError) or (
                missing and isinstance(error, FileNotFoundError)
            ):
                raise
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise PlaceError(f"{self.name}: cannot be reached ({reason})") from None


def _stamp(info: dict[str, Any]) -> tuple[Any, ...] | None:
    """Return what changes with the file, None where the store tells nothing of it."""
    told = tuple(info.get(key) for key in _STAMPS)
    return (*told, info.get("size")) if any(each is not None for each in told) else None
