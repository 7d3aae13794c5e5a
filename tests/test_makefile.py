"""Makefile: what `make run` says and does first."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")

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


def script(file: Path, text: str) -> Path:
    """Write a shell script."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o700)
    return file


def run_make(folder: Path, stderr: int) -> "subprocess.CompletedProcess[bytes]":
    """Run `make run` with scripts in `folder` as its environment."""
    return subprocess.run(
        [
            "make",
            "--no-print-directory",
            "run",
            f"RUN={folder}",
            f"PYTHON={folder}/bin/python",
            "ARGS=--version",
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=stderr,
        check=False,
    )


def test_terminal_shows_progress_once(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "python", "exit 0")
    script(tmp_path / "bin" / "pip", 'echo "pip $*"')
    script(tmp_path / "bin" / "namesmith", 'echo "namesmith $*"')
    ours, terminal = pty.openpty()
    shown = run_make(tmp_path, terminal)
    progress = os.read(ours, 10_000).decode()
    assert "pip install --disable-pip-version-check ." in progress
    assert shown.stdout == b"namesmith --version\n"
    again = run_make(tmp_path, subprocess.PIPE)
    assert (again.stdout, again.stderr) == (b"namesmith --version\n", b"")
    (tmp_path / "ready").unlink()
    quiet = run_make(tmp_path, subprocess.PIPE).stderr
    assert b"pip install --quiet --disable-pip-version-check ." in quiet


def test_old_python_is_refused(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "python", "exit 1")
    refused = run_make(tmp_path, subprocess.PIPE)
    assert refused.returncode != 0
    assert refused.stdout == b""
    assert b"Namesmith needs Python 3.11 or newer." in refused.stderr
