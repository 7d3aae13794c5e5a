"""A Dask cluster of one worker, run by its path: `python -P cluster.py FOLDER BYTES NICENESS`.

A file to run, which imports nothing of the bot: Dask starts its worker by importing the main file
anew, and somebody's bot.py would start a second bot. FOLDER holds its files and is removed in the
end, BYTES is the memory that the worker may take.
Writes the scheduler's address, a line, to standard output, and ends when standard input does: no
cluster outlives its bot, however that ends.
"""

import asyncio
import logging
import os
import shutil
import sys

import dask
from distributed import LocalCluster

_CONFIG = {
    "distributed.scheduler.allowed-failures": 0,  # what killed one worker would kill the next
    "distributed.scheduler.http.routes": [],  # there is nothing to be seen
    "distributed.worker.http.routes": [],
    # Against the limit there is one means, the nanny's: to end the worker. To spill is of no use
    # for what a training holds, and a paused worker would let the next one wait for ever.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}


async def serve(memory: int, folder: str, out: int) -> None:
    """Run the cluster until standard input ends; its files are in `folder`, its address at `out`.

    The worker has two threads: one learns, and one looks at lists meanwhile.
    """
    async with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=2,
        memory_limit=memory,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else it takes a port of all's
        local_directory=folder,
        silence_logs=logging.ERROR,
        asynchronous=True,
    ) as cluster:
        os.write(out, f"{cluster.scheduler_address}\n".encode())
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> None:
    """Give way to the bot, and serve; what anything prints goes to standard error."""
    folder, memory, niceness = sys.argv[1:]
    if hasattr(os, "nice"):
        os.nice(int(niceness))
    out = os.dup(1)
    os.dup2(2, 1)
    os.environ["TMPDIR"] = folder  # what a worker makes that is killed goes too, in the end
    try:
        with dask.config.set({"temporary-directory": folder, **_CONFIG}):
            asyncio.run(serve(int(memory), folder, out))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
