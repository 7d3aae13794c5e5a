"""Counting gives true probabilities, the paper's own, and names drawn by them."""

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ngram
from model.corpus import Split, read_corpus, split_samples
from model.ngram import ORDERS, Ints, NGram
from model.vocabulary import END, START, Vocabulary

SHIPPED = Path(__file__).parents[2] / "model/corpora/names.txt"
TEXT = st.text(st.sampled_from("abcé 語"), max_size=12)
SAMPLES = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=25)


def flat(samples: list[str], vocabulary: Vocabulary) -> Ints:
    return np.array([i for s in samples for i in (START, *vocabulary.encode(s), END)])


def of_order(order: int, samples: list[str], vocabulary: Vocabulary) -> NGram:
    counted = ngram.count(flat(samples, vocabulary), len(vocabulary), order)
    return NGram(vocabulary, ngram.interpolated(counted, len(vocabulary)), len(samples))


def after(model: NGram, context: str) -> dict[int, float]:
    """The probability of every token after `context`, by id."""
    start = [START, *model.vocabulary.encode(context)]
    following = range(END, len(model.vocabulary))
    return {i: float(model.probabilities(np.array([*start, i]))[-1]) for i in following}


@given(SAMPLES, TEXT, st.integers(1, ORDERS[-1]))
def test_what_may_follow_any_context_sums_to_one_and_nothing_is_impossible(
    samples: list[str], context: str, order: int
) -> None:
    vocabulary = Vocabulary.of([*samples, "abcé 語"])  # three characters that no sample holds
    odds = after(of_order(order, samples, vocabulary), context)
    assert math.fsum(odds.values()) == pytest.approx(1, abs=1e-12)
    assert min(odds.values()) > 0


def test_a_bigram_is_what_pencil_and_paper_give() -> None:
    vocabulary = Vocabulary.of(["ab"])
    model = of_order(2, ["ab", "ab", "b"], vocabulary)
    a, b = vocabulary.encode("ab")
    # Each token by how many others it follows: a 1, b 2, the end 1; discounts 1/2, 1, 3/2; so
    # half of the mass is left to three even chances.
    one = {a: 0.5 / 4 + 0.5 / 3, b: 1 / 4 + 0.5 / 3, END: 0.5 / 4 + 0.5 / 3}
    # The start is followed by a twice and by b once: (2 - 1) / 3, (1 - 1/2) / 3, and 1/2 is left.
    assert after(model, "") == pytest.approx(
        {a: 1 / 3 + one[a] / 2, b: 0.5 / 3 + one[b] / 2, END: one[END] / 2}
    )
    assert after(model, "a")[b] == pytest.approx(1 / 2 + one[b] / 2)
    assert after(model, "b")[END] == pytest.approx(1.5 / 3 + one[END] / 2)
    nats = -sum(map(math.log, (1 / 3 + one[a] / 2, 1 / 2 + one[b] / 2, 1 / 2 + one[END] / 2))) / 3
    assert model.nats_per_character(["ab"]) == pytest.approx(nats)


def test_shorter_contexts_count_what_precedes_them_and_those_with_the_start_how_often() -> None:
    vocabulary = Vocabulary.of(["ab"])
    model = of_order(3, ["ab", "ab", "b"], vocabulary)
    one = 0.5 / 4 + 0.5 / 3
    two = (2 - 1) / 2 + one / 2  # "b, end" follows a and the start: 2 of 2, though it occurs thrice
    assert after(model, "ab")[END] == pytest.approx((2 - 1) / 2 + two / 2)
    bigram = of_order(2, ["ab", "ab", "b"], vocabulary)
    assert after(model, "") == pytest.approx(after(bigram, ""))


def test_discounts_are_chen_and_goodmans() -> None:
    numbers = np.array([1, 1, 1, 1, 2, 2, 3, 4, 9])  # n1 = 4, n2 = 2, n3 = 1, n4 = 1: Y = 1/2
    assert ngram.discounts(numbers).tolist() == [0, 0.5, 2 - 1.5 * 1 / 2, 3 - 2 * 1 / 1]


