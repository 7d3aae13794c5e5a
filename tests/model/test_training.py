"""A training learns, repeats to the bit, survives being broken off, and tells what it did."""

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
from model.corpus import Corpus, digest
from model.recipes import Cell, Recipe
from model.training import TrainingError, train

from ..processes import start_process

ROOT = Path(__file__).parents[2]


def last(corpus: Corpus, recipe: Recipe, folder: Path, *, resume: bool = False) -> Checkpoint:
    """The checkpoint at the end of a whole training."""
    *_, made = train(corpus, recipe, folder, resume=resume)
    return made


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    """Bit-equal weights, moments and random state, and the same told losses."""
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(t, other.tensors[name]) for name, t in one.tensors.items())
    assert one.facts.history == other.facts.history
    assert one.facts.report == other.facts.report


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_held_out_loss_falls(corpus: Corpus, tiny: Recipe, tmp_path: Path, cell: Cell) -> None:
    made = last(corpus, replace(tiny, cell=cell, steps=120, dropout=0.0), tmp_path)
    assert made.facts.finished
    first, best = made.facts.history[0], min(m.held_out for m in made.facts.history)
    assert best < first.held_out - 0.8


def test_two_layers_learn_with_dropout_between(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    made = last(corpus, replace(tiny, layers=2, steps=120), tmp_path)
    assert made.facts.history[-1].held_out < made.facts.history[0].held_out


def test_the_same_seed_gives_the_same_weights(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    one = last(corpus, tiny, tmp_path / "one")
    assert_same(one, last(corpus, tiny, tmp_path / "two"))


def test_what_others_draw_between_two_checkpoints_does_not_matter(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    for disturbed in train(corpus, tiny, tmp_path / "disturbed"):
        disturbed.network()  # whose first weights are random numbers
    assert_same(disturbed, last(corpus, tiny, tmp_path / "alone"))


def test_another_seed_gives_other_weights(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    one = last(corpus, tiny, tmp_path / "one")
    two = last(corpus, replace(tiny, seed=2), tmp_path / "two")
    assert not torch.equal(one.tensors["best/output.weight"], two.tensors["best/output.weight"])


@pytest.mark.parametrize(("window", "average"), [(200, 0.98), (200, 0.0), (2, 0.98)])
@pytest.mark.parametrize("stops", [1, 2, 4])
def test_a_run_left_at_any_checkpoint_and_resumed_ends_where_an_unbroken_one_does(
    corpus: Corpus, tiny: Recipe, tmp_path: Path, stops: int, window: int, average: float
) -> None:
    tiny = replace(tiny, window=window, average=average)
    run = train(corpus, tiny, tmp_path / "broken")
    for _ in range(stops):
        next(run)
    run.close()
    torch.manual_seed(999)
    resumed = last(corpus, tiny, tmp_path / "broken", resume=True)
    assert_same(resumed, last(corpus, tiny, tmp_path / "whole"))


def test_resuming_a_finished_run_gives_it_back_unchanged(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    made = last(corpus, tiny, tmp_path)
    again = list(train(corpus, tiny, tmp_path, resume=True))
    assert len(again) == 1
    assert_same(again[0], made)


def test_resuming_with_another_corpus_or_recipe_is_refused(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    next(train(corpus, tiny, tmp_path))
    other = replace(corpus, samples=corpus.samples[1:])
    with pytest.raises(CheckpointError, match="was trained with another corpus"):
        next(train(other, tiny, tmp_path, resume=True))
    with pytest.raises(CheckpointError, match="was trained with another recipe"):
        next(train(corpus, replace(tiny, hidden=17), tmp_path, resume=True))


@pytest.fixture
def broken_off(
    corpus_file: Path, tiny: Recipe, tmp_path: Path
) -> Callable[[int], tuple[int, str, Path]]:
    """Start a real training that would take minutes, and end it by a signal once it has begun."""

    def start_and_send(number: int) -> tuple[int, str, Path]:
        folder = tmp_path / "killed"
        options = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(tiny).items()]
        command = [sys.executable, "-m", "model", "train", "--corpus", str(corpus_file)]
        process = start_process(
            [*command, "--out", str(folder), *options, "--steps=200000", "--patience=0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        while checkpoint.exists(folder) is False or checkpoint.load(folder).facts.step < 30:
            assert process.poll() is None
        process.send_signal(number)
        _, told = process.communicate()
        return process.returncode, told, folder

    return start_and_send


def resumed_and_whole(
    corpus: Corpus, folder: Path, tmp_path: Path
) -> tuple[Checkpoint, Checkpoint]:
    """Two more measurements after the break, and as many steps in one go."""
    recipe = checkpoint.load(folder).facts.recipe
    run = train(corpus, recipe, folder, resume=True)
    resumed = [next(run) for _ in range(3)][-1]
    whole = train(corpus, recipe, tmp_path / "whole")
    return resumed, next(made for made in whole if made.facts.step == resumed.facts.step)


def test_a_killed_process_leaves_a_checkpoint_from_which_it_goes_on_to_the_bit(
    corpus: Corpus,
    broken_off: Callable[[int], tuple[int, str, Path]],
    tmp_path: Path,
) -> None:
    status, _, folder = broken_off(signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert_same(*resumed_and_whole(corpus, folder, tmp_path))


def test_ctrl_c_says_how_to_resume_and_exits_130(
    corpus: Corpus,
    broken_off: Callable[[int], tuple[int, str, Path]],
    tmp_path: Path,
) -> None:
    status, told, folder = broken_off(signal.SIGINT)
    assert status == 130
    assert told.splitlines(keepends=True)[-1] == (
        "interrupted; the last checkpoint is kept, go on from it with: "
        f"python -m model train --out {folder} --resume\n"
    )
    assert_same(*resumed_and_whole(corpus, folder, tmp_path))


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    # A decay beyond 1 multiplies the weights at every step until they overflow.
    wild = replace(tiny, weight_decay=10.0, rate=1.0, clip=0.0, steps=2000)
    with pytest.raises(TrainingError) as caught:
        last(corpus, wild, tmp_path)
    step = checkpoint.load(tmp_path).facts.step
    assert f"the checkpoint of step {step} stays in {tmp_path}" in str(caught.value)
    assert "lower rate (it is 1)" in str(caught.value)
    network = checkpoint.load(tmp_path).network()
    assert all(bool(t.isfinite().all()) for t in network.state_dict().values())


def test_the_best_weights_are_kept_not_the_last(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    overfit = replace(tiny, steps=400, dropout=0.0, rate=2e-2, schedule="constant", patience=0)
    made = last(corpus, overfit, tmp_path)
    best = min(made.facts.history, key=lambda m: m.held_out)
    assert best.step < made.facts.step
    at_best = next(m for m in train(corpus, overfit, tmp_path / "b") if m.facts.step == best.step)
    for name, t in made.part("best").items():
        assert torch.equal(at_best.part("average")[name], t)


def test_without_an_average_the_best_weights_are_the_network_s_own(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    made = last(corpus, replace(tiny, average=0.0, steps=10), tmp_path)
    assert made.facts.history[-1].held_out < made.facts.history[0].held_out
    for name, t in made.part("network").items():
        assert torch.equal(made.part("best")[name], t)


def test_training_stops_once_nothing_was_better_for_as_long_as_the_patience(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    overfit = replace(tiny, steps=4000, dropout=0.0, rate=2e-2, schedule="constant", patience=3)
    history = last(corpus, overfit, tmp_path).facts.history
    assert history[-1].step < 4000
    best = min(range(len(history)), key=lambda i: history[i].held_out)
    assert len(history) - 1 - best == 3


def test_a_run_takes_the_recipe_as_it_fits_the_corpus(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    seldom = replace(tiny, steps=70, measure_every=1000, patience=0, batch=1000)
    made = last(corpus, seldom, tmp_path)
    assert [m.step for m in made.facts.history] == [0, 29, 58, 70]  # 58 samples, 16 a step
    assert made.facts.recipe == seldom


def test_the_run_tells_its_figures_as_json_and_its_losses_as_png(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    made = last(corpus, tiny, tmp_path)
    told = json.loads((tmp_path / "metrics.json").read_text())
    assert told["report"]["nats_per_character"] == made.facts.report.nats_per_character
    assert [m["step"] for m in told["history"]] == [0, 10, 20, 30, 40]
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_the_checkpoint_knows_each_sample_by_its_digest(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    known = next(train(corpus, tiny, tmp_path)).tensors["known"].numpy()
    assert {bytes(row) for row in known} == {digest(sample) for sample in corpus.samples}


def test_a_network_that_has_learnt_nothing_is_as_good_as_guessing(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    made = next(train(corpus, tiny, tmp_path))
    assert made.facts.history[0].held_out == pytest.approx(
        math.log(len(made.vocabulary())), abs=0.3
    )


def test_the_state_is_carried_from_window_to_window(tiny: Recipe, tmp_path: Path) -> None:
    samples = tuple(f"{i:02}{i * 2503:05}{i:08b}" for i in range(40))  # 15 characters and the end
    corpus = Corpus(tmp_path / "codes.txt", samples)
    still = replace(tiny, dropout=0.0, rate=1e-12, batch=18, schedule="constant")
    whole = replace(still, window=16, steps=2, measure_every=2)
    parts = replace(still, window=4, steps=8, measure_every=8)
    losses = [
        last(corpus, recipe, tmp_path / str(recipe.window)).facts.history[-1].loss
        for recipe in (whole, parts)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_lines_of_two_thousand_characters_are_learnt(tiny: Recipe, tmp_path: Path) -> None:
    line = "for each = [long] line # of any text; " * 53
    samples = tuple(f"{i:02} {line}"[:2000] for i in range(24))
    recipe = replace(
        tiny, steps=30, measure_every=15, batch=8, rate=2e-2, warm_up=0, dropout=0.0, average=0.5
    )
    made = last(Corpus(tmp_path / "lines.txt", samples), recipe, tmp_path / "run")
    assert made.facts.corpus.longest == 2000
    assert made.facts.history[-1].held_out < made.facts.history[0].held_out - 0.3
