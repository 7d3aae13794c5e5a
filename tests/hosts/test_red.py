"""The cog in Red-DiscordBot: the real one, in its own environment, with its own commands."""

import asyncio
import json
import pkgutil
import re
import signal
import sqlite3
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.loopback import Loopback, Message

from ..bot.conftest import names_in, press
from ..bot.other_bot import run_other_bot
from ..openapi import CheckedLoopback
from .red_environment import REPOSITORY, UnavailableError, red_python, red_variables

# pip downloads Red and our dependencies the first time.
pytestmark = pytest.mark.timeout(900)

OWNER = "olga"
MANAGERS_ONLY = "You need the permission Manage Server for that."
# At SIGUSR1, Red writes what each task waits for to its log.
RUN_RED = """
import asyncio, os, runpy, signal, sys
def write_tasks(*_):
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
signal.signal(signal.SIGUSR1, write_tasks)
from redbot import _early_init
_early_init()
import discord, yarl
discord.http.Route.BASE = os.environ["API_URL"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY_URL"])
runpy.run_module("redbot", run_name="__main__")
"""

PLAIN_BOT = """
from redbot import _early_init
_early_init()
import redbot.core.bot
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

@bot.event
async def setup_hook():
    await bot.load_extension("namesmith")
    await bot.tree.sync()

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""


@pytest.fixture(scope="module")
def python() -> Path:
    try:
        return red_python()
    except UnavailableError as error:
        pytest.skip(f"Red-DiscordBot cannot be installed: {error}")


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    async with CheckedLoopback(acknowledge_timeout=60.0) as loopback:
        yield loopback


@pytest.fixture
async def red(
    discord: Loopback, python: Path, tmp_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Red, ready, with the folder of this repository as a cog path.

    The report of a failed test has the end of its log.
    """
    variables = red_variables(tmp_path) | {
        "API_URL": discord.api_url,
        "GATEWAY_URL": discord.gateway_url,
        "RED_TOKEN": discord.token,
    }
    setup = ["--no-prompt", "--instance-name", "test", "--data-path", str(tmp_path / "red")]
    process = await asyncio.create_subprocess_exec(
        python.parent / "redbot-setup", *setup, env=variables, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    (tmp_path / "cogs").mkdir()
    (tmp_path / "cogs" / "namesmith").symlink_to(REPOSITORY / "bot")
    options = [
        "test",
        "--no-prompt",
        "--no-cogs",
        "--prefix",
        "?",
        "--cog-path",
        str(tmp_path / "cogs"),
    ]
    log = tmp_path / "red.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-c", RUN_RED, *options, "--force-disable-rich-logging"),
            cwd=tmp_path,
            env=variables,
            stdout=file,
            stderr=file,
        )
    try:
        await discord.wait_ready(timeout=240)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        status = await process.wait()
        sys.stderr.write(log.read_text(errors="replace")[-20_000:])
        sys.stderr.write(f"Red ended with status {status}.\n")


async def ask(discord: Loopback, text: str, author: str = OWNER) -> Message:
    """Send `text`, and return Red's next message in the channel."""
    return await discord.wait_next_message(await discord.say(text, author=author), timeout=120)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def saved_names(folder: Path) -> list[Any]:
    with sqlite3.connect(folder / "red" / "cogs" / "Namesmith" / "namesmith.sqlite3") as database:
        return database.execute("SELECT name FROM namesmith_saved_names").fetchall()


async def test_session(discord: Loopback, red: asyncio.subprocess.Process, tmp_path: Path) -> None:
    """Load, use, reload and unload the cog; one session, because Red takes seconds to start."""
    try:
        await load(discord, tmp_path / "red" / "cogs" / "Namesmith" / "config.toml")
        await use_text_commands(discord)
        await use_help(discord)
        await use_slash_commands(discord)
        await delete_data(discord, tmp_path)
        await reload(discord, red.pid)
        await unload(discord)
    except TimeoutError:
        if red.returncode is None:
            red.send_signal(signal.SIGUSR1)
            await asyncio.sleep(2)  # until its log has what each task waits for
        raise


async def load(discord: Loopback, config: Path) -> None:
    """Load the cog. If its settings are wrong, Red's owner sees what is wrong."""
    write(config, "[names]\ncounts = 3\n")
    assert "[names] counts: no such setting" in (await ask(discord, "?load namesmith")).content
    write(config, "[names]\ncount = 4\n")
    assert (await ask(discord, "?load namesmith")).content == "Loaded `namesmith`."


