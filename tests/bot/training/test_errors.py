"""Failed trainings: each ends with a one-line reason, and the next one runs."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config_sections import TrainingSettings
from bot.store import Store
from bot.training import Done, Failed, TrainingManager

from ..dask_processes import dask_process
from .conftest import SCHEDULER, last_event, start, wait_until

FAILED_START = """
from bot.training.local_dask_cluster import LocalCluster
from bot.training import TrainingError
cluster = LocalCluster.start("much")
try:
    cluster.read_address()
except TrainingError as failed:
    print(failed)
cluster.stop()
"""


async def failure(manager: TrainingManager, corpus: bytes = b"finish") -> str:
    """Run a training that fails, and return the reason."""
    failed = await last_event(manager, await start(manager, corpus))
    assert isinstance(failed, Failed)
    assert "\n" not in failed.reason
    return failed.reason


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("use_memory", r"the worker \(process \d+ on \S+\) was stopped because it used [\d,]+ MiB"),
        ("die", r"the worker \(process \d+ on \S+\) died, perhaps because .* memory left$"),
        ("fail", r"the job failed: StrangeError: something broke$"),
        ("import_missing", r"the worker on \S+ cannot import .* No module named 'no_such_torch'"),
        ("no_such_job", r"the job failed: KeyError: 'no_such_job'"),
        ("return_nonsense", r"the worker runs another version of Namesmith; update it$"),
    ],
)
async def test_next_training_runs(
    manager: TrainingManager,
    store: Store,
    job: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if job == "use_memory":  # a busy machine is slow to end the worker and to say why
        monkeypatch.setattr("bot.training.dask_client._WORKER_END_TIMEOUT", 60)
        monkeypatch.setattr("bot.training.dask_client._REASON_TIMEOUT", 60)
    first = await start(manager, job.encode(), guild_id=1)
    second = await start(manager, b"finish", guild_id=2)
    failed = await last_event(manager, first)
    assert isinstance(failed, Failed)
    assert re.match(reason, failed.reason), failed.reason
    assert "\n" not in failed.reason
    assert isinstance(await last_event(manager, second), Done)
    stored = await store.trainings.get(first)
    assert stored is not None
    assert (stored.state, stored.failure) == ("failed", failed.reason)
    assert await store.trainings.get_corpus(first) is None


async def test_unreachable_scheduler(store: Store) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # no process listens
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
        manager = TrainingManager(TrainingSettings(scheduler=address), store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.training.dask_client._CONNECT_TIMEOUT", 0.5)
            reason = await failure(manager)
        await manager.close()
    assert reason.startswith(f"can't reach the scheduler {address}: ")


@pytest.mark.usefixtures("jobs")
async def test_no_worker_and_lost_scheduler(
    store: Store, worker_code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.training.dask_client._NO_WORKER_TIMEOUT", 0.3)
    monkeypatch.setattr("bot.training.dask_client._POLL_INTERVAL", 0.1)
    with dask_process("-c", SCHEDULER, worker_code=worker_code) as (address, _):
        manager = TrainingManager(TrainingSettings(scheduler=address), store)
        assert await failure(manager) == (
            f"the scheduler {address} has had no worker for 0.3 s; start a worker"
        )
        monkeypatch.setattr("bot.training.dask_client._NO_WORKER_TIMEOUT", 6000)
        lost = await start(manager, b"finish")
        client = manager._pool._current_client()
        assert client is not None
        await wait_until(lambda: bool(client._jobs))
    failed = await last_event(manager, lost)
    await manager.close()
    assert failed == Failed(
        f"the connection to the scheduler {address} was lost; try again when it is back"
    )


def test_missing_requirements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bot.training.local_dask_cluster import missing_requirement

    start = "training is not available here: "
    end = "; or set [training] scheduler (a Dask cluster, which needs pip install distributed)"
    assert missing_requirement("") is None
    assert missing_requirement("tcp://somewhere:8786") is None
    monkeypatch.setattr("bot.training_code._BOT", tmp_path / "bot")
    code = "the training code is not here; load the bot from Namesmith's wheel or repository"
    assert missing_requirement("") == f"{start}{code}{end}"
    monkeypatch.undo()
    monkeypatch.setattr(
        "bot.training_code.find_spec", lambda name: name not in ("onnx", "torch") or None
    )
    assert missing_requirement("") == (
        f'{start}onnx and torch are not installed; pip install "onnx>=1.18,<2" "torch==2.13.0"{end}'
    )
    monkeypatch.setattr("bot.training.local_dask_cluster.find_spec", lambda name: None)
    assert missing_requirement("tcp://somewhere:8786") == (
        f"{start}[training] scheduler needs Dask: pip install distributed"
    )


def test_failed_start_has_a_reason() -> None:
    found = subprocess.run(
        [sys.executable, "-c", FAILED_START], capture_output=True, text=True, check=False
    )
    assert found.stdout.startswith("the training process did not start: ")
    assert found.stdout.count("\n") == 1
