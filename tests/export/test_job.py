"""A worker makes a style of a list: an artifact that the bot reads, and what to tell of it."""

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
from export.job import train_style
from model import job
from model.recipes import RECIPES
from tests.corpora import admins
from tests.model.test_job import BUILTINS, kinds

from ..sampler import Sampler

LABEL = {"title": "Creatures", "description": "pocket monsters", "licence": "CC0 1.0"}
CREATURES = "\n".join(admins.creatures()).encode()


@dataclass
class Made:
    """What one job gave, what it told, and the niceness of the thread that it ran on."""

    result: dict[str, Any]
    told: list[dict[str, Any]]
    niceness: int


def make(
    corpus: bytes,
    *,
    name: str = "elves.txt",
    recipe: str = "seed",
    stopped: Callable[[], bool] = lambda: False,
) -> Made:
    """Run the job on a thread of its own, as a worker does."""
    told: list[dict[str, Any]] = []

    def run() -> Made:
        result = train_style(
            corpus, name, recipe, LABEL, nice=7, on_progress=told.append, is_cancelled=stopped
        )
        return Made(result, told, os.getpriority(os.PRIO_PROCESS, 0))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The creatures, learnt by the recipe `seed` as it stands."""
    return make(CREATURES, name="creatures.txt")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe `seed`, broken off early."""
    monkeypatch.setitem(RECIPES, "seed", replace(RECIPES["seed"], steps=150, rate=1e-2))


def test_the_bot_reads_the_artifact_and_invents_names_from_it(made: Made) -> None:
    artifact = Artifact.read(made.result["artifact"], "creatures")
    assert (artifact.style.title, artifact.style.corpus["licence"]) == ("Creatures", "CC0 1.0")
    names = Sampler(artifact).names(Request(prefix="Pika", count=5, seed=1))
    assert len(set(names)) == 5
    assert all(name.startswith("Pika") for name in names)


def test_what_it_tells_of_the_style_is_what_the_artifact_says(made: Made) -> None:
    result, told = made.result, Artifact.read(made.result["artifact"], "creatures").style
    assert result["history"] == told.report["history"]
    assert result["history"][-1][0] == result["steps"] == 1000
    assert list(result["report"]["corpus_quantiles"]) == told.report["corpus_quantiles"]
    assert result["report"]["nats_per_character"] == told.report["nats_per_character"]
    assert (result["samples"], result["digest"]) == (200, told.corpus["digest"])
    preview = job.preview(CREATURES, "creatures.txt", on_progress=print, is_cancelled=lambda: False)
    assert (preview["digest"], preview["lengths"]) == (result["digest"], told.corpus["lengths"])
    assert result["seconds"] > 0


def test_all_that_crosses_is_plain_data(made: Made) -> None:
    assert kinds(made.result) | kinds(made.told) <= BUILTINS


def test_it_is_learnt_better_than_by_guessing_and_quoting_is_warned_of(made: Made) -> None:
    report = made.result["report"]
    assert made.result["history"][-1][2] < made.result["history"][0][2] / 2
    copies = [line for line in made.result["warnings"] if " are copies from the corpus; " in line]
    assert bool(copies) == (report["share_new"] < 0.5)


def test_it_tells_its_progress_with_names(made: Made) -> None:
    steps = [one["step"] for one in made.told]
    assert steps == sorted(steps)
    assert steps[0] == 5
    for one in made.told:
        assert one.keys() == {
            *("step", "steps", "epoch", "loss", "held_out", "seconds_left", "names")
        }
        assert one["steps"] == 1000
        assert one["seconds_left"] >= 0
        assert 1 <= len(one["names"]) <= 12
    assert made.told[-1]["seconds_left"] < made.told[0]["seconds_left"]


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="no niceness here")
def test_it_gives_way_without_taking_the_whole_process_along(made: Made) -> None:
    assert made.niceness == 7
    assert os.getpriority(os.PRIO_PROCESS, 0) < 7


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("arabic", "فا"),
        ("japanese", "山"),
        ("devanagari", "क्ष"),
        ("emoji", "👩‍🚀"),
    ],
)
def test_a_list_in_any_script_becomes_a_style_that_answers_in_it(kind: str, prefix: str) -> None:
    lines: list[str] = getattr(admins, kind)()
    artifact = Artifact.read(make("\n".join(lines).encode()).result["artifact"], kind)
    for name in Sampler(artifact).names(Request(prefix=prefix, count=3, seed=1)):
        assert name.startswith(prefix)
        assert set("".join(lines)).issuperset(name)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("asked", [0, 1, 100, 160, -3])  # before, steps, evaluation, the export
def test_it_gives_up_wherever_it_is_and_leaves_nothing_behind(scratch: Path, asked: int) -> None:
    calls = 0

    def stopped() -> bool:
        nonlocal calls
        calls += 1
        return calls > (asked if asked >= 0 else total + asked)

    total = 2**31 if asked >= 0 else count_calls()
    made = make(CREATURES, stopped=stopped)
    assert made.result == {"cancelled": True}
    assert calls == 1 + (asked if asked >= 0 else total + asked)
    assert list(scratch.iterdir()) == []


def count_calls() -> int:
    """How often a whole job asks whether it is to stop."""
    calls = 0

    def stopped() -> bool:
        nonlocal calls
        calls += 1
        return False

    make(CREATURES, stopped=stopped)
    return calls


@pytest.mark.usefixtures("short")
def test_a_second_one_in_the_same_process_waits_and_can_be_stopped_while_it_does() -> None:
    begun, over = Event(), Event()

    def stopped() -> bool:
        begun.set()
        over.wait()
        return True

    with ThreadPoolExecutor(1) as pool:
        first: Future[Made] = pool.submit(make, CREATURES, stopped=stopped)
        try:
            assert begun.wait(60)
            assert make(CREATURES, stopped=lambda: True).result == {"cancelled": True}
        finally:
            over.set()
        assert first.result().result == {"cancelled": True}


@pytest.mark.parametrize(
    ("corpus", "recipe", "line"),
    [
        (
            b"Anna\n" * 30,
            "seed",
            "elves.txt: holds 1 distinct sample; add lines until there are 20",
        ),
        (admins.utf16(), "seed", "elves.txt:1: is UTF-16, not UTF-8; save the file as UTF-8"),
        (CREATURES, "slow", "recipe = 'slow': no such recipe; there are best, fast, seed"),
    ],
)
def test_what_the_list_or_the_recipe_is_to_blame_for_is_refused(
    scratch: Path, corpus: bytes, recipe: str, line: str
) -> None:
    result = make(corpus, recipe=recipe).result
    assert result.keys() == {"refused"}
    assert result["refused"].startswith(line)
    assert list(scratch.iterdir()) == []


def test_a_loss_that_is_no_number_is_refused_without_a_folder_in_the_line(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wild = replace(RECIPES["seed"], weight_decay=10.0, rate=1.0, steps=2000)
    monkeypatch.setitem(RECIPES, "seed", wild)
    line = make(CREATURES, name="folder/elves.txt").result["refused"]
    assert line.startswith("elves.txt: cannot be learnt so: the loss is ")
    assert line.endswith("; try another recipe")
    assert str(scratch) not in line
    assert list(scratch.iterdir()) == []


@pytest.mark.usefixtures("short")
def test_a_full_disk_is_the_machines_fault_and_no_exception_of_ours(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RuntimeError, match="cannot write the checkpoint") as caught:
        make(CREATURES)
    assert type(caught.value) is RuntimeError
    assert list(scratch.iterdir()) == []
