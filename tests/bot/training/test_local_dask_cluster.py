"""The local cluster: runs only while needed, changes nothing of the bot's process, and ends."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from bot.training import TrainingError
from bot.training.local_dask_cluster import LocalCluster

from .conftest import MEMORY, ROOT, TIMEOUT, wait_until

PREAMBLE = """
import asyncio, gc, json, logging, os, resource, signal, sys, threading
from bot.config_sections import TrainingSettings
from bot.training import TrainingError, local_dask_cluster
from bot.training.dask_client import WorkerPool

local_dask_cluster._STOP_TIMEOUT = 120  # a busy machine takes longer than a bot waits

async def run(pool, *arguments, **options):
    async with pool.connect() as client:
        return await client.run(*arguments, **options)

def heavy():
    return sorted(sys.modules.keys() & {"distributed", "torch", "model", "export"})

async def main():
    settings = TrainingSettings(scheduler=sys.argv[1], worker_idle_seconds=0.2)
    pool = WorkerPool(settings, lambda: None)
"""
# Runs a job, waits until the idle cluster has ended, and runs another one.
RESTARTS = f"""{PREAMBLE}
    import psutil
    before = heavy()
    first = await run(pool, "jobs:describe_worker")
    process = pool._current_client()._local_cluster.process
    while process.returncode is None:
        await asyncio.sleep(0.02)
    second = await run(pool, "jobs:describe_worker")
    await pool.close()
    left = [p.pid for p in psutil.Process().children(recursive=True)]
    print(json.dumps([first, second, before, heavy(), process.returncode, left]))

asyncio.run(main())
"""
# Closes while the cluster starts.
CLOSES = f"""{PREAMBLE}
    import psutil
    running = asyncio.create_task(run(pool, "jobs:describe_worker"))
    while not psutil.Process().children():
        await asyncio.sleep(0.01)
    await pool.close()
    try:
        await running
    except TrainingError as failed:
        print(json.dumps([str(failed), [p.pid for p in psutil.Process().children()]]))

asyncio.run(main())
"""
# Runs a job until it is killed.
KILLED = f"""{PREAMBLE}
    def on_progress(progress):
        cluster = pool._current_client()._local_cluster
        print(json.dumps(cluster.process.pid if cluster else None), flush=True)

    await run(pool, "jobs:wait_for_cancel", sys.argv[2].encode(), on_progress=on_progress)

asyncio.run(main())
"""
# Compares the process before and after a job.
COMPARES = f"""{PREAMBLE}
    names = ["", "asyncio", "bokeh", "discord", "distributed", "distributed.client", "tornado"]
    for name in (*names, "distributed.nanny", "tornado.application", "tornado.general"):
        logging.getLogger(name)
    logging.getLogger("distributed").addHandler(logging.NullHandler())
    loggers = {{name: logging.getLogger(name) for name in logging.root.manager.loggerDict}}
    loggers["root"] = logging.root

    def state():
        return {{
            "gc": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), len(gc.callbacks)],
            "logging": {{
                name: [log.level, log.disabled, log.propagate, str(log.handlers), str(log.filters)]
                for name, log in loggers.items()
            }},
            "log class": [logging.getLoggerClass().__name__, logging.root.manager.disable],
            "environment": dict(os.environ),
            "signals": [id(signal.getsignal(number)) for number in signal.valid_signals()],
            "hooks": [str(sys.excepthook), str(sys.unraisablehook), str(threading.excepthook)],
            "limits": [resource.getrlimit(resource.RLIMIT_NOFILE), os.getcwd()],
            "priority": os.getpriority(os.PRIO_PROCESS, 0),
            "policy": type(asyncio.events._event_loop_policy).__name__,
        }}

    before = state()
    await run(pool, "jobs:describe_worker")
    during = state()
    await pool.close()
    print(json.dumps([before, during, state()]))

