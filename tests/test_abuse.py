"""Hostile inputs get one answer or none, ping nobody, and neither stall the bot nor break it."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import pytest
from discord.ext.commands import CommandError
from discord.gateway import DiscordWebSocket
from discord.http import Route
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.blend import BlendOptions
from bot.commands.options import NameOptions
from bot.commands.styles.manage_cog import PatternOptions, VersionOptions
from bot.commands.text_options import MAX_ARGUMENT, TextOptions

from .abuse.__main__ import MAX_STALL_SECONDS, run
from .abuse.answers import live_syntax
from .abuse.texts import REPEATED, STRANGER
from .loop_monitor import LoopMonitor


async def test_hostile_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    report = await run(400, seed=20_000, data_dir=str(tmp_path))
    assert report.inputs.total() == 400
    assert report.faults == []
    assert report.errors == []
    assert report.monitor.longest < MAX_STALL_SECONDS, report.stalls


@pytest.mark.parametrize(
    ("markdown", "live"),
    [
        ("@everyone", "@everyone"),
        (r"\@everyone `@everyone` ``a`@here``", None),
        (f"a<@{STRANGER}>", f"<@{STRANGER}"),
        (rf"\<@{STRANGER}> \<\@{STRANGER}\>", None),
        (f"` <#{STRANGER}> <#{STRANGER}>", f"<#{STRANGER}"),
        ("[a](https://evil.example)", "https://evil"),
        (r"https\://evil.example", None),
    ],
)
def test_live_syntax(markdown: str, live: str | None) -> None:
    assert live_syntax(markdown) == live


@pytest.mark.parametrize("options", [NameOptions, BlendOptions, PatternOptions, VersionOptions])
@given(unit=st.text(min_size=1, max_size=5) | st.sampled_from(REPEATED))
def test_parsing_takes_linear_time(options: type[TextOptions], unit: str) -> None:
    """The longest arguments of a text command take milliseconds, whatever repeats in them."""
    start = time.thread_time()
    with contextlib.suppress(CommandError):
        options.parse_flags((unit * MAX_ARGUMENT)[:MAX_ARGUMENT])
    assert time.thread_time() - start < 0.05


async def test_monitor_names_the_culprit() -> None:
    def work(end: float) -> None:
        while time.thread_time() < end:
            pass

    monitor = LoopMonitor(threading.get_ident())
    with monitor.running():
        await asyncio.sleep(0)
        work(time.thread_time() + 0.1)
        await asyncio.sleep(0)
    (callback,) = monitor.slow
    assert callback.seconds >= 0.1
    assert any(frame.endswith(" work") for frame in callback.stack)
