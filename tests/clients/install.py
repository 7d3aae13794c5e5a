"""Installs clients into `.cache-clients/`, which git ignores; tests are skipped where it fails."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache-clients"
INSTALL_TIMEOUT = 240  # seconds


def install(name: str, program: str, commands: Sequence[Sequence[str | Path]]) -> Path:
    """Run the commands in the client's folder, unless it is installed, and return the folder.

    The `name` has the version, such as `discord.js-14.28.1`. Skips the test, and says why, if the
    `program` is missing or a command fails, such as without a network.
    """
    if shutil.which(program) is None:
        pytest.skip(f"{name} cannot be tested: there is no {program}")
    folder = CACHE / name
    CACHE.mkdir(exist_ok=True)
    with FileLock(CACHE / f"{name}.lock"):
        if (folder / "installed").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for command in commands:
            try:
                subprocess.run(
                    command,
                    cwd=folder,
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=INSTALL_TIMEOUT,
                )
            except subprocess.CalledProcessError as error:
                last_line = (error.stderr.strip().splitlines() or ["no output"])[-1]
                pytest.skip(f"{name} cannot be installed: {last_line}")
            except subprocess.TimeoutExpired:
                pytest.skip(f"{name} cannot be installed within {INSTALL_TIMEOUT} s")
        (folder / "installed").touch()
    return folder
