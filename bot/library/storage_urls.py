"""Storage URLs: open the folder or the remote storage that `[library] url` names."""

import re
from pathlib import Path

from .storage import LocalStorage, Storage


def open_storage(url: str, data_dir: Path) -> Storage:
    """Return the storage of a folder's path or an fsspec URL; "" is a folder in `data_dir`.

    Raises `StorageError`.
    """
    if not url:
        return LocalStorage(data_dir / "styles")
    if url.startswith("file://"):
        # A path of Windows has a slash before its drive: file:///C:/styles.
        url = re.sub(r"^/(?=[A-Za-z]:[/\\])", "", url.removeprefix("file://"))
    if "://" not in url and "::" not in url:
        return LocalStorage(Path(url))
    from .remote import RemoteStorage  # loads fsspec

    return RemoteStorage(url)
