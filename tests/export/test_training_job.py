"""A worker turns a list into an artifact that the bot reads, and reports on it."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.sampling import Artifact, Request
from export.training_job import train_style
from model import corpus_checks
from model.recipes import RECIPES
from tests.corpora import admins
from tests.model.test_preview_job import BUILTINS, types_in

from ..sampler import Sampler

LABEL = {"title": "Creatures", "description": "pocket monsters", "licence": "CC0 1.0"}
CREATURES = "\n".join(admins.creatures()).encode()


@dataclass
class Outcome:
    """The result of a job, its progress messages, and the niceness of its thread."""

    result: dict[str, Any]
    progress: list[dict[str, Any]]
    niceness: int


def run_job(
    content: bytes,
    *,
    file_name: str = "elves.txt",
    recipe: str = "seed",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Run the job on its own thread, as a worker does."""
    progress: list[dict[str, Any]] = []

    def run() -> Outcome:
        result = train_style(
            content,
            file_name,
            recipe,
            LABEL,
            nice=7,
            on_progress=progress.append,
            is_cancelled=is_cancelled,
        )
        return Outcome(result, progress, os.getpriority(os.PRIO_PROCESS, 0))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The job on the creatures with the whole recipe `seed`."""
    return run_job(CREATURES, file_name="creatures.txt")


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for all temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def short_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the recipe `seed`."""
    short = replace(RECIPES["seed"], max_steps=150, learning_rate=1e-2)
    monkeypatch.setitem(RECIPES, "seed", short)


def test_bot_generates_names(outcome: Outcome) -> None:
    artifact = Artifact.read(outcome.result["artifact"], "creatures")
    assert (artifact.style.title, artifact.style.corpus["licence"]) == ("Creatures", "CC0 1.0")
    names = Sampler(artifact).names(Request(prefix="Pika", count=5, seed=1))
    assert len(set(names)) == 5
    assert all(name.startswith("Pika") for name in names)


def test_result_agrees_with_the_artifact(outcome: Outcome) -> None:
    result = outcome.result
    style = Artifact.read(result["artifact"], "creatures").style
    assert result["history"] == style.report["history"]
    assert result["history"][-1][0] == result["steps"] == 1000
    assert list(result["report"]["corpus_quantiles"]) == style.report["corpus_quantiles"]
    assert result["report"]["nats_per_character"] == style.report["nats_per_character"]
    assert (result["samples"], result["digest"]) == (200, style.corpus["digest"])
    preview = corpus_checks.preview(
        CREATURES, "creatures.txt", on_progress=print, is_cancelled=lambda: False
    )
    assert (preview["digest"], preview["lengths"]) == (result["digest"], style.corpus["lengths"])
    assert result["seconds"] > 0


def test_result_is_plain_data(outcome: Outcome) -> None:
    assert types_in(outcome.result) | types_in(outcome.progress) <= BUILTINS


def test_loss_halves_and_copies_warn(outcome: Outcome) -> None:
    report, history = outcome.result["report"], outcome.result["history"]
    assert history[-1][2] < history[0][2] / 2
    copies = [line for line in outcome.result["warnings"] if " are copies from the list. " in line]
    assert bool(copies) == (report["share_new"] < 0.5)


def test_good_style_is_not_poor(outcome: Outcome) -> None:
    style = Artifact.read(outcome.result["artifact"], "creatures").style
    assert (outcome.result["poor"], style.report["poor"]) == ("", "")


@pytest.mark.usefixtures("short_recipe")
@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (60, "These names look random. Add lines: 100 is usually enough."),
        (200, "These names look random, because the lines of the list have little in common."),
    ],
)
def test_random_lines_give_a_poor_style(lines: int, verdict: str) -> None:
    result = run_job("\n".join(admins.random_letters(lines)).encode()).result
    assert result["poor"].startswith(verdict)
    assert Artifact.read(result["artifact"], "letters").style.report["poor"] == result["poor"]