async def use_text_commands(discord: Loopback) -> None:
    answer = await ask(discord, "?name Tr", "ada")
    assert [name[:2] for name in names_in(answer)] == ["Tr"] * 4
    await press(discord, answer, "Again")
    assert [name[:2] for name in names_in(answer)] == ["Tr"] * 4
    assert (await ask(discord, "?style cancel", "ada")).content == MANAGERS_ONLY
    answer = await ask(discord, "?manage-styles cancel", OWNER)
    assert answer.content == "No training is running here."


async def use_help(discord: Loopback) -> None:
    """Red's help shows all commands, in direct messages, and the options of a command."""
    await discord.say("?help", author=OWNER)
    pages = discord.messages(discord.dm(OWNER))
    await discord.wait_until(lambda: "forget-me" in json.dumps([m.embeds for m in pages.values()]))
    help_of_name = json.dumps((await ask(discord, "?help name")).embeds)
    assert "?name [prefix] [count]" in help_of_name
    assert "How the names begin" in help_of_name
    assert "**train** Train" in json.dumps((await ask(discord, "?help manage-styles")).embeds)


async def use_slash_commands(discord: Loopback) -> None:
    assert "Enabled 11 commands" in (await ask(discord, "?slash enablecog namesmith")).content
    await ask(discord, "?slash sync")
    await discord.wait_until(lambda: any(each["name"] == "name" for each in discord.commands))
    call = await discord.invoke("name", {"prefix": "Be", "count": 1})
    assert (await call.answer(timeout=120)).content.startswith("Be")


async def delete_data(discord: Loopback, folder: Path) -> None:
    """Red's own command deletes what is stored about a user."""
    await press(discord, await ask(discord, "?name Tr 1", "ada"), "Save")
    assert len(saved_names(folder)) == 1
    question = await ask(discord, "?mydata forgetme", "ada")
    await discord.say(question.content.split()[-1], author="ada")
    messages = discord.messages("general")
    await discord.wait_until(lambda: any("I've deleted" in m.content for m in messages.values()))
    assert saved_names(folder) == []


async def reload(discord: Loopback, pid: int) -> None:
    """Reload 20 times; Red has no more open files at the end."""
    files = []
    for _ in range(20):
        assert (await ask(discord, "?reload namesmith")).content == "Reloaded `namesmith`."
        files.append(len([*(Path("/proc") / str(pid) / "fd").glob("*")]))
    assert min(files[-5:]) <= max(files[:5])
    assert (await ask(discord, "?name Tr 1", "ada")).content.startswith("Tr")


async def unload(discord: Loopback) -> None:
    answer = await ask(discord, "?unload namesmith")
    assert answer.content.endswith("unloaded: `namesmith`.")
    await discord.say("?name Tr 1", author="ada")
    assert (await ask(discord, "?ping")).content == "Pong."
    contents = [message.content for message in discord.messages("general").values()]
    assert contents[-3:] == ["?name Tr 1", "?ping", "Pong."]


async def test_plain_bot_beside_red(discord: Loopback, python: Path, tmp_path: Path) -> None:
    """A bot of discord.py in a process that has imported Red."""
    (tmp_path / "namesmith").symlink_to(REPOSITORY / "bot")
    async with run_other_bot(tmp_path, PLAIN_BOT, discord, python):
        await discord.wait_commands(timeout=240)
        for text in ("?name Tr 1", "?style info nosuch", "?help name"):
            await discord.wait_next_message(await discord.say(text))
        contents = [message.content for message in discord.messages("general").values()]
        assert contents[1].startswith("Tr")
        assert "There is no style" in contents[3]
        assert "How the names begin" in contents[5]
        call = await discord.invoke("name", {"prefix": "Be", "count": 1})
        assert (await call.answer(timeout=120)).content.startswith("Be")


def test_repository_has_the_cog() -> None:
    """Red's Downloader finds packages in the repository's root, and their `info.json`."""
    if not (REPOSITORY / "namesmith").exists():
        pytest.skip("an sdist has no links")
    assert "namesmith" in {
        module.name for module in pkgutil.iter_modules([str(REPOSITORY)]) if module.ispkg
    }
    info = json.loads((REPOSITORY / "namesmith" / "info.json").read_text())
    assert info["type"] == "COG"
    assert re.fullmatch(r"3\.5\.\d+", info["min_bot_version"])


def test_info_has_the_requirements() -> None:
    """`info.json` has what the bot needs besides what Red brings and what only the chat needs."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    info = json.loads((REPOSITORY / "bot" / "info.json").read_text())
    needed, installed = (
        {re.split(r"[\[<>=]", line)[0] for line in lines}
        for lines in (project["dependencies"], info["requirements"])
    )
    assert needed - {"aiohttp", "discord.py", "rich", "prompt-toolkit"} == installed
