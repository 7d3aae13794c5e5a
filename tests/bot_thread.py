"""Runs the stand-alone bot in a thread with its own event loop, so that it is measured alone."""

import asyncio
import threading
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from bot import client as bot_client
from bot.config import Settings
from bot.loopback import Loopback

_COMMAND_TASKS = bot_client._COMMAND_TASKS


class BotThread:
    """The bot on `loopback`; `thread_id` is the thread of its event loop."""

    def __init__(self, loopback: Loopback, settings: Settings) -> None:
        self._loopback, self._settings = loopback, settings
        self._thread = threading.Thread(target=self._run, name="bot", daemon=True)
        self._error: BaseException | None = None

    async def __aenter__(self) -> Self:
        """Start it, and wait until it is ready."""
        self._thread.start()
        await self._loopback.wait_ready()
        await self._loopback.wait_commands()
        self.thread_id = self._thread.ident or 0
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it as SIGTERM does; raises what the bot raised."""
        self._loop.call_soon_threadsafe(self._terminated.set)
        await asyncio.to_thread(self._thread.join)
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error

    async def _serve(self) -> None:
        self._loop, self._terminated = asyncio.get_running_loop(), asyncio.Event()
        with patch.object(bot_client, "Namesmith", self._create):
            await bot_client.serve(self._settings, self._loopback.token, self._terminated)

    def _create(self, settings: Settings, **options: Any) -> bot_client.Namesmith:
        self.client = _Namesmith(settings, **options)
        return self.client

    async def settle(self, timeout: float = 120) -> None:
        """Wait until the bot has handled all events so far; raises `TimeoutError`."""
        sessions = self._loopback._backend.gateway.sessions.values()
        sequence = max(session.sequence for session in sessions)
        handled = asyncio.run_coroutine_threadsafe(self._handled(sequence), self._loop)
        await asyncio.wait_for(asyncio.wrap_future(handled), timeout)

    async def _handled(self, sequence: int) -> None:
        (shard,) = self.client.shards.values()
        while (shard._parent.ws.sequence or 0) < sequence:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        while tasks := self._command_tasks():
            await asyncio.wait(tasks)

    def _command_tasks(self) -> list["asyncio.Task[Any]"]:
        tasks = asyncio.all_tasks(self._loop)
        return [task for task in tasks if task.get_name().startswith(_COMMAND_TASKS)]

    async def tasks(self) -> list["asyncio.Task[Any]"]:
        """Return the tasks of the bot's event loop."""

        async def tasks() -> list["asyncio.Task[Any]"]:
            return list(asyncio.all_tasks() - {asyncio.current_task()})

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(tasks(), self._loop))


_Namesmith = bot_client.Namesmith
