"""The process of the local Dask cluster; its arguments are FOLDER BYTES NICENESS.

Starts a scheduler and one worker, which may use BYTES of memory. Writes one line of JSON to
standard output: the scheduler's address, and the certificate and key that it takes to connect.
Without them, everyone who can log in on this machine could run code here. Ends when standard input
ends, so no cluster outlives its bot. FOLDER holds the cluster's files and is deleted at the end.

It runs by its path and imports nothing of the bot: Dask starts a worker by importing the main
file again, which would otherwise start a second bot.
"""

import asyncio
import json
import logging
import os
import shutil
import sys

import dask
from distributed import LocalCluster
from distributed.security import Security

_CONFIG = {
    "distributed.scheduler.allowed-failures": 0,  # a job that kills one worker would kill the next
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Only the nanny's limit applies, which ends the worker. A training's memory cannot be spilled,
    # and a paused worker would block the next training.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}


async def serve(memory: int, folder: str, output: int) -> None:
    """Run the cluster until standard input ends; write the line to file descriptor `output`.

    The worker has two threads: one trains while the other previews lists.
    """
    security = Security.temporary()  # type: ignore[no-untyped-call]
    async with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=2,
        memory_limit=memory,
        security=security,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else it listens on all addresses
        local_directory=folder,
        silence_logs=logging.ERROR,
        asynchronous=True,
    ) as cluster:
        line = {"url": cluster.scheduler_address} | {
            name: getattr(security, name)
            for name in ("tls_ca_file", "tls_client_cert", "tls_client_key")  # texts, not files
        }
        os.write(output, json.dumps(line).encode() + b"\n")
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> None:
    """Lower the priority and serve; all other output goes to standard error."""
    folder, memory, niceness = sys.argv[1:]
    if hasattr(os, "nice"):
        os.nice(int(niceness))
    output = os.dup(1)
    os.dup2(2, 1)
    os.environ["TMPDIR"] = folder  # also deletes the files of a worker that was killed
    try:
        with dask.config.set({"temporary-directory": folder, **_CONFIG}):
            asyncio.run(serve(int(memory), folder, output))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
