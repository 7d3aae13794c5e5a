"""Hostile inputs get one answer or none, ping nobody, and neither stall the bot nor break it."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .abuse.__main__ import MAX_STALL_SECONDS, run
from .abuse.answers import live_syntax
from .abuse.texts import STRANGER
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
