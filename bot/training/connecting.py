"""How a Dask cluster is come by: started where it is the bot's own, and connected with.

Nothing of it stops the bot meanwhile, or prints.
"""

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Iterator
from typing import Any

from .own import OwnCluster
from .updates import TrainingFailed

CONNECT = 10.0
"""Seconds until a scheduler that does not answer is given up."""
_START = 60.0
"""Seconds that a cluster of the bot's own may take to start."""


def _distributed() -> Any:
    """Import it, which takes a second, and let it change nothing of the bot's log."""
    if "distributed" not in sys.modules:
        quiet = {"version": 1, "disable_existing_loggers": False, "incremental": True}
        with _no_collection():
            import dask

            with dask.config.set({"logging": quiet}):
                import distributed  # noqa: F401
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we say what happens
    return sys.modules["distributed"]


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Leave out what is made within, for good, of the hunt for garbage, which stops the bot."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def started(memory: int) -> OwnCluster:
    """Start a cluster, which is not left behind where this is cancelled."""
    starting = asyncio.ensure_future(asyncio.to_thread(OwnCluster.start, memory))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread((await starting).stop)
        raise


async def address(own: OwnCluster) -> str:
    """Return where its scheduler is, once it has a worker; raises `TrainingFailed`."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(own.address), _START)
    except TimeoutError:
        raise TrainingFailed(
            f"the training process did not start within {_START:.0f} s; is the machine too busy?"
        ) from None


async def client(scheduler: str) -> Any:
    """Return a `distributed.Client` of the scheduler there; raises `TrainingFailed`."""
    distributed = await asyncio.to_thread(_distributed)
    try:
        return await distributed.Client(
            scheduler, asynchronous=True, set_as_default=False, timeout=CONNECT, name="namesmith"
        )
    except (OSError, TimeoutError, ValueError) as error:
        said = " ".join(str(error).split())
        raise TrainingFailed(f"the scheduler {scheduler} cannot be reached: {said}") from None
