"""A mixture has the powers that held-out tokens suggest, and scores alike in both ways."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.batches import START, Vocabulary
from model.corpus import Corpus, split_samples
from model.evaluation import generate
from model.mixture import (
    HeldOutScores,
    Mixture,
    Powers,
    build_tables,
    fit_automaton,
    fit_mixture,
    fit_powers,
    load_mixture,
    score_held_out,
)
from model.network import CharRNN
from model.recipes import RECIPES, Cell
from tests.model.test_ngram import SAMPLES

POWERS = Powers(0.7, 0.3)
VOCABULARY = Vocabulary.from_samples(["abc"])


def make_network(vocabulary: Vocabulary, cell: Cell = "lstm", layers: int = 1) -> CharRNN:
    torch.manual_seed(1)
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden_size=6)
    return CharRNN(len(vocabulary), recipe).eval()


def make_mixture(
    samples: list[str], cell: Cell = "lstm", layers: int = 1, powers: Powers = POWERS
) -> Mixture:
    network = make_network(VOCABULARY, cell, layers)
    automaton = fit_automaton(samples, VOCABULARY, 4)
    return Mixture(network, build_tables(network, automaton, powers))


def draw_scores(powers: tuple[float, float], count: int) -> HeldOutScores:
    """Tokens drawn from the mixture with these powers of two random models."""
    torch.manual_seed(2)
    network, ngram = (torch.randn(2, count, 6) * 2).log_softmax(dim=2)
    odds = (powers[0] * network + powers[1] * ngram).softmax(dim=1)
    return HeldOutScores(network, ngram, torch.multinomial(odds, 1)[:, 0])


def test_powers_are_found() -> None:
    powers = fit_powers([draw_scores((0.6, 0.45), 20_000)])
    assert powers
    assert (powers.network, powers.ngram) == pytest.approx((0.6, 0.45), abs=0.03)
    assert powers.ngram_share == pytest.approx(0.43, abs=0.02)


def test_folds_are_pooled() -> None:
    whole = draw_scores((0.6, 0.45), 600)
    tensors = zip(*(t.split([250, 350]) for t in vars(whole).values()), strict=True)
    pooled = fit_powers([HeldOutScores(*part) for part in tensors])
    together = fit_powers([whole])
    assert pooled
    assert together
    assert vars(pooled) == pytest.approx(vars(together))


def test_few_tokens_leave_the_usual_powers() -> None:
    few, many = (fit_powers([draw_scores((0.2, 0.9), count)]) for count in (8, 2000))
    assert few
    assert many
    assert many.ngram == pytest.approx(0.9, abs=0.1)
    assert few.network + few.ngram == pytest.approx(1, abs=0.1)
    assert 0.3 < few.ngram < many.ngram - 0.1


def test_useless_ngram_has_no_power() -> None:
    assert fit_powers([draw_scores((1.0, 0.0), 2000)]) is None


@torch.no_grad()
@given(SAMPLES, st.text("abc", min_size=1, max_size=9))
def test_scores_are_the_product_of_powers(samples: list[str], held_out: str) -> None:
    mixture = make_mixture(samples)
    assert mixture.ngram
    automaton = fit_automaton(samples, VOCABULARY, 4)
    scores = score_held_out(mixture.network, automaton, [held_out], VOCABULARY)
    product = POWERS.network * scores.network + POWERS.ngram * scores.ngram
    tokens = torch.tensor([[START, *VOCABULARY.encode(held_out)]])
    logits, _ = mixture(tokens, mixture.initial_state(1))
    found, expected = (t[:, START + 1 :].log_softmax(dim=1) for t in (logits[0], product))
    torch.testing.assert_close(found, expected, atol=mixture.ngram.unit, rtol=0)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", get_args(Cell))
def test_step_is_forward(cell: Cell, layers: int) -> None:
    mixture = make_mixture(["abcab", "bca", "ab"], cell, layers)
    tokens = torch.tensor([[0, 2, 3, 4, 2, 1], [0, 4, 3, 2, 0, 4]])
    expected, last = mixture(tokens, mixture.initial_state(2))
    state = mixture.initial_state(2)
    for position, token in enumerate(tokens.unbind(1)):
        logits, state = mixture.step(token, state)
        torch.testing.assert_close(logits, expected[:, position])
    torch.testing.assert_close(state, last)
    assert state.shape == (2, mixture.state_size)


def test_start_token_is_the_least_likely() -> None:
    mixture = make_mixture(["abcab", "bca", "ab"])
    mixture.network.output.weight.data.zero_()
    logits, _ = mixture.step(torch.tensor([START]), mixture.initial_state(1))
    assert logits.argmin(dim=1).tolist() == [START]
    assert logits.isfinite().all()


def test_tables_survive_a_checkpoint() -> None:
    mixture = make_mixture(["abcab", "bca", "ab"])
    again = load_mixture(mixture.network, mixture.tensors())
    tokens = torch.tensor([[0, 2, 3, 4]])
    assert again(tokens, again.initial_state(1))[0].equal(
        mixture(tokens, mixture.initial_state(1))[0]
    )
    assert (again.ngram and again.ngram.ngram_share) == pytest.approx(0.3)
    assert load_mixture(mixture.network, {}).ngram is None


def test_tables_are_small() -> None:
    random = np.random.default_rng(0)
    samples = ["".join(random.choice(list("abc"), 40)) for _ in range(2000)]
    tables = build_tables(make_network(VOCABULARY), fit_automaton(samples, VOCABULARY, 8), POWERS)
    tensors = (tables.next_nodes, tables.offsets, tables.scores)
    size = sum(t.numel() * t.element_size() for t in tensors)
    assert 2**14 < size <= 2**20
    assert tables.offsets.max() < len(tables.next_nodes) <= 2**24  # exact as float32
    assert tables.next_nodes.min() >= 0


def test_ngram_helps_an_untrained_network(corpus: Corpus) -> None:
    split = split_samples(corpus.samples, 0.2, 1)
    vocabulary = Vocabulary.from_samples(corpus.samples)
    network = make_network(vocabulary)
    recipe = replace(RECIPES["seed"], ngram_order=3)
    mixture = fit_mixture(network, split, vocabulary, recipe)
    assert mixture.ngram
    assert mixture.state_size == network.state_size + 1
    alone = fit_mixture(network, split, vocabulary, RECIPES["seed"])
    assert alone.tensors() == {}


def test_absent_case_patterns_are_not_drawn(corpus: Corpus) -> None:
    split = split_samples(corpus.samples, 0.2, 1)
    vocabulary = Vocabulary.from_samples(corpus.samples)
    mixture = fit_mixture(make_network(vocabulary), split, vocabulary, RECIPES["fast"])
    assert mixture.case_bias is not None
    names = [vocabulary.decode(ids) for ids in generate(mixture, 2000, 12, seed=1)]
    assert not any(a.islower() and b.isupper() for name in names for a, b in pairwise(name))
    assert not any(name[0].islower() for name in names if name)


Case = Callable[[str], str]


def cases_after(samples: Iterable[str]) -> dict[str, Counter[str]]:
    """Count upper and lower case letters after a start, an upper and a lower case letter."""
    counts = {kind: Counter[str]() for kind in ("start", "upper", "lower")}
    for sample in samples:
        for before, letter in pairwise(["", *sample]):
            kind = "start" if not before else _case(before)
            if kind and _case(letter):
                counts[kind][_case(letter)] += 1
    return counts


def _case(letter: str) -> str:
    return "upper" if letter.isupper() else "lower" if letter.islower() else ""


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text("abcé -", min_size=2, max_size=7), min_size=30, max_size=50),
    st.sets(st.sampled_from([str.title, str.lower, str.upper, str.swapcase]), min_size=1),
    st.integers(0, 2),
)
def test_case_patterns_of_any_list_are_respected(
    words: list[str], styles: set[Case], seed: int
) -> None:
    samples = [style(word) for style in styles for word in words]
    split = split_samples(samples, 0.2, seed)
    vocabulary = Vocabulary.from_samples([*samples, "aB"])
    network = make_network(vocabulary)
    recipe = replace(RECIPES["fast"], ngram_order=3)
    drawn, free = (
        cases_after(vocabulary.decode(ids) for ids in generate(model, 2000, 8, seed))
        for model in (fit_mixture(network, split, vocabulary, recipe), Mixture(network))
    )
    for kind, counts in cases_after(samples).items():
        for case in ("upper", "lower"):
            if counts.total() >= 20 and not counts[case]:
                assert not drawn[kind][case]
                assert free[kind][case]
