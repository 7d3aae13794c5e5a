"""The extension in another bot: docs/plugin.md is true, and reloads leak nothing."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from ..processes import start_process
from .other_bot import run_other_bot

REPOSITORY = Path(__file__).parents[2]

RELOADING_BOT = """
import asyncio, gc, json, os, threading
import aiohttp, discord
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

async def settled_counts():
    # Threads and tasks need a moment to end.
    before = None
    while (now := counts()) != before:
        before = now
        await asyncio.sleep(0.2)
    return now

def threads():
    return [t.name for t in threading.enumerate()]

def without_digits(name):
    return "".join(c for c in name if not c.isdigit())

def counts():
    gc.collect()
    return {
        "listeners": sum(map(len, bot.extra_events.values())),
        "tasks": len(asyncio.all_tasks()),
        # The event loop creates the threads of its own pool when it likes, and the one that ends
        # slow networks ends by itself after five seconds without any.
        "threads": sorted(
            t for t in map(without_digits, threads()) if "asyncio_" not in t and t != "deadline"
        ),
        "files": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
        "sessions": sum(isinstance(o, aiohttp.ClientSession) for o in gc.get_objects()),
        "cogs": sorted(bot.cogs),
        "commands": sorted(c.name for c in bot.commands),
        "tree": sorted(c.name for c in bot.tree.get_commands()),
        "items": len(bot._connection._view_store._dynamic_items),
        "views": len(bot.persistent_views),
    }

@bot.command()
async def reload(ctx, times: int):
    await bot.wait_until_ready()
    await bot.reload_extension("inventor")
    before = await settled_counts()
    for _ in range(times):
        await bot.reload_extension("inventor")
    await ctx.reply(json.dumps([before, await settled_counts()]))

@bot.command()
async def unload(ctx):
    await bot.unload_extension("inventor")
    await ctx.reply(json.dumps(await settled_counts()))

@bot.event
async def setup_hook():
    await bot.load_extension("inventor")

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""

BOT_WITH_CLASHES = """
import os
import discord, inventor
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)
bot.namesmith_settings = inventor.Settings(
    bot={"command_names": {"name": "ns-name", "style": "ns-style"}, "disabled_commands": ["rate"]},
)

@bot.hybrid_command()
async def name(ctx):
    await ctx.reply("the host's name")

@bot.tree.command(description="The host's style")
async def style(interaction):
    await interaction.response.send_message("the host's style")

@bot.command()
async def fail(ctx):
    raise ValueError

@bot.event
async def on_command_error(ctx, error):
    await ctx.reply(f"the host heard of {type(error).__name__}")

@bot.event
async def setup_hook():
    await bot.load_extension("inventor")
    await bot.tree.sync()

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""

UNCHANGED_PROCESS = """
import asyncio, gc, json, logging, os, signal, socket, sys, threading
import discord
from discord.ext import commands

logging.basicConfig(level="INFO")
LOGGERS = ["", "discord", "asyncio", "aiohttp", "alembic", "sqlalchemy", "sqlalchemy.engine",
           "PIL", "dask", "distributed", "distributed.worker", "tornado", "tornado.application",
           "bokeh", "onnxruntime", "host"]
for name in LOGGERS:
    logging.getLogger(name).setLevel("WARNING")

def logger_state(logger):
    # Libraries add a NullHandler to their own logger when they are imported.
    handlers = [repr(h) for h in logger.handlers if not isinstance(h, logging.NullHandler)]
    return [logger.level, handlers, repr(logger.filters), logger.propagate, logger.disabled]

def process_state():
    gc.collect()
    loop = asyncio.get_running_loop()
    signals = {s: signal.getsignal(s) for s in signal.valid_signals() if s != signal.SIGINT}
    signals[signal.SIGINT] = signal.getsignal(signal.SIGINT).func  # the loop's own handler
    state = {
        "gc": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), gc.get_debug(),
               gc.callbacks],
        "loggers": {name: logger_state(logging.getLogger(name)) for name in LOGGERS},
        "logging": [logging.root.manager.disable, logging.getLoggerClass(),
                    logging.getLogRecordFactory(), logging.raiseExceptions],
        "signals": {int(number): handler for number, handler in signals.items()},
        "environment": dict(os.environ),
        "process": [os.getcwd(), os.nice(0), socket.getdefaulttimeout(), sys.path,
                    sys.getrecursionlimit(), sys.getswitchinterval()],
        "hooks": [sys.excepthook, sys.unraisablehook, threading.excepthook, sys.stdout, sys.stderr],
        "asyncio": [asyncio.events._event_loop_policy, loop.get_exception_handler(),
                    loop.get_task_factory(), loop.get_debug()],
        "discord.py": [discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY,
                       discord.VoiceClient.warn_nacl, discord.VoiceClient.warn_dave],
    }
    return json.loads(json.dumps(state, default=repr))

async def use(services, train):
    from bot.sampling import Request
    engine = await services.library.engine("names")
    assert len(await engine.names(Request(count=5))) == 5
    if train:  # starts the local worker
        names = "\\n".join(f"name{number}" for number in range(50))
        await services.training_manager.preview(names.encode(), "names.txt")

