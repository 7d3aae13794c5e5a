"""The environment of Red-DiscordBot, built from the package registry once and then reused."""

import json
import os
import subprocess
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
RED = "Red-DiscordBot==3.5.24"

_FOLDER = REPOSITORY / ".venv-red"


class UnavailableError(Exception):
    """Red cannot be installed. The message is the last line of pip."""


def red_python() -> Path:
    """Return the Python of an environment with Red and what `bot/info.json` requires.

    Raises `UnavailableError`.
    """
    requirements = [
        RED,
        *json.loads((REPOSITORY / "bot" / "info.json").read_text())["requirements"],
    ]
    python, ready = _FOLDER / "bin" / "python", _FOLDER / "ready"
    if ready.is_file() and ready.read_text() == "\n".join(requirements):
        return python
    venv.create(_FOLDER, clear=True, symlinks=True, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    result = subprocess.run([*command, *requirements], capture_output=True, text=True)
    if result.returncode:
        raise UnavailableError((result.stderr.strip().splitlines() or ["pip failed"])[-1])
    ready.write_text("\n".join(requirements))
    return python


def red_variables(home: Path) -> dict[str, str]:
    """Return environment variables for Red, whose files are all in `home`."""
    kept = {"PATH", "LANG", "CI", "LD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name in kept} | {"HOME": str(home)}
