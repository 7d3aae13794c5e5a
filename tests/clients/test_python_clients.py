"""Other libraries for Python; each has a folder of its own, since some shadow discord.py."""

import sys
from pathlib import Path

import pytest

from .install import ROOT, install
from .scenario import run_scenario

LIBRARIES = {
    "hikari": ["hikari==2.7.0", "colorlog==6.10.1"],
    "nextcord": ["nextcord==2.6.0", "setuptools==80.9.0"],
    "pycord": ["py-cord==2.8.1"],
    "disnake": ["disnake==2.12.2"],
    "discordpy": ["discord.py==2.4.0"],
    "interactions": [
        "discord-py-interactions==5.16.0",
        "croniter==7.0.0",
        "discord-typings==0.9.0",
        "emoji==2.16.0",
        "tomli==2.5.0",
    ],
}
"""The library, and those of its requirements that the tests' own environment lacks."""

PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--retries=1", "--no-deps", "--target=.")


@pytest.mark.parametrize("library", LIBRARIES)
async def test_python_client(library: str) -> None:
    requirements = LIBRARIES[library]
    pip: list[str | Path] = [sys.executable, "-m", "pip", "install", *PIP_OPTIONS, *requirements]
    folder = install(requirements[0].replace("==", "-"), sys.executable, [pip])
    # Some warn of discord.py, which is installed too.
    command = [sys.executable, "-W", "ignore", "-m", f"tests.clients.{library}_bot"]
    await run_scenario(command, {"PYTHONPATH": f"{folder}:{ROOT}"})
