"""Hostile inputs get one answer or none, ping nobody, and neither stall the bot nor break it."""

from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from .abuse.__main__ import MAX_STALL_SECONDS, run


async def test_hostile_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    report = await run(400, seed=20_000, data_dir=str(tmp_path))
    assert report.inputs.total() == 400
    assert report.faults == []
    assert report.errors == []
    assert report.monitor.longest < MAX_STALL_SECONDS, report.stalls
