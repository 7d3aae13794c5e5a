"""Paths in settings and arguments: `~` is the home folder. Environment variables stay as typed."""

from pathlib import Path


def expand_home(path: str) -> str:
    """Return `path` with a home folder for its first part, if that is `~` or `~user`.

    Raises `ValueError`, one line, if there is no such folder.
    """
    if not path.startswith("~"):
        return path
    try:
        return str(Path(path).expanduser())
    except (RuntimeError, ValueError):  # unknown user, no home folder, or a null byte
        home = path.replace("\\", "/").partition("/")[0]
        raise ValueError(
            f"{home} is no one's home folder here. Write the whole path, or ./{home} for a "
            "folder of that name"
        ) from None


def user_path(text: str) -> Path:
    """Return the path that someone typed; raises `ValueError` as `expand_home` does."""
    return Path(expand_home(text))
