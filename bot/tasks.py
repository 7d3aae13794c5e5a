"""Tasks: cancel them, and close what they use, within a time limit.

So a reload of the extension ends, whatever hangs: a task, a library, a database or a thread.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

_log = logging.getLogger(__name__)

_REPEAT_SECONDS = 1.0
"""Time before a task is cancelled again. Before Python 3.12, `asyncio.wait_for` can lose a
cancellation; Namesmith uses `asyncio.timeout`, but not every library does."""

_END_SECONDS = 5.0


async def cancel_tasks(
    tasks: Iterable[asyncio.Task[Any]], name: str, seconds: float = _END_SECONDS
) -> None:
    """Cancel `tasks` and wait until they have ended, at most `seconds`; then leave them behind.

    `name` is what the log calls them.
    """
    loop = asyncio.get_running_loop()
    running, until = set(tasks), loop.time() + seconds
    while running and (left := until - loop.time()) > 0:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=min(left, _REPEAT_SECONDS))
    if running:
        _log.error("%s: %d did not end within %g s", name, len(running), seconds)


async def finish_within(seconds: float, work: Coroutine[Any, Any, None], name: str) -> None:
    """Wait until `work` ends, at most `seconds`; then leave it behind. Logs its error."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        is_late = not task.done()
        task.cancel()
    if is_late:
        _log.error("%s did not close within %g s", name, seconds)
    elif not task.cancelled() and (error := task.exception()):
        _log.error("%s did not close: %s", name, error, exc_info=error)
