"""The wheel, installed in an empty environment, and the folder `bot/` among another bot's cogs."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .conftest import names_in
from .other_bot import run_other_bot

REPOSITORY = Path(__file__).parents[2]

# pip builds the wheel and downloads its dependencies, which takes long on a busy machine.
pytestmark = pytest.mark.timeout(1800)

OTHER_BOT = """
import asyncio, os
import discord
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

@bot.command()
async def ping(ctx):
    await ctx.reply("pong")

@bot.command()
async def reload(ctx):
    await bot.reload_extension("{extension}")
    await ctx.reply("reloaded")

async def main():
    async with bot:
        await bot.load_extension("{extension}")
        await bot.start(os.environ["DISCORD_TOKEN"])

asyncio.run(main())
"""


def pip(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that contains the wheel and its dependencies only."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
    (wheel,) = folder.glob("namesmith-*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    pip("--python", python, "install", "--quiet", "--no-compile", wheel)
    return python


async def converse(discord: Loopback) -> None:
    """Send commands of the other bot and ours, before and after a reload."""
    for text in ("?ping", "?name Tr", "?reload", "?name Tr"):
        answer = await discord.wait_reply(await discord.say(text), timeout=240)
        if "name" in text:
            names = names_in(answer)
            assert len(names) == 5
            assert all(name.startswith("Tr") for name in names)
        else:
            assert answer.content in ("pong", "reloaded")


async def test_wheel_loads_into_another_bot(python: Path, tmp_path: Path) -> None:
    async with (
        CheckedLoopback() as discord,
        run_other_bot(tmp_path, OTHER_BOT.format(extension="namesmith"), discord, python),
    ):
        await converse(discord)


async def test_folder_works_under_another_name(python: Path, tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "bot", tmp_path / "cogs" / "inventor", ignore=ignore)
    async with (
        CheckedLoopback() as discord,
        run_other_bot(tmp_path, OTHER_BOT.format(extension="cogs.inventor"), discord, python),
    ):
        await converse(discord)


def test_wheel_installs_the_command(python: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [python.parent / "namesmith", "chat"],
        input="!name Tr\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name[:2] for name in result.stdout.splitlines()] == ["Tr"] * 5
    assert list(tmp_path.iterdir()) == []


def test_wheel_needs_no_pytorch(python: Path) -> None:
    packages = pip("--python", python, "list", "--format=freeze").splitlines()
    installed = {line.split("==")[0].lower() for line in packages}
    assert "namesmith" in installed
    assert not installed & {"torch", "onnx", "onnxscript", "matplotlib", "safetensors"}


def test_imports_inside_bot_are_relative() -> None:
    for file in (REPOSITORY / "bot").rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not line.lstrip().startswith(("import bot", "from bot")), f"{file}: {line}"
