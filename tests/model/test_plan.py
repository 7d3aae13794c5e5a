"""A plan compares the starts and finds how long to learn a list."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.base import Base
from model.checkpoint import Checkpoint
from model.corpus import Corpus, fold_samples
from model.network import CharRNN
from model.plan import FOLDS, is_cross_validated, make_plan, standard_error
from model.recipes import RECIPES, BaseChoice, Recipe
from model.training import train
from model.trials import Losses, Trial, TrialProgress

CPU = torch.device("cpu")


@pytest.fixture
def judged(tiny: Recipe, small_base: Base) -> Recipe:
    """A tiny recipe that cross-validates and compares both starts."""
    return replace(tiny, cross_validation=True, base="auto", ngram_order=4)


@pytest.fixture
def small_base(tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> Base:
    """An untrained base network with few letters and three sources; the real one takes longer."""
    torch.manual_seed(1)
    characters = "abdeiklmnortuy"
    network = CharRNN(len(characters) + 2, tiny)
    small = Base(
        characters,
        ("one", "two", "three"),
        network.embedding.weight.detach(),
        network.output.weight.detach(),
        network.output.bias.detach(),
        {name: weight.detach() for name, weight in network.recurrent.named_parameters()},
        torch.randn(3, tiny.embedding_size),
    )
    monkeypatch.setattr("model.base._NETWORK", tiny)
    monkeypatch.setattr("model.base.load_base", lambda: small)
    return small


def run(corpus: Corpus, recipe: Recipe, folder: Path) -> Checkpoint:
    *_, last = train(corpus, recipe, folder)
    return last


def test_each_sample_is_held_out_once(corpus: Corpus) -> None:
    splits = fold_samples(corpus.samples, FOLDS, seed=3)
    held_out = [sample for split in splits for sample in split.validation]
    assert sorted(held_out) == sorted(corpus.samples)
    for split in splits:
        assert sorted(split.train + split.validation) == sorted(corpus.samples)


def test_only_short_lists_are_cross_validated(judged: Recipe) -> None:
    names = ["Trada"] * 499
    assert is_cross_validated(judged, names)
    assert not is_cross_validated(judged, [*names, "Bim"])
    assert not is_cross_validated(judged, ["a" * 1000] * 20)
    assert not is_cross_validated(replace(judged, cross_validation=False), names)
    assert not is_cross_validated(replace(judged, split="makemore"), names)
    assert not is_cross_validated(RECIPES["seed"], names)


@pytest.mark.parametrize("base", ["auto", "always", "none"])
def test_plan_has_the_best_steps(corpus: Corpus, judged: Recipe, base: BaseChoice) -> None:
    recipe = replace(judged, base=base)
    splits = fold_samples(corpus.samples, FOLDS, seed=1)
    plan = make_plan(corpus, splits, recipe, CPU)
    measured = plan.cross_validation
    assert measured is not None
    losses = [point.validation_loss for point in measured.curve]
    assert min(losses) == losses[-1]
    assert plan.steps == measured.curve[-1].step > 0
    assert measured.nats_per_character <= losses[-1] + 1e-6  # an n-gram never makes it worse
    assert 0 < measured.standard_error < 1
    assert measured.nats_per_character < measured.unigram_nats
    if base != "auto":
        assert plan.start == ("scratch" if base == "none" else "base")


def test_trials_report_their_steps(corpus: Corpus, judged: Recipe) -> None:
    calls: list[TrialProgress] = []
    splits = fold_samples(corpus.samples, FOLDS, seed=1)
    make_plan(corpus, splits, judged, CPU, calls.append)
    for done in ([call.steps for call in calls], [call.cost for call in calls]):
        assert done == sorted(done)
        assert done[0] == 0 < done[-1]
    assert all(call.steps < call.max_steps for call in calls)
    assert calls[0].cost_left > calls[-1].cost_left > 0


def test_best_evaluation_follows_a_step() -> None:
    """A list that the base network knows gets worse from the first step on."""
    trial = Trial("base", [], [])
    trial.curve.append(Losses(0, 1.0, 1.0))
    assert trial.best == 0
    trial.curve += [Losses(5, 0.9, 1.3), Losses(10, 0.8, 1.2), Losses(15, 0.7, 1.4)]
    assert trial.best == 2


def test_all_samples_are_learnt(corpus: Corpus, judged: Recipe, tmp_path: Path) -> None:
    last = run(corpus, judged, tmp_path)
    report, plan = last.metadata.report, last.metadata.plan
    assert plan is not None
    assert report.held_out_samples == len(corpus.samples)
    assert report.folds == FOLDS
    assert report.standard_error is not None
    assert report.base in ("fine-tuned", "scratch")
    assert last.metadata.step == plan.steps


def test_resumed_run_has_the_same_plan(corpus: Corpus, judged: Recipe, tmp_path: Path) -> None:
    stopped = train(corpus, judged, tmp_path / "stopped")
    first = next(stopped)
    stopped.close()
    *_, resumed = train(corpus, judged, tmp_path / "stopped", resume=True)
    whole = run(corpus, judged, tmp_path / "whole")
    assert resumed.metadata.plan == first.metadata.plan == whole.metadata.plan
    assert resumed.metadata.report == whole.metadata.report
    assert all(torch.equal(t, whole.tensors[name]) for name, t in resumed.tensors.items())


def test_long_list_tries_both_starts(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    recipe = replace(tiny, base="auto")
    calls: list[TrialProgress] = []
    *_, last = train(corpus, recipe, tmp_path, on_trial=calls.append)
    assert calls
    assert last.metadata.report.base in ("fine-tuned", "scratch")
    assert last.metadata.report.folds is None
    assert last.metadata.plan is not None
    assert last.metadata.plan.cross_validation is None


def test_standard_error_is_that_of_the_mean() -> None:
    """For samples of one length it is the textbook formula."""
    nats = torch.tensor([1.0, 2.0, 4.0, 7.0], dtype=torch.float64)
    expected = float(nats.std() / 2 / 5)
    assert standard_error(nats, torch.full((4,), 5)) == pytest.approx(expected)
