"""Dask processes: a scheduler or a cluster without TLS, such as one in a private network."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCRIPT = """
import asyncio, sys, tempfile
import dask
from distributed import LocalCluster

CONFIG = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}

async def main():
    with dask.config.set(CONFIG), tempfile.TemporaryDirectory() as folder:
        async with LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            memory_limit=int(sys.argv[1]),
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            local_directory=folder,
            silence_logs=40,
            asynchronous=True,
        ) as cluster:
            print(cluster.scheduler_address, flush=True)
            await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@contextmanager
def dask_process(
    *command: str, worker_code: Path
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run Python with `command`; yield the address, its first line of output, and the process.

    Workers import jobs from the folder `worker_code`.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(worker_code)},
        cwd=worker_code,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().decode().strip(), process
    finally:
        process.stdin.close()
        process.wait(240)
        process.stdout.close()


@contextmanager
def remote_cluster(
    memory: int, worker_code: Path
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a scheduler and a worker that may use `memory` bytes; yield its address and process."""
    with dask_process("-c", _SCRIPT, str(memory), worker_code=worker_code) as cluster:
        yield cluster
