"""Training reduces the loss, is reproducible, and survives interruptions."""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.checkpoint import Checkpoint, CheckpointError
from model.corpus import Corpus, sample_digest
from model.learner import TrainingError
from model.recipes import Cell, Recipe
from model.training import train

from ..processes import start_process

ROOT = Path(__file__).parents[2]

Interrupt = Callable[[int], tuple[int, str, Path]]
"""Starts a long training, sends it a signal; returns exit status, standard error and folder."""


def train_to_end(
    corpus: Corpus, recipe: Recipe, folder: Path, *, resume: bool = False
) -> Checkpoint:
    *_, last = train(corpus, recipe, folder, resume=resume)
    return last


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    """Assert equal tensors to the bit, and equal losses and reports."""
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(t, other.tensors[name]) for name, t in one.tensors.items())
    assert one.metadata.history == other.metadata.history
    assert one.metadata.report == other.metadata.report


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_validation_loss_falls(corpus: Corpus, tiny: Recipe, tmp_path: Path, cell: Cell) -> None:
    recipe = replace(tiny, cell=cell, max_steps=120, dropout=0.0)
    last = train_to_end(corpus, recipe, tmp_path)
    assert last.metadata.finished
    first = last.metadata.history[0].validation_loss
    assert min(m.validation_loss for m in last.metadata.history) < first - 0.8


