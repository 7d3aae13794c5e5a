"""Batches hold each sample once, trimmed to their longest, and follow from the seed."""

from itertools import islice

import torch
from hypothesis import given
from hypothesis import strategies as st

from model.batches import PADDING, Encoded
from model.vocabulary import END, START, Vocabulary

SAMPLES = st.lists(st.text("abc #", min_size=1, max_size=12), min_size=1, max_size=60)


@given(SAMPLES, st.integers(1, 20), st.integers(0, 9))
def test_an_epoch_serves_every_sample_once(samples: list[str], size: int, seed: int) -> None:
    encoded = Encoded.of(samples, Vocabulary.of(samples))
    batches = encoded.epoch(size, 200, (seed, 0))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(samples)))
    assert sum(len(rows) < size for rows in batches) <= 1


@given(SAMPLES, st.data())
def test_a_batch_is_start_to_end_and_padded_to_its_own_longest(
    samples: list[str], data: st.DataObject
) -> None:
    vocabulary = Vocabulary.of(samples)
    rows = data.draw(st.lists(st.integers(0, len(samples) - 1), min_size=1, max_size=8))
    inputs, targets = Encoded.of(samples, vocabulary).batch(torch.tensor(rows))
    assert inputs.shape == targets.shape == (len(rows), 1 + max(len(samples[r]) for r in rows))
    for row, given_ids, wanted in zip(rows, inputs.tolist(), targets.tolist(), strict=True):
        ids = vocabulary.encode(samples[row])
        assert given_ids[: len(ids) + 1] == [START, *ids]
        assert wanted[: len(ids) + 1] == [*ids, END]
        assert set(wanted[len(ids) + 1 :]) <= {PADDING}


@given(SAMPLES, st.integers(1, 20), st.integers(1, 13), st.integers(0, 40))
def test_the_windows_of_a_plan_serve_each_character_once_an_epoch_and_it_resumes_anywhere(
    samples: list[str], size: int, width: int, skip: int
) -> None:
    encoded = Encoded.of(samples, Vocabulary.of(samples))
    served = torch.zeros(len(samples), dtype=torch.int64)
    plan = encoded.plan(size, width, seed=3, skip=0)
    steps = []
    while bool((served < encoded.lengths - 1).any()):
        rows, begin, epochs = next(plan)
        assert torch.equal(served[rows], torch.full((len(rows),), begin))
        _, targets = encoded.batch(rows, begin, width)
        assert targets.shape[1] <= width
        served[rows] += (targets != PADDING).sum(dim=1)
        assert 0 < epochs <= 1
        steps.append((rows, begin, epochs))
    assert torch.equal(served, encoded.lengths - 1)
    assert epochs == 1
    steps += islice(plan, skip + 1)
    rows, *rest = next(encoded.plan(size, width, seed=3, skip=skip))
    assert torch.equal(rows, steps[skip][0])
    assert tuple(rest) == steps[skip][1:]


def test_the_same_seed_gives_the_same_epochs_and_each_epoch_its_own_order() -> None:
    samples = [chr(97 + i % 26) * (1 + i % 9) for i in range(200)]
    encoded = Encoded.of(samples, Vocabulary.of(samples))

    def order(*seed: int) -> list[int]:
        return torch.cat(encoded.epoch(16, 200, (seed[0], seed[1]))).tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) != order(2, 0)


def test_batches_mix_like_lengths() -> None:
    samples = [chr(97 + i % 26) * (1 + i % 16) for i in range(256)]
    encoded = Encoded.of(samples, Vocabulary.of(samples))
    spreads = [
        int(encoded.lengths[rows].max() - encoded.lengths[rows].min())
        for rows in encoded.epoch(16, 200, (1, 0))
    ]
    assert max(spreads) <= 1


def test_long_samples_come_in_smaller_batches() -> None:
    samples = ["ab" * (1 + i * 30) for i in range(64)]  # 2 to 3,782 characters
    encoded = Encoded.of(samples, Vocabulary.of(samples))
    batches = encoded.epoch(32, 200, (1, 0))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(samples)))
    for rows in batches:
        inputs, _ = encoded.batch(rows, 0, 200)
        assert inputs.numel() <= 4096
    assert max(map(len, batches)) == 20


@given(SAMPLES, st.integers(1, 100))
def test_rows_within_a_number_of_tokens_keep_to_it(samples: list[str], tokens: int) -> None:
    encoded = Encoded.of(samples, Vocabulary.of(samples))
    parts = list(encoded.within(tokens))
    assert sorted(torch.cat(parts).tolist()) == list(range(len(samples)))
    for rows in parts:
        assert len(rows) == 1 or len(rows) * int(encoded.lengths[rows].max()) <= tokens
