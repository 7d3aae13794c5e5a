"""The real client on a loopback Discord, for every test of what a person sees."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import serve
from bot.config import Settings
from bot.loopback import Loopback

Serving = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    """A Discord of the test's own; nothing that passed may break Discord's OpenAPI document."""
    async with Loopback() as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture
def settings_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings that lead to a loopback, with sections changed by keyword."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)

    def make(loopback: Loopback, **sections: dict[str, Any]) -> Settings:
        here = {
            "api_url": loopback.api_url,
            "gateway_url": loopback.gateway_url,
            "data_dir": str(tmp_path / "data"),
        }
        sections["discord"] = here | sections.get("discord", {})
        return Settings(**sections)  # type: ignore[arg-type]

    return make


@pytest.fixture
def serving(settings_for: Callable[..., Settings]) -> Serving:
    """Run the stand-alone bot on a loopback for the length of a `with`."""

    @contextlib.asynccontextmanager
    async def run(loopback: Loopback, **sections: Any) -> AsyncIterator["asyncio.Task[None]"]:
        settings = settings_for(loopback, **sections)
        task = asyncio.create_task(serve(settings, loopback.token))
        ready = asyncio.create_task(loopback.wait_ready())
        await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if task.done():
            task.result()
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


@pytest.fixture
async def bot(discord: Loopback, serving: Serving) -> AsyncIterator["asyncio.Task[None]"]:
    """The stand-alone bot with its defaults."""
    async with serving(discord) as task:
        yield task
