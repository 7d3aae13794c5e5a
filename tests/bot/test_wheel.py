"""The plugin as others have it: the wheel in a venv of its own, or the folder among their cogs."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .conftest import names_in
from .strangers import their_bot

REPOSITORY = Path(__file__).parents[2]

THEIR_BOT = """
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


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an empty venv into which the wheel has been installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), "."]
    subprocess.run(build, cwd=REPOSITORY, check=True)
    (wheel,) = folder.glob("namesmith-*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", str(wheel)]
    subprocess.run(install, check=True)
    return python


async def converse(discord: Loopback) -> None:
    """Their commands and ours answer, before and after a reload."""
    for text in ("?ping", "?name Tr", "?reload", "?name Tr"):
        answer = await discord.wait_reply(await discord.say(text), timeout=30)
        if "name" in text:
            names = names_in(answer)
            assert len(names) == 5
            assert all(name.startswith("Tr") for name in names)
        else:
            assert answer.content in ("pong", "reloaded")


async def test_the_wheel_loads_into_a_bot_that_lives_in_bot_py(
    python: Path, tmp_path: Path
) -> None:
    async with (
        CheckedLoopback() as discord,
        their_bot(tmp_path, THEIR_BOT.format(extension="namesmith"), discord, python),
    ):
        await converse(discord)


async def test_the_folder_works_among_their_cogs_under_another_name(
    python: Path, tmp_path: Path
) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "bot", tmp_path / "cogs" / "inventor", ignore=ignore)
    async with (
        CheckedLoopback() as discord,
        their_bot(tmp_path, THEIR_BOT.format(extension="cogs.inventor"), discord, python),
    ):
        await converse(discord)


def test_the_wheel_brings_the_command_namesmith(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python.parent / "namesmith", "chat"],
        input="!name Tr\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name[:2] for name in done.stdout.splitlines()] == ["Tr"] * 5
    assert list(tmp_path.iterdir()) == []  # a chat leaves nothing behind


def test_the_wheel_needs_no_workshop(python: Path) -> None:
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    installed = {line.split("==")[0].lower() for line in listed.stdout.splitlines()}
    assert not installed & {"torch", "onnx", "onnxscript", "matplotlib", "safetensors"}


def test_inside_the_plugin_imports_are_relative_so_that_any_folder_name_will_do() -> None:
    for file in (REPOSITORY / "bot").rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not line.lstrip().startswith(("import bot", "from bot")), f"{file}: {line}"