asyncio.run(main())
"""


SECRETS = {
    "DISCORD_TOKEN": "secret",
    "NAMESMITH_DATABASE__URL": "postgresql://namesmith:secret@localhost/names",
    "NAMESMITH_DISCORD__PROXY": "http://ada:secret@localhost:3128",
}


async def start_bot(script: str, *arguments: str, worker_code: Path) -> asyncio.subprocess.Process:
    """Run a script in a new process, whose workers can import `jobs`."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(worker_code)} | SECRETS,
    )


async def output_of(script: str, worker_code: Path) -> Any:
    """Run a script that writes JSON to standard output and nothing to standard error."""
    process = await start_bot(script, "", worker_code=worker_code)
    output, errors = await process.communicate()
    assert errors.decode() == ""
    return json.loads(output)


async def test_cluster_runs_only_while_needed(worker_code: Path) -> None:
    first, second, before, after, status, left = await output_of(RESTARTS, worker_code)
    assert (before, after) == ([], ["distributed"])
    assert first["process"] != second["process"]
    assert (status, left) == (0, [])
    assert first["niceness"] >= 10
    assert first["secrets"] == []
    assert Path(first["folder"]) != ROOT
    assert first["temporary"]
    assert not any(map(os.path.exists, first["temporary"]))


async def test_close_during_the_start(worker_code: Path) -> None:
    output = await output_of(CLOSES, worker_code)
    assert output == ["the bot is shutting down; try again when it is back", []]


async def test_host_process_is_unchanged(worker_code: Path) -> None:
    before, during, after = await output_of(COMPARES, worker_code)
    assert before["gc"][0]
    assert during == before
    assert after == before


async def kill_bot(script: str, *arguments: str, worker_code: Path) -> Any:
    """Kill a bot while its job runs; return its cluster's process id and that one's children."""
    process = await start_bot(script, *arguments, worker_code=worker_code)
    assert process.stdout is not None
    cluster = json.loads(await process.stdout.readline())
    children = psutil.Process(cluster).children(recursive=True) if cluster else []
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    return cluster, children


async def test_killed_bot_leaves_no_cluster(worker_code: Path, tmp_path: Path) -> None:
    cluster, workers = await kill_bot(
        KILLED, "", str(tmp_path / "stopped"), worker_code=worker_code
    )
    assert workers
    await wait_until(lambda: not any(map(_is_alive, [cluster, *(w.pid for w in workers)])))


async def test_killed_bot_stops_remote_job(
    scheduler: str, worker_code: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stopped"
    await kill_bot(KILLED, scheduler, str(file), worker_code=worker_code)
    await wait_until(file.exists)


def test_stranger_cannot_connect() -> None:
    cluster = LocalCluster.start(MEMORY)
    try:
        assert cluster.read_address().url.startswith("tls://127.0.0.1:")
        process = psutil.Process(cluster.process.pid)
        ports = {
            connection.laddr.port
            for each in (process, *process.children(recursive=True))
            for connection in each.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        answers = [answer_to_stranger(port) for port in ports]
    finally:
        cluster.stop()
    assert answers.count("TLSV13_ALERT_CERTIFICATE_REQUIRED") == 3  # scheduler, nanny, worker
    assert set(answers) == {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "HTTP/1.1 404 Not Found"}


def answer_to_stranger(port: int) -> str:
    """Return how a port of the cluster answers a client without a certificate."""
    with (
        contextlib.suppress(ConnectionResetError),  # from a port that expects TLS
        socket.create_connection(("127.0.0.1", port), TIMEOUT) as plain,
    ):
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if (answer := plain.recv(1000)).startswith(b"HTTP"):
            return answer.split(b"\r\n")[0].decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        pytest.raises(ssl.SSLError) as error,
        context.wrap_socket(socket.create_connection(("127.0.0.1", port), TIMEOUT)) as tls,
    ):
        tls.recv(1)
    return str(error.value.reason)


def test_failed_cluster_leaves_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = LocalCluster.start(MEMORY)
    killed.process.kill()
    killed.stop()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(TrainingError, match="the training process did not start"):
        LocalCluster.start(MEMORY)
    assert list(tmp_path.iterdir()) == []


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