def test_progress_messages(outcome: Outcome) -> None:
    steps = [message["step"] for message in outcome.progress]
    assert steps == sorted(steps)
    assert steps[0] == 20
    for message in outcome.progress:
        assert message.keys() == {
            *("step", "max_steps", "epoch", "loss", "validation_loss", "seconds_left", "names"),
            "may_end_sooner",
        }
        assert message["max_steps"] == 1000
        assert message["seconds_left"] >= 0
        assert 1 <= len(message["names"]) <= 12
    assert outcome.progress[-1]["seconds_left"] < outcome.progress[0]["seconds_left"]


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="needs process priorities")
def test_niceness_is_set_for_one_thread(outcome: Outcome) -> None:
    assert outcome.niceness == 7
    assert os.getpriority(os.PRIO_PROCESS, 0) < 7


@pytest.mark.usefixtures("short_recipe")
@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("arabic", "فا"),
        ("japanese", "山"),
        ("devanagari", "क्ष"),
        ("emoji", "👩‍🚀"),
    ],
)
def test_any_script_works(kind: str, prefix: str) -> None:
    lines: list[str] = getattr(admins, kind)()
    artifact = Artifact.read(run_job("\n".join(lines).encode()).result["artifact"], kind)
    for name in Sampler(artifact).names(Request(prefix=prefix, count=3, seed=1)):
        assert name.startswith(prefix)
        assert set("".join(lines)).issuperset(name)


@pytest.mark.usefixtures("short_recipe")
# before the training, during steps, during the evaluation, during the export
@pytest.mark.parametrize("checks", [0, 1, 100, 160, -3])
def test_cancel_works_at_any_time(temporary_folder: Path, checks: int) -> None:
    calls = 0

    def is_cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > (checks if checks >= 0 else total + checks)

    total = 2**31 if checks >= 0 else count_checks()
    outcome = run_job(CREATURES, is_cancelled=is_cancelled)
    assert outcome.result == {"cancelled": True}
    assert calls == 1 + (checks if checks >= 0 else total + checks)
    assert list(temporary_folder.iterdir()) == []


def count_checks() -> int:
    """Count the checks for cancellation in a whole job."""
    calls = 0

    def is_cancelled() -> bool:
        nonlocal calls
        calls += 1
        return False

    run_job(CREATURES, is_cancelled=is_cancelled)
    return calls


@pytest.mark.usefixtures("short_recipe")
def test_waiting_job_can_be_cancelled() -> None:
    started, finish = Event(), Event()

    def is_cancelled() -> bool:
        started.set()
        finish.wait()
        return True

    with ThreadPoolExecutor(1) as pool:
        first: Future[Outcome] = pool.submit(run_job, CREATURES, is_cancelled=is_cancelled)
        try:
            assert started.wait(60)
            assert run_job(CREATURES, is_cancelled=lambda: True).result == {"cancelled": True}
        finally:
            finish.set()
        assert first.result().result == {"cancelled": True}


@pytest.mark.parametrize(
    ("content", "recipe", "line"),
    [
        (
            b"Anna\n" * 30,
            "seed",
            "elves.txt: Only 1 distinct sample. Add lines until there are at least 20.",
        ),
        (b"%PDF-1.7\n" + CREATURES, "seed", "elves.txt: This is a PDF. Copy the names"),
        (CREATURES, "slow", "recipe = 'slow': Unknown recipe. Choose from best, fast, seed."),
    ],
)
def test_invalid_input_is_refused(
    temporary_folder: Path, content: bytes, recipe: str, line: str
) -> None:
    result = run_job(content, recipe=recipe).result
    assert result.keys() == {"refused"}
    assert result["refused"].startswith(line)
    assert list(temporary_folder.iterdir()) == []


def test_infinite_loss_is_refused(temporary_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diverging = replace(RECIPES["seed"], weight_decay=10.0, learning_rate=1.0, max_steps=2000)
    monkeypatch.setitem(RECIPES, "seed", diverging)
    line = run_job(CREATURES, file_name="folder/elves.txt").result["refused"]
    assert line.startswith("elves.txt: The loss is ")
    assert line.endswith(". Try another recipe.")
    assert str(temporary_folder) not in line
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.usefixtures("short_recipe")
def test_full_disk_raises_runtime_error(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(RuntimeError, match="Can't write the checkpoint") as caught:
        run_job(CREATURES)
    assert type(caught.value) is RuntimeError
    assert list(temporary_folder.iterdir()) == []
