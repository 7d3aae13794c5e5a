"""The extension in somebody else's bot: as docs/plugin.md says, and reloaded without leaks."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..openapi import CheckedLoopback
from .strangers import their_bot

REPOSITORY = Path(__file__).parents[2]

RELOADING = """
import asyncio, gc, json, os, threading
import aiohttp, discord
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

async def census():
    # Threads and tasks need a moment to end: it counts once nothing changes any more.
    before = None
    while (now := count()) != before:
        before = now
        await asyncio.sleep(0.2)
    return now

def threads():
    return [t.name for t in threading.enumerate()]

def unnumbered(name):
    return "".join(c for c in name if not c.isdigit())

def count():
    gc.collect()
    return {
        "listeners": sum(map(len, bot.extra_events.values())),
        "tasks": len(asyncio.all_tasks()),
        # Those of the loop's own pool are made as it likes, up to a number.
        "threads": sorted(t for t in map(unnumbered, threads()) if "asyncio_" not in t),
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
    before = await census()
    for _ in range(times):
        await bot.reload_extension("inventor")
    await ctx.reply(json.dumps([before, await census()]))

@bot.command()
async def unload(ctx):
    await bot.unload_extension("inventor")
    await ctx.reply(json.dumps(await census()))

@bot.event
async def setup_hook():
    await bot.load_extension("inventor")

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""


def dropped_in(folder: Path, name: str) -> Path:
    """Put our folder into `folder` under the name that their bot uses."""
    (folder / name).symlink_to(REPOSITORY / "bot")
    return folder


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    async with CheckedLoopback() as loopback:
        yield loopback
        assert loopback.violations == []


async def answer(discord: Loopback, text: str, timeout: float = 30) -> str:
    return (await discord.wait_reply(await discord.say(text), timeout=timeout)).content


async def test_the_lines_of_the_page_on_plugins_make_a_bot(
    discord: Loopback, tmp_path: Path
) -> None:
    page = (REPOSITORY / "docs" / "plugin.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 10
    async with their_bot(dropped_in(tmp_path, "namesmith"), code, discord):
        await discord.wait_commands()
        assert (await answer(discord, "?name Tr 1")).startswith("Tr")
        call = await discord.invoke("name", {"prefix": "Be", "count": 1})
        assert (await call.answer()).content.startswith("Be")


async def test_many_reloads_leave_nothing_behind(discord: Loopback, tmp_path: Path) -> None:
    async with their_bot(dropped_in(tmp_path, "inventor"), RELOADING, discord):
        before, after = json.loads(await answer(discord, "?reload 30", timeout=240))
        assert after == before
        assert (await answer(discord, "?name Tr 1")).startswith("Tr")
        bare = json.loads(await answer(discord, "?unload"))
        assert bare["commands"] == ["help", "reload", "unload"]
        assert (bare["cogs"], bare["tree"]) == ([], [])
        assert (bare["items"], bare["views"], bare["listeners"]) == (0, 0, 0)
