"""The n-gram gives correct probabilities and draws names by them."""

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ngram
from model.batches import END, START, Vocabulary
from model.corpus import Split, read_corpus, split_samples
from model.ngram import ORDERS, Ints, NGram, fit_ngram

SHIPPED = Path(__file__).parents[2] / "model/corpora/names.txt"
TEXT = st.text(st.sampled_from("abcé 語"), max_size=12)
SAMPLES = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=25)


def concatenate(samples: list[str], vocabulary: Vocabulary) -> Ints:
    return np.array([i for s in samples for i in (START, *vocabulary.encode(s), END)])


def fit(order: int, samples: list[str], vocabulary: Vocabulary) -> NGram:
    size = len(vocabulary)
    counts = ngram.count_ngrams(concatenate(samples, vocabulary), size, order)
    return NGram(vocabulary, ngram.build_levels(counts, size), len(samples))


def next_tokens(model: NGram, context: str) -> dict[int, float]:
    """The probability of every token after `context`, by id."""
    start = [START, *model.vocabulary.encode(context)]
    tokens = range(END, len(model.vocabulary))
    return {i: float(model.probabilities(np.array([*start, i]))[-1]) for i in tokens}


@given(SAMPLES, TEXT, st.integers(1, ORDERS[-1]))
def test_probabilities_sum_to_one(samples: list[str], context: str, order: int) -> None:
    vocabulary = Vocabulary.from_samples([*samples, "abcé 語"])  # three characters unseen
    odds = next_tokens(fit(order, samples, vocabulary), context)
    assert math.fsum(odds.values()) == pytest.approx(1, abs=1e-12)
    assert min(odds.values()) > 0


def test_bigram_matches_pen_and_paper() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    model = fit(2, ["ab", "ab", "b"], vocabulary)
    a, b = vocabulary.encode("ab")
    # Each token by how many tokens precede it: a 1, b 2, end 1. The discounts are 1/2, 1 and 3/2,
    # so half of the probability is left to a uniform choice of three.
    unigram = {a: 0.5 / 4 + 0.5 / 3, b: 1 / 4 + 0.5 / 3, END: 0.5 / 4 + 0.5 / 3}
    # a follows the start twice and b once: (2 - 1) / 3 and (1 - 1/2) / 3, and 1/2 is left.
    assert next_tokens(model, "") == pytest.approx(
        {a: 1 / 3 + unigram[a] / 2, b: 0.5 / 3 + unigram[b] / 2, END: unigram[END] / 2}
    )
    assert next_tokens(model, "a")[b] == pytest.approx(1 / 2 + unigram[b] / 2)
    assert next_tokens(model, "b")[END] == pytest.approx(1.5 / 3 + unigram[END] / 2)
    odds = (1 / 3 + unigram[a] / 2, 1 / 2 + unigram[b] / 2, 1 / 2 + unigram[END] / 2)
    assert model.nats_per_character(["ab"]) == pytest.approx(-sum(map(math.log, odds)) / 3)


def test_lower_orders_count_preceding_tokens() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    model = fit(3, ["ab", "ab", "b"], vocabulary)
    unigram = 0.5 / 4 + 0.5 / 3
    # "b, end" occurs three times, but only two different tokens precede it: a and the start.
    bigram = (2 - 1) / 2 + unigram / 2
    assert next_tokens(model, "ab")[END] == pytest.approx((2 - 1) / 2 + bigram / 2)
    bigram_model = fit(2, ["ab", "ab", "b"], vocabulary)
    assert next_tokens(model, "") == pytest.approx(next_tokens(bigram_model, ""))


def test_discounts_follow_chen_and_goodman() -> None:
    numbers = np.array([1, 1, 1, 1, 2, 2, 3, 4, 9])  # n1 = 4, n2 = 2, n3 = 1, n4 = 1: Y = 1/2
    assert ngram.discounts(numbers).tolist() == [0, 0.5, 2 - 1.5 * 1 / 2, 3 - 2 * 1 / 1]


def test_discounts_of_too_few_counts() -> None:
    assert ngram.discounts(np.array([1, 2, 2, 7])).tolist() == [0, 0.5, 1, 1.5]


@pytest.fixture(scope="module")
def shipped() -> tuple[Split, Vocabulary, NGram]:
    samples = read_corpus(SHIPPED).samples
    split, vocabulary = split_samples(samples, 0.1, 1), Vocabulary.from_samples(samples)
    return split, vocabulary, fit_ngram(split, vocabulary)


def test_ngram_beats_single_letters(shipped: tuple[Split, Vocabulary, NGram]) -> None:
    split, vocabulary, model = shipped
    letters = fit(1, split.train, vocabulary).nats_per_character(split.test)
    assert model.nats_per_character(split.test) < letters - 0.5
    assert model.nats_per_character(split.train) < model.nats_per_character(split.test)


def test_order_is_best_on_validation(shipped: tuple[Split, Vocabulary, NGram]) -> None:
    split, vocabulary, model = shipped
    losses = {
        order: fit(order, split.train, vocabulary).nats_per_character(split.validation)
        for order in ORDERS
    }
    assert len(model.levels) == min(losses, key=losses.__getitem__)
    assert model.nats_per_character(split.validation) == pytest.approx(min(losses.values()))


def test_samples_shorter_than_the_order() -> None:
    split = Split(list("abcab"), ["a"], ["b"])
    model = fit_ngram(split, Vocabulary.from_samples("abc"))
    assert model.nats_per_character(["a"]) < model.nats_per_character(["c"])
    assert set(model.generate(200, 2000, seed=1)) > set("abc")


def test_names_follow_the_probabilities() -> None:
    vocabulary = Vocabulary.from_samples(["abc"])
    model = fit(3, ["ab", "ab", "b", "abca", "aab", "cab"], vocabulary)
    names = model.generate(20_000, 50, seed=3)
    followers: dict[str, Counter[int]] = {}
    for name in names:
        tokens = [*vocabulary.encode(name), END]
        for i, token in enumerate(tokens[:4]):
            followers.setdefault(name[:i], Counter())[token] += 1
    tested = [context for context, seen in followers.items() if seen.total() > 1500]
    assert {"", "a", "b", "ab"} <= set(tested)
    for context in tested:
        seen, odds = followers[context], next_tokens(model, context)
        square = sum(
            (seen[i] - seen.total() * p) ** 2 / (seen.total() * p) for i, p in odds.items()
        )
        assert square < 16.3  # chi-square with 3 degrees of freedom, p = 0.001


def test_seed_repeats_the_names(shipped: tuple[Split, Vocabulary, NGram]) -> None:
    model = shipped[2]
    names = model.generate(300, 5, seed=4)
    assert names == model.generate(300, 5, seed=4) != model.generate(300, 5, seed=5)
    assert max(map(len, names)) == 5
    assert all("<" not in name for name in names)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=3, max_size=30))
def test_any_alphabet_works(samples: list[str]) -> None:
    vocabulary = Vocabulary.from_samples(samples)
    model = fit_ngram(Split(samples[1:-1], samples[:1], samples[-1:]), vocabulary)
    assert 0 < model.nats_per_character(samples[-1:]) < math.inf
    assert all(set(name) <= set(vocabulary.characters) for name in model.generate(20, 30, seed=1))


def test_large_corpus_is_used_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram, "MAX_TOKENS", 103)
    samples = ["".join(pair) for pair in pairwise("abcdefghij" * 20)]  # four tokens each
    model = fit_ngram(Split(samples, ["ab"], ["bc"]), Vocabulary.from_samples(samples))
    assert model.samples == 25
