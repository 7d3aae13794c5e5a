"""Which place a setting means: a folder here, or whatever an fsspec URL leads to."""

from pathlib import Path

from .folder import Folder
from .place import Place


def place_of(url: str, data_dir: Path) -> Place:
    """Return the place of a folder's path or an fsspec URL; "" is a folder in `data_dir`.

    Raises `PlaceError`.
    """
    if not url:
        return Folder(data_dir / "styles")
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" not in url and "::" not in url:
        return Folder(Path(url))
    from .remote import Remote  # fsspec and what is behind it are for those alone who use them

    return Remote(url)
