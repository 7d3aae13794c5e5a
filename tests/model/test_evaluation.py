"""What is told of a network is what a person would count by hand."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model.batches import Encoded
from model.corpus import Split, digest
from model.evaluation import Report, brief, draw, evaluate, length_distance, nats_per_character
from model.network import CharRNN
from model.recipes import RECIPES
from model.vocabulary import END, START, Vocabulary

NAMES = st.lists(st.text("ab", min_size=0, max_size=9), min_size=1, max_size=30)


def constant(vocabulary: Vocabulary, odds: dict[int, float]) -> CharRNN:
    """A network that gives every next character the same `odds`, whatever came before."""
    net = CharRNN(len(vocabulary), replace(RECIPES["seed"], hidden=4)).eval()
    with torch.no_grad():
        net.output.weight.zero_()
        net.output.bias.copy_(
            torch.tensor([odds.get(i, 1e-30) for i in range(len(vocabulary))]).log()
        )
    return net


def test_nats_count_the_end_and_leave_padding_out() -> None:
    vocabulary = Vocabulary.of(["a", "abbb"])
    net = constant(vocabulary, {END: 0.5, 2: 0.25, 3: 0.25})
    # "a" is 1 character and an end, "abbb" is 4 and an end.
    wanted = (5 * math.log(4) + 2 * math.log(2)) / 7
    encoded = Encoded.of(["a", "abbb"], vocabulary)
    assert nats_per_character(net, encoded) == pytest.approx(wanted, abs=1e-5)


def test_nats_do_not_depend_on_what_shares_a_batch() -> None:
    samples = ["a", "abab" * 9, "bb", "ba" * 30]
    vocabulary = Vocabulary.of(samples)
    torch.manual_seed(0)
    net = CharRNN(len(vocabulary), RECIPES["seed"])
    together = nats_per_character(net, Encoded.of(samples, vocabulary))
    alone = [nats_per_character(net, Encoded.of([s], vocabulary)) * (len(s) + 1) for s in samples]
    assert together == pytest.approx(sum(alone) / sum(len(s) + 1 for s in samples), abs=1e-5)


def test_drawn_names_follow_the_odds_and_never_hold_the_start() -> None:
    vocabulary = Vocabulary.of(["ab"])
    net = constant(vocabulary, {START: 10.0, END: 0.5, 2: 0.4, 3: 0.1})
    drawn = draw(net, 4000, 50, seed=1)
    flat = [i for row in drawn for i in row]
    assert set(flat) == {2, 3}
    assert len(flat) / len(drawn) == pytest.approx(1.0, abs=0.1)  # a geometric length of odds 1/2
    assert flat.count(2) / len(flat) == pytest.approx(0.8, abs=0.03)


def test_drawing_repeats_by_its_seed_and_keeps_to_the_length() -> None:
    vocabulary = Vocabulary.of(["ab"])
    net = constant(vocabulary, {2: 0.5, 3: 0.5})
    drawn = draw(net, 5, 7, seed=4)
    assert [len(row) for row in drawn] == [7] * 5
    assert drawn == draw(net, 5, 7, seed=4) != draw(net, 5, 7, seed=5)


def test_shares_of_new_and_of_distinct_names() -> None:
    vocabulary = Vocabulary.of(["ab"])
    net = constant(vocabulary, {2: 0.5, 3: 0.5})  # one character: "a" or "b" at even odds
    report = evaluate(net, vocabulary, Split([], [], ["a", "b"]), {digest("a")}, 1)
    assert report.drawn == 5000
    assert report.share_new == pytest.approx(0.5, abs=0.05)
    assert report.share_unique == 2 / 5000
    assert report.length_distance == 0
    assert report.bits_per_character == pytest.approx(report.nats_per_character / math.log(2))
    assert report.perplexity == pytest.approx(math.exp(report.nats_per_character))


def test_samples_that_were_learnt_from_are_told_apart() -> None:
    vocabulary = Vocabulary.of(["ab"])
    net = constant(vocabulary, {END: 0.5, 2: 0.4, 3: 0.1})

    def told(learnt: list[str]) -> Report:
        return evaluate(net, vocabulary, Split(learnt, ["b"], ["a", "a", "b"]), set(), 5)

    both = -(math.log(0.4) * 2 + math.log(0.1) + math.log(0.5) * 3) / 6
    report = told(["a", "ab"])
    assert report.nats_per_character == pytest.approx(both, abs=1e-5)
    assert report.unseen_nats_per_character == pytest.approx(-math.log(0.1 * 0.5) / 2, abs=1e-5)
    assert report.held_out_samples == 3
    assert told(["ab"]).unseen_nats_per_character is None  # nothing was learnt from
    assert told(["a", "b"]).unseen_nats_per_character is None  # everything was


def test_a_report_from_before_a_measure_was_thought_of_is_read() -> None:
    old = TypeAdapter(Report).validate_python(
        {
            "nats_per_character": 2.0,
            "bits_per_character": 2.9,
            "perplexity": 7.4,
            "held_out_samples": 3,
        }
    )
    assert (old.drawn, old.unseen_nats_per_character) == (None, None)
    assert old.perplexity == pytest.approx(brief(2.0, 3).perplexity, abs=0.1)


def test_lengths_two_characters_apart_are_at_a_distance_of_two() -> None:
    assert length_distance(["a", "bb"], ["aaa", "bbbb"]) == pytest.approx(2)


@given(NAMES, NAMES, NAMES)
def test_the_length_distance_is_a_metric(one: list[str], two: list[str], three: list[str]) -> None:
    assert length_distance(one, one) == 0
    assert length_distance(one, two) == pytest.approx(length_distance(two, one))
    detour = length_distance(one, three) + length_distance(three, two)
    assert length_distance(one, two) <= detour + 1e-9