async def main():
    async with commands.Bot("?", intents=discord.Intents.default()) as bot:
        before = process_state()
        await bot.load_extension("bot")
        loaded = process_state()
        await use(next(iter(bot.cogs.values())).services, sys.argv[1] == "train")
        used = process_state()
        await bot.unload_extension("bot")
        print(json.dumps([before, loaded, used, process_state()]))

asyncio.run(main())
"""


def link_extension(folder: Path, name: str) -> Path:
    """Link our folder `bot/` into `folder` under `name`."""
    (folder / name).symlink_to(REPOSITORY / "bot")
    return folder


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    async with CheckedLoopback() as loopback:
        yield loopback
        assert loopback.violations == []


async def reply_to(discord: Loopback, text: str) -> str:
    return (await discord.wait_reply(await discord.say(text), timeout=240)).content


async def test_example_of_the_docs(discord: Loopback, tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "plugin.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 10
    async with run_other_bot(link_extension(tmp_path, "namesmith"), code, discord):
        await discord.wait_commands(timeout=240)
        assert (await reply_to(discord, "?name Tr 1")).startswith("Tr")
        call = await discord.invoke("name", {"prefix": "Be", "count": 1})
        assert (await call.answer(timeout=240)).content.startswith("Be")


async def test_reloads_leak_nothing(discord: Loopback, tmp_path: Path) -> None:
    async with run_other_bot(link_extension(tmp_path, "inventor"), RELOADING_BOT, discord):
        before, after = json.loads(await reply_to(discord, "?reload 8"))
        assert after == before
        assert (await reply_to(discord, "?name Tr 1")).startswith("Tr")
        unloaded = json.loads(await reply_to(discord, "?unload"))
        assert unloaded["commands"] == ["help", "reload", "unload"]
        assert (unloaded["cogs"], unloaded["tree"]) == ([], [])
        assert (unloaded["items"], unloaded["views"], unloaded["listeners"]) == (0, 0, 0)


async def test_host_with_the_same_commands(discord: Loopback, tmp_path: Path) -> None:
    """Renamed commands work, messages mention them, and the host's own commands stay."""
    async with run_other_bot(link_extension(tmp_path, "inventor"), BOT_WITH_CLASHES, discord):
        await discord.wait_commands(timeout=240)
        assert await reply_to(discord, "?name") == "the host's name"
        assert (await reply_to(discord, "?ns-name Tr 1")).startswith("Tr")
        assert "`/ns-style list` shows all" in await reply_to(discord, "?ns-style info nosuch")
        assert "`?help ns-style`" in await reply_to(discord, "?ns-style nosuch")
        list_ = await discord.wait_reply(await discord.say("?ns-style list"))
        assert "more names: /ns-style info" in list_.embeds[0]["footer"]["text"]
        call = await discord.invoke("ns-style list", {"group": "nosuch"})
        assert "`/ns-style list` shows all" in (await call.answer(timeout=240)).content
        for command, answer in (("name", "the host's name"), ("style", "the host's style")):
            assert (await (await discord.invoke(command)).answer(timeout=240)).content == answer
        assert not any(command["name"] == "rate" for command in discord.commands)


async def test_host_hears_of_its_own_errors_only(discord: Loopback, tmp_path: Path) -> None:
    async with run_other_bot(link_extension(tmp_path, "inventor"), BOT_WITH_CLASHES, discord):
        await discord.wait_commands(timeout=240)
        assert "the host heard of CommandNotFound" in await reply_to(discord, "?nosuch")
        assert "the host heard of CommandInvokeError" in await reply_to(discord, "?fail")
        failing = ("?ns-name count:101", "?ns-style info", "?ns-style info nosuch", "?settings")
        messages = [await discord.say(text) for text in failing]
        for message in messages:
            await discord.wait_reply(message)
        call = await discord.invoke("ns-style info", {"style": "nosuch"})
        await call.answer(timeout=240)
        await reply_to(discord, "?name")
        assert [len(message.replies) for message in messages] == [1] * len(failing)
        contents = [message.content for message in discord.messages("general").values()]
        assert sum("the host heard" in content for content in contents) == 2


async def test_default_help_shows_the_options(discord: Loopback, tmp_path: Path) -> None:
    async with run_other_bot(link_extension(tmp_path, "inventor"), BOT_WITH_CLASHES, discord):
        for command, option in (
            ("ns-name", "suffix, ends: How the names end"),
            ("ns-style train", "recipe: How thorough"),
            ("manage-styles train", "recipe: How thorough"),
        ):
            help_ = await discord.wait_next_message(await discord.say(f"?help {command}"))
            assert option in help_.content


@pytest.mark.parametrize("use", ["name", "train"])
async def test_process_stays_unchanged(tmp_path: Path, use: str) -> None:
    """Loading, use and unloading change no global state of the host's process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NAMESMITH_")}
    process = start_process(
        [sys.executable, "-c", UNCHANGED_PROCESS, use],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
    )
    output, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0
    before, *later = json.loads(output)
    for state in later:
        assert state == before
