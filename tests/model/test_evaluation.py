"""Reports have the numbers that one would calculate by hand."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model.batches import END, START, EncodedSamples, Vocabulary
from model.corpus import Split, sample_digest
from model.evaluation import (
    Report,
    evaluate,
    generate,
    length_distance,
    loss_report,
    nats_per_character,
    unigram_nats,
)
from model.network import CharRNN
from model.recipes import RECIPES

NAMES = st.lists(st.text("ab", min_size=0, max_size=9), min_size=1, max_size=30)


def constant_network(vocabulary: Vocabulary, odds: dict[int, float]) -> CharRNN:
    """A network that gives the same `odds` to the next character after any text."""
    network = CharRNN(len(vocabulary), replace(RECIPES["seed"], hidden_size=4)).eval()
    with torch.no_grad():
        network.output.weight.zero_()
        network.output.bias.copy_(
            torch.tensor([odds.get(i, 1e-30) for i in range(len(vocabulary))]).log()
        )
    return network


def test_nats_count_ends_but_not_padding() -> None:
    vocabulary = Vocabulary.from_samples(["a", "abbb"])
    network = constant_network(vocabulary, {END: 0.5, 2: 0.25, 3: 0.25})
    # "a" is 1 character and an end, "abbb" is 4 and an end.
    expected = (5 * math.log(4) + 2 * math.log(2)) / 7
    encoded = EncodedSamples.from_samples(["a", "abbb"], vocabulary)
    assert nats_per_character(network, encoded) == pytest.approx(expected, abs=1e-5)


def test_nats_do_not_depend_on_batching() -> None:
    samples = ["a", "abab" * 9, "bb", "ba" * 30]
    vocabulary = Vocabulary.from_samples(samples)
    torch.manual_seed(0)
    network = CharRNN(len(vocabulary), RECIPES["seed"])

    def nats(part: list[str]) -> float:
        return nats_per_character(network, EncodedSamples.from_samples(part, vocabulary))

    alone = [nats([sample]) * (len(sample) + 1) for sample in samples]
    expected = sum(alone) / sum(len(sample) + 1 for sample in samples)
    assert nats(samples) == pytest.approx(expected, abs=1e-5)


def test_generated_names_follow_the_odds() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    network = constant_network(vocabulary, {START: 10.0, END: 0.5, 2: 0.4, 3: 0.1})
    names = generate(network, 4000, 50, seed=1)
    ids = [i for name in names for i in name]
    assert set(ids) == {2, 3}
    assert len(ids) / len(names) == pytest.approx(1.0, abs=0.1)  # geometric lengths, odds 1/2
    assert ids.count(2) / len(ids) == pytest.approx(0.8, abs=0.03)


def test_seed_repeats_the_names() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    network = constant_network(vocabulary, {2: 0.5, 3: 0.5})
    names = generate(network, 5, 7, seed=4)
    assert [len(name) for name in names] == [7] * 5
    assert names == generate(network, 5, 7, seed=4) != generate(network, 5, 7, seed=5)


def test_shares_of_new_and_distinct_names() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    network = constant_network(vocabulary, {2: 0.5, 3: 0.5})  # "a" or "b" with equal odds
    report = evaluate(network, vocabulary, Split([], [], ["a", "b"]), {sample_digest("a")}, 1)
    assert report.drawn == 5000
    assert report.share_new == pytest.approx(0.5, abs=0.05)
    assert report.share_unique == 2 / 5000
    assert report.length_distance == 0
    assert report.unigram_nats is None  # nothing to learn from
    assert report.bits_per_character == pytest.approx(report.nats_per_character / math.log(2))
    assert report.perplexity == pytest.approx(math.exp(report.nats_per_character))


def test_unseen_samples_are_scored_separately() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    network = constant_network(vocabulary, {END: 0.5, 2: 0.4, 3: 0.1})

    def report_of(train: list[str]) -> Report:
        return evaluate(network, vocabulary, Split(train, ["b"], ["a", "a", "b"]), set(), 5)

    all_nats = -(math.log(0.4) * 2 + math.log(0.1) + math.log(0.5) * 3) / 6
    report = report_of(["a", "ab"])
    assert report.nats_per_character == pytest.approx(all_nats, abs=1e-5)
    assert report.unseen_nats_per_character == pytest.approx(-math.log(0.1 * 0.5) / 2, abs=1e-5)
    assert report.held_out_samples == 3
    assert report.unigram_nats == unigram_nats(["a", "ab"], ["a", "a", "b"])
    assert report_of(["ab"]).unseen_nats_per_character is None  # no overlap
    assert report_of(["a", "b"]).unseen_nats_per_character is None  # nothing unseen


def test_unigram_nats() -> None:
    # Frequencies plus one of a, b, c and the end, after "aab" and "a": 4, 2, 1 and 3 of 10.
    expected = -math.log(0.4 * 0.1 * 0.3) / 3
    assert unigram_nats(["aab", "a"], ["ac"]) == pytest.approx(expected)
    assert unigram_nats(["aab", "a"], ["ac", "ac"]) == pytest.approx(expected)


def test_old_report_is_read() -> None:
    old = TypeAdapter(Report).validate_python(
        {
            "nats_per_character": 2.0,
            "bits_per_character": 2.9,
            "perplexity": 7.4,
            "held_out_samples": 3,
        }
    )
    assert (old.drawn, old.unseen_nats_per_character) == (None, None)
    assert old.perplexity == pytest.approx(loss_report(2.0, 3).perplexity, abs=0.1)


def test_length_distance() -> None:
    assert length_distance(["a", "bb"], ["aaa", "bbbb"]) == pytest.approx(2)


@given(NAMES, NAMES, NAMES)
def test_length_distance_is_a_metric(one: list[str], two: list[str], three: list[str]) -> None:
    assert length_distance(one, one) == 0
    assert length_distance(one, two) == pytest.approx(length_distance(two, one))
    detour = length_distance(one, three) + length_distance(three, two)
    assert length_distance(one, two) <= detour + 1e-9
