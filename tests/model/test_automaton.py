"""The automaton gives the n-gram's probabilities, and pruning keeps it small and consistent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.automaton import Automaton, build_automaton
from model.batches import START, Vocabulary
from model.ngram import NGram, build_levels, count_ngrams
from tests.model.test_ngram import SAMPLES, TEXT, concatenate, next_tokens

ORDER = st.integers(1, 8)
ALPHABET = "abcé 語"  # the samples have the first three


def build(samples: list[str], order: int, max_bytes: int = 10**6, min_count: int = 1) -> Automaton:
    vocabulary = Vocabulary.from_samples([*samples, ALPHABET])
    counts = count_ngrams(concatenate(samples, vocabulary), len(vocabulary), order)
    return build_automaton(counts, len(vocabulary), max_bytes, min_count)


def fit(samples: list[str], order: int) -> NGram:
    vocabulary = Vocabulary.from_samples([*samples, ALPHABET])
    counts = count_ngrams(concatenate(samples, vocabulary), len(vocabulary), order)
    return NGram(vocabulary, build_levels(counts, len(vocabulary)), len(samples))


def walk(automaton: Automaton, model: NGram, context: str) -> int:
    tokens = np.array([[START, *model.vocabulary.encode(context)]])
    return int(automaton.nodes(tokens)[0, -1])


@given(SAMPLES, TEXT, ORDER)
def test_unpruned_automaton_is_the_ngram(samples: list[str], context: str, order: int) -> None:
    automaton, model = build(samples, order), fit(samples, order)
    row = automaton.probabilities[walk(automaton, model, context)]
    assert row[START] == 0
    assert {i: p for i, p in enumerate(row) if i != START} == pytest.approx(
        next_tokens(model, context)
    )


@given(SAMPLES, ORDER, st.integers(30, 900), st.integers(1, 3))
def test_pruned_automaton_is_small_and_consistent(
    samples: list[str], order: int, max_bytes: int, min_count: int
) -> None:
    automaton = build(samples, order, max_bytes, min_count)
    size, vocabulary_size = automaton.next_nodes.shape
    rows, row_of = automaton.rows()
    assert size == 1 or size * (vocabulary_size + 4) + 2 * rows.size <= max_bytes
    assert (rows[row_of] == automaton.next_nodes).all()
    assert row_of[0] == 0
    assert automaton.probabilities.sum(axis=1) == pytest.approx(np.ones(size))
    assert (np.diff(automaton.lengths) >= 0).all()
    assert (automaton.next_nodes < size).all()
    assert (automaton.counts[1:] >= min_count).all()
    # A token adds one to the context at most.
    assert (automaton.lengths[automaton.next_nodes] <= automaton.lengths[:, None] + 1).all()


@given(SAMPLES, TEXT, ORDER, st.integers(30, 900))
def test_pruned_context_is_the_longest_that_is_left(
    samples: list[str], context: str, order: int, max_bytes: int
) -> None:
    automaton, model = build(samples, order, max_bytes), fit(samples, order)
    # A node's context is spelled by the way to it from node 0, without failure links.
    spelled: dict[tuple[int, ...], int] = {(): 0}
    for tokens, node in spelled.copy().items():
        spelled |= _longer(automaton, tokens, node)
    tokens = (START, *model.vocabulary.encode(context))
    suffixes = (tokens[i:] for i in range(len(tokens) + 1))
    expected = next(spelled[suffix] for suffix in suffixes if suffix in spelled)
    assert walk(automaton, model, context) == expected


def _longer(automaton: Automaton, tokens: tuple[int, ...], node: int) -> dict[tuple[int, ...], int]:
    found = {}
    for token, after in enumerate(automaton.next_nodes[node].tolist()):
        if automaton.lengths[after] == len(tokens) + 1:
            found[*tokens, token] = after
            found |= _longer(automaton, (*tokens, token), after)
    return found


def test_greatest_gain_remains() -> None:
    # After "c" comes always "é", which no shorter context knows; "a" and "b" tell little.
    samples = ["céab", "céba", "acéb", "bcéa", "abcé", "bacé"] * 4
    automaton, model = build(samples, 2, max_bytes=2 * (8 + 4) + 2 * 2 * 8), fit(samples, 2)
    assert [walk(automaton, model, text) for text in ("", "a", "b", "é", "c")] == [0, 0, 0, 0, 1]
