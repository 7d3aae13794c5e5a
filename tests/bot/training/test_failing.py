"""Why nothing came of a training, in one line; and the next one is learned all the same."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import TrainingSettings
from bot.store import Store
from bot.training import Done, Failed, Trainer

from .conftest import SCHEDULER, begun, end, running, until


async def failure(trainer: Trainer, corpus: bytes = b"counts 1") -> str:
    """Train, which fails; return the reason that is told."""
    failed = await end(trainer, await begun(trainer, corpus))
    assert isinstance(failed, Failed)
    assert "\n" not in failed.reason
    return failed.reason


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("grows", r"the worker \(process \d+ on \S+\) was ended, for it took [\d,]+ MiB of memory"),
        ("dies", r"the worker \(process \d+ on \S+\) died in the middle; perhaps .* memory"),
        ("breaks", r"its job broke: StrangeError: something broke$"),
        ("lacks", r"its worker on \S+ lacks the workshop: No module named 'no_such_torch'"),
        ("misses", r"its job broke: KeyError: 'misses'"),
    ],
)
async def test_it_is_told_why_and_the_next_is_learned(
    trainer: Trainer, store: Store, job: str, reason: str
) -> None:
    first = await begun(trainer, job.encode(), guild_id=1)
    second = await begun(trainer, b"counts 1", guild_id=2)
    failed = await end(trainer, first)
    assert isinstance(failed, Failed)
    assert re.match(reason, failed.reason), failed.reason
    assert "\n" not in failed.reason
    assert isinstance(await end(trainer, second), Done)
    kept = await store.trainings.get(first)
    assert kept is not None
    assert (kept.state, kept.failure) == ("failed", failed.reason)
    assert await store.trainings.get_corpus(first) is None


async def test_a_scheduler_that_is_not_there_is_named(store: Store) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        trainer = Trainer(TrainingSettings(scheduler=address), store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.training.connecting.CONNECT", 0.5)
            reason = await failure(trainer)
        await trainer.close()
    assert reason.startswith(f"the scheduler {address} cannot be reached: ")


@pytest.mark.usefixtures("jobs")
async def test_a_scheduler_without_workers_is_told_and_so_is_one_that_is_lost(
    store: Store, workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.training.link._NO_WORKER", 0.3)
    monkeypatch.setattr("bot.training.link._LOOK", 0.1)
    with running("-c", SCHEDULER, workshop=workshop) as address:
        trainer = Trainer(TrainingSettings(scheduler=address), store)
        assert await failure(trainer) == (
            f"the scheduler {address} has had no worker for 0.3 s; start one"
        )
        monkeypatch.setattr("bot.training.link._NO_WORKER", 600)
        lost = await begun(trainer, b"counts 1")
        link = trainer._workers._link()
        assert link is not None
        await until(lambda: bool(link._jobs))
    failed = await end(trainer, lost)
    await trainer.close()
    assert failed == Failed(
        f"the connection to the scheduler {address} was lost; begin it again when that is back"
    )


def test_what_a_training_lacks_is_told_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bot.training.own import lacking

    assert lacking("") is None
    assert lacking("tcp://somewhere:8786") is None
    monkeypatch.setattr("bot.training.own._WORKSHOP", tmp_path)
    assert lacking("") == (
        "nothing can be learned here: the workshop is not beside the bot; name a Dask cluster in "
        "[training] scheduler (and pip install 'namesmith[cluster]'), or run the bot from its "
        "repository with pip install '.[train]'"
    )
    monkeypatch.undo()
    monkeypatch.setattr("bot.training.own.find_spec", lambda name: None)
    assert "distributed and torch are not installed; name a Dask cluster" in str(lacking(""))
    assert str(lacking("tcp://somewhere:8786")).endswith("pip install 'namesmith[cluster]'")
    monkeypatch.setattr("bot.training.own.find_spec", lambda name: name != "torch" or None)
    assert "torch is not installed" in str(lacking(""))


def test_a_cluster_that_does_not_start_says_why() -> None:
    found = subprocess.run(
        [sys.executable, "-c", STARTS], capture_output=True, text=True, check=False
    )
    assert found.stdout.startswith("the training process does not start: ")
    assert found.stdout.count("\n") == 1


STARTS = """
from bot.training.own import OwnCluster
from bot.training import TrainingFailed
own = OwnCluster.start("much")
try:
    own.address()
except TrainingFailed as failed:
    print(failed)
own.stop()
"""
