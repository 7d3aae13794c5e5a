"""Paths that people type as arguments: `~` is the home folder, also after `--option=`."""

import argparse
from pathlib import Path


def typed_path(text: str) -> Path:
    """Return the path; raises `ArgumentTypeError` if it begins with a home folder of no one."""
    try:
        return Path(text).expanduser()
    except (RuntimeError, ValueError):
        home = text.replace("\\", "/").partition("/")[0]
        raise argparse.ArgumentTypeError(
            f"{home} is no one's home folder here. Write the whole path, or ./{home} for a "
            "folder of that name."
        ) from None