def test_two_layers_train(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    history = train_to_end(
        corpus, replace(tiny, layers=2, max_steps=120), tmp_path
    ).metadata.history
    assert history[-1].validation_loss < history[0].validation_loss


def test_same_seed_same_weights(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    one = train_to_end(corpus, tiny, tmp_path / "one")
    assert_same(one, train_to_end(corpus, tiny, tmp_path / "two"))


def test_caller_may_draw_random_numbers(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    for disturbed in train(corpus, tiny, tmp_path / "disturbed"):
        disturbed.network()  # initialises weights at random
    assert_same(disturbed, train_to_end(corpus, tiny, tmp_path / "alone"))


def test_other_seed_other_weights(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    one = train_to_end(corpus, tiny, tmp_path / "one")
    two = train_to_end(corpus, replace(tiny, seed=2), tmp_path / "two")
    assert not torch.equal(one.tensors["best/output.weight"], two.tensors["best/output.weight"])


@pytest.mark.parametrize(("bptt_length", "ema_decay"), [(200, 0.98), (200, 0.0), (2, 0.98)])
@pytest.mark.parametrize("stops", [1, 2, 4])
def test_resumed_run_equals_a_whole_one(
    corpus: Corpus, tiny: Recipe, tmp_path: Path, stops: int, bptt_length: int, ema_decay: float
) -> None:
    tiny = replace(tiny, bptt_length=bptt_length, ema_decay=ema_decay)
    run = train(corpus, tiny, tmp_path / "stopped")
    for _ in range(stops):
        next(run)
    run.close()
    torch.manual_seed(999)
    resumed = train_to_end(corpus, tiny, tmp_path / "stopped", resume=True)
    assert_same(resumed, train_to_end(corpus, tiny, tmp_path / "whole"))


def test_finished_run_resumes_unchanged(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    last = train_to_end(corpus, tiny, tmp_path)
    again = list(train(corpus, tiny, tmp_path, resume=True))
    assert len(again) == 1
    assert_same(again[0], last)


def test_resume_needs_the_same_inputs(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    next(train(corpus, tiny, tmp_path))
    other = replace(corpus, samples=corpus.samples[1:])
    with pytest.raises(CheckpointError, match="This run used another corpus"):
        next(train(other, tiny, tmp_path, resume=True))
    with pytest.raises(CheckpointError, match="This run used another recipe"):
        next(train(corpus, replace(tiny, hidden_size=17), tmp_path, resume=True))


def test_on_step_is_called_at_every_step(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    calls: list[tuple[int, float]] = []
    *_, last = train(
        corpus, tiny, tmp_path, on_step=lambda step, epochs: calls.append((step, epochs))
    )
    steps = [step for step, _ in calls]
    assert steps == sorted(steps)
    assert set(steps) == set(range(41))
    assert calls[-1] == (40, 10.0)  # 58 samples, 16 per step: 4 steps per epoch
    # The final evaluation calls it at every character that it generates.
    assert steps.count(40) > last.metadata.corpus.max_length


@pytest.mark.parametrize("calls_left", [0, 7, 44, 47])
# during the first evaluation, between steps, during the last evaluation, during the report
def test_on_step_can_end_the_run(
    corpus: Corpus, tiny: Recipe, tmp_path: Path, calls_left: int
) -> None:
    calls = iter(range(1000))

    def on_step(_step: int, _epochs: float) -> None:
        if next(calls) == calls_left:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(train(corpus, tiny, tmp_path / "stopped", on_step=on_step))
    if calls_left:
        resumed = train_to_end(corpus, tiny, tmp_path / "stopped", resume=True)
        assert_same(resumed, train_to_end(corpus, tiny, tmp_path / "whole"))
    else:
        assert not checkpoint.exists(tmp_path / "stopped")


@pytest.fixture
def interrupt(corpus_file: Path, tiny: Recipe, tmp_path: Path) -> Interrupt:
    """Interrupt a real training that would take minutes, after its third evaluation."""

    def start_and_send(signal_number: int) -> tuple[int, str, Path]:
        folder = tmp_path / "killed"
        options = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(tiny).items()]
        command = [sys.executable, "-m", "model", "train", "--corpus", str(corpus_file)]
        process = start_process(
            [*command, "--out", str(folder), *options, "--max-steps=200000", "--patience=0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        while not checkpoint.exists(folder) or checkpoint.load(folder).metadata.step < 30:
            assert process.poll() is None
        process.send_signal(signal_number)
        _, err = process.communicate()
        return process.returncode, err, folder

    return start_and_send


def resumed_and_whole(
    corpus: Corpus, folder: Path, tmp_path: Path
) -> tuple[Checkpoint, Checkpoint]:
    """Return a run resumed for two evaluations, and another with as many steps in one go."""
    recipe = checkpoint.load(folder).metadata.recipe
    run = train(corpus, recipe, folder, resume=True)
    resumed = [next(run) for _ in range(3)][-1]
    whole = train(corpus, recipe, tmp_path / "whole")
    return resumed, next(c for c in whole if c.metadata.step == resumed.metadata.step)


def test_killed_run_resumes(corpus: Corpus, interrupt: Interrupt, tmp_path: Path) -> None:
    status, _, folder = interrupt(signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert_same(*resumed_and_whole(corpus, folder, tmp_path))


def test_ctrl_c_says_how_to_resume(corpus: Corpus, interrupt: Interrupt, tmp_path: Path) -> None:
    status, err, folder = interrupt(signal.SIGINT)
    assert status == 130
    assert err.splitlines(keepends=True)[-1] == (
        "Interrupted. The last checkpoint is saved. Resume with: "
        f"namesmith train --out {folder} --resume\n"
    )
    assert_same(*resumed_and_whole(corpus, folder, tmp_path))


def test_infinite_loss_ends_the_run(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    # A decay above 1 multiplies the weights at every step until they overflow.
    diverging = replace(tiny, weight_decay=10.0, learning_rate=1.0, grad_clip=0.0, max_steps=2000)
    with pytest.raises(TrainingError) as caught:
        train_to_end(corpus, diverging, tmp_path)
    step = checkpoint.load(tmp_path).metadata.step
    assert f"The checkpoint of step {step} is still in {tmp_path}" in str(caught.value)
    assert "lower learning_rate than 1," in str(caught.value)
    network = checkpoint.load(tmp_path).network()
    assert all(bool(t.isfinite().all()) for t in network.state_dict().values())


def test_best_weights_are_saved(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    overfitting = replace(
        tiny, max_steps=400, dropout=0.0, learning_rate=2e-2, schedule="constant", patience=0
    )
    last = train_to_end(corpus, overfitting, tmp_path)
    best = min(last.metadata.history, key=lambda m: m.validation_loss)
    assert best.step < last.metadata.step
    again = train(corpus, overfitting, tmp_path / "b")
    at_best = next(c for c in again if c.metadata.step == best.step)
    for name, t in last.tensors_under("best").items():
        assert torch.equal(at_best.tensors_under("average")[name], t)


def test_training_without_averaging(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    last = train_to_end(corpus, replace(tiny, ema_decay=0.0, max_steps=10), tmp_path)
    history = last.metadata.history
    assert history[-1].validation_loss < history[0].validation_loss
    for name, t in last.tensors_under("network").items():
        assert torch.equal(last.tensors_under("best")[name], t)


def test_patience_stops_the_run(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    overfitting = replace(
        tiny, max_steps=4000, dropout=0.0, learning_rate=2e-2, schedule="constant", patience=3
    )
    history = train_to_end(corpus, overfitting, tmp_path).metadata.history
    assert history[-1].step < 4000
    best = min(range(len(history)), key=lambda i: history[i].validation_loss)
    assert len(history) - 1 - best == 3


def test_recipe_is_adjusted(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    recipe = replace(tiny, max_steps=70, eval_interval=1000, patience=0, batch_size=1000)
    last = train_to_end(corpus, recipe, tmp_path)
    # 58 samples, 16 per step
    assert [m.step for m in last.metadata.history] == [0, 29, 58, 70]
    assert last.metadata.recipe == recipe


def test_figures_are_written(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    last = train_to_end(corpus, tiny, tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    report = metrics["report"]
    assert report["nats_per_character"] == last.metadata.report.nats_per_character
    assert [m["step"] for m in metrics["history"]] == [0, 10, 20, 30, 40]
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_checkpoint_has_sample_digests(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    known = next(train(corpus, tiny, tmp_path)).tensors["known"].numpy()
    assert {bytes(row) for row in known} == {sample_digest(sample) for sample in corpus.samples}


def test_initial_loss_is_guessing(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    first = next(train(corpus, tiny, tmp_path))
    assert first.metadata.history[0].validation_loss == pytest.approx(
        math.log(len(first.vocabulary())), abs=0.3
    )


def test_windows_carry_the_state(tiny: Recipe, tmp_path: Path) -> None:
    samples = tuple(f"{i:02}{i * 2503:05}{i:08b}" for i in range(40))  # 15 characters and the end
    corpus = Corpus(tmp_path / "codes.txt", samples)
    frozen = replace(tiny, dropout=0.0, learning_rate=1e-12, batch_size=18, schedule="constant")
    whole = replace(frozen, bptt_length=16, max_steps=2, eval_interval=2)
    parts = replace(frozen, bptt_length=4, max_steps=8, eval_interval=8)
    losses = [
        train_to_end(corpus, recipe, tmp_path / str(recipe.bptt_length))
        .metadata.history[-1]
        .train_loss
        for recipe in (whole, parts)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_long_lines_are_learned(tiny: Recipe, tmp_path: Path) -> None:
    line = "for each = [long] line # of any text; " * 53
    samples = tuple(f"{i:02} {line}"[:2000] for i in range(24))
    recipe = replace(
        tiny,
        max_steps=30,
        eval_interval=15,
        batch_size=8,
        learning_rate=2e-2,
        warmup_steps=0,
        dropout=0.0,
        ema_decay=0.5,
    )
    last = train_to_end(Corpus(tmp_path / "lines.txt", samples), recipe, tmp_path / "run")
    assert last.metadata.corpus.max_length == 2000
    history = last.metadata.history
    assert history[-1].validation_loss < history[0].validation_loss - 0.3
