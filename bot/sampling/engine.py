"""The async front of the sampler: keeps the event loop free while names are drawn."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from .request import Request
from .sampler import Sampler


class Engine:
    """Answers requests from one sampler, one at a time, on a thread of its own."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sampling")

    async def names(self, request: Request) -> list[str]:
        """Return names as `Sampler.names` does; raises `NamesRefused`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.sampler.names, request)

    def close(self) -> None:
        """Let the thread go; requests that wait are cancelled."""
        self._thread.shutdown(wait=False, cancel_futures=True)
