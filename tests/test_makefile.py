"""Makefile: what `make run` says and does first."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")


def planned(folder: Path, *variables: str) -> str:
    """Return the commands that `make run` would run with its environment in `folder`."""
    return subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "run", f"RUN={folder}", *variables],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_first_output_says_what_and_how_long(tmp_path: Path) -> None:
    assert f"Installing the bot into {tmp_path} (once; about 75 MB and a minute)" in planned(
        tmp_path
    )