def test_too_few_counts_are_discounted_by_a_half_of_each() -> None:
    assert ngram.discounts(np.array([1, 2, 2, 7])).tolist() == [0, 0.5, 1, 1.5]


@pytest.fixture(scope="module")
def shipped() -> tuple[Split, Vocabulary, NGram]:
    samples = read_corpus(SHIPPED).samples
    split, vocabulary = split_samples(samples, 0.1, 1), Vocabulary.of(samples)
    return split, vocabulary, ngram.learn(split, vocabulary)


def test_held_out_names_are_foretold_far_better_than_by_single_letters(
    shipped: tuple[Split, Vocabulary, NGram],
) -> None:
    split, vocabulary, model = shipped
    letters = of_order(1, split.train, vocabulary).nats_per_character(split.test)
    assert model.nats_per_character(split.test) < letters - 0.5
    assert model.nats_per_character(split.train) < model.nats_per_character(split.test)


def test_the_order_is_the_one_that_foretells_the_validation_samples_best(
    shipped: tuple[Split, Vocabulary, NGram],
) -> None:
    split, vocabulary, model = shipped
    tried = {
        order: of_order(order, split.train, vocabulary).nats_per_character(split.validation)
        for order in ORDERS
    }
    assert len(model.levels) == min(tried, key=tried.__getitem__)
    assert model.nats_per_character(split.validation) == pytest.approx(min(tried.values()))


def test_samples_shorter_than_the_order_are_learnt() -> None:
    split = Split(list("abcab"), ["a"], ["b"])
    model = ngram.learn(split, Vocabulary.of("abc"))
    assert model.nats_per_character(["a"]) < model.nats_per_character(["c"])
    assert set(model.draw(200, 2000, seed=1)) > set("abc")


def test_names_are_drawn_by_the_probabilities() -> None:
    vocabulary = Vocabulary.of(["abc"])
    model = of_order(3, ["ab", "ab", "b", "abca", "aab", "cab"], vocabulary)
    names = model.draw(20_000, 50, seed=3)
    followers: dict[str, Counter[int]] = {}
    for name in names:
        tokens = [*vocabulary.encode(name), END]
        for i, token in enumerate(tokens[:4]):
            followers.setdefault(name[:i], Counter())[token] += 1
    tested = [context for context, seen in followers.items() if seen.total() > 1500]
    assert {"", "a", "b", "ab"} <= set(tested)
    for context in tested:
        seen, odds = followers[context], after(model, context)
        square = sum(
            (seen[i] - seen.total() * p) ** 2 / (seen.total() * p) for i, p in odds.items()
        )
        assert square < 16.3  # chi-square of 3 degrees of freedom, odds 0.001


def test_drawing_repeats_by_its_seed_and_keeps_to_the_length(
    shipped: tuple[Split, Vocabulary, NGram],
) -> None:
    model = shipped[2]
    names = model.draw(300, 5, seed=4)
    assert names == model.draw(300, 5, seed=4) != model.draw(300, 5, seed=5)
    assert max(map(len, names)) == 5
    assert all("<" not in name for name in names)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=3, max_size=30))
def test_no_alphabet_is_too_large_and_no_text_special(samples: list[str]) -> None:
    vocabulary = Vocabulary.of(samples)
    model = ngram.learn(Split(samples[1:-1], samples[:1], samples[-1:]), vocabulary)
    assert 0 < model.nats_per_character(samples[-1:]) < math.inf
    assert all(set(name) <= set(vocabulary.characters) for name in model.draw(20, 30, seed=1))


def test_of_a_large_corpus_a_part_is_learnt_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram, "MOST_TOKENS", 103)
    samples = ["".join(pair) for pair in pairwise("abcdefghij" * 20)]  # four tokens each
    model = ngram.learn(Split(samples, ["ab"], ["bc"]), Vocabulary.of(samples))
    assert model.samples == 25
