"""Batches have every sample once, padded to their longest, in an order set by the seed."""

from itertools import islice

import torch
from hypothesis import given
from hypothesis import strategies as st

from model.batches import END, PADDING, START, EncodedSamples, Vocabulary

SAMPLES = st.lists(st.text("abc #", min_size=1, max_size=12), min_size=1, max_size=60)


def encode(samples: list[str]) -> EncodedSamples:
    return EncodedSamples.from_samples(samples, Vocabulary.from_samples(samples))


@given(SAMPLES, st.integers(1, 20), st.integers(0, 9))
def test_epoch_has_every_sample_once(samples: list[str], size: int, seed: int) -> None:
    batches = encode(samples).epoch_batches(size, 200, (seed, 0))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(samples)))
    assert sum(len(rows) < size for rows in batches) <= 1


@given(SAMPLES, st.data())
def test_batch_is_padded_to_its_longest(samples: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary.from_samples(samples)
    rows = data.draw(st.lists(st.integers(0, len(samples) - 1), min_size=1, max_size=8))
    encoded = EncodedSamples.from_samples(samples, vocabulary)
    inputs, targets = encoded.batch(torch.tensor(rows))
    assert inputs.shape == targets.shape == (len(rows), 1 + max(len(samples[r]) for r in rows))
    for row, row_inputs, row_targets in zip(rows, inputs.tolist(), targets.tolist(), strict=True):
        ids = vocabulary.encode(samples[row])
        assert row_inputs[: len(ids) + 1] == [START, *ids]
        assert row_targets[: len(ids) + 1] == [*ids, END]
        assert set(row_targets[len(ids) + 1 :]) <= {PADDING}


@given(SAMPLES, st.integers(1, 20), st.integers(1, 13), st.integers(0, 40))
def test_windows_cover_an_epoch_and_resume(
    samples: list[str], size: int, length: int, skip: int
) -> None:
    encoded = encode(samples)
    covered = torch.zeros(len(samples), dtype=torch.int64)
    windows = encoded.windows(size, length, seed=3, skip=0)
    steps = []
    while bool((covered < encoded.lengths - 1).any()):
        rows, start, epochs = next(windows)
        assert torch.equal(covered[rows], torch.full((len(rows),), start))
        _, targets = encoded.batch(rows, start, length)
        assert targets.shape[1] <= length
        covered[rows] += (targets != PADDING).sum(dim=1)
        assert 0 < epochs <= 1
        steps.append((rows, start, epochs))
    assert torch.equal(covered, encoded.lengths - 1)
    assert epochs == 1
    steps += islice(windows, skip + 1)
    rows, *rest = next(encoded.windows(size, length, seed=3, skip=skip))
    assert torch.equal(rows, steps[skip][0])
    assert tuple(rest) == steps[skip][1:]


def test_seed_determines_the_order() -> None:
    encoded = encode([chr(97 + i % 26) * (1 + i % 9) for i in range(200)])

    def order(*seed: int) -> list[int]:
        return torch.cat(encoded.epoch_batches(16, 200, (seed[0], seed[1]))).tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) != order(2, 0)


def test_batches_have_similar_lengths() -> None:
    encoded = encode([chr(97 + i % 26) * (1 + i % 16) for i in range(256)])
    spreads = [
        int(encoded.lengths[rows].max() - encoded.lengths[rows].min())
        for rows in encoded.epoch_batches(16, 200, (1, 0))
    ]
    assert max(spreads) <= 1


def test_long_samples_make_small_batches() -> None:
    samples = ["ab" * (1 + i * 30) for i in range(64)]  # 2 to 3,782 characters
    encoded = encode(samples)
    batches = encoded.epoch_batches(32, 200, (1, 0))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(samples)))
    for rows in batches:
        inputs, _ = encoded.batch(rows, 0, 200)
        assert inputs.numel() <= 1024
    assert max(map(len, batches)) == 5


@given(SAMPLES, st.integers(1, 100))
def test_evaluation_batches_limit_tokens(samples: list[str], max_tokens: int) -> None:
    encoded = encode(samples)
    batches = list(encoded.evaluation_batches(max_tokens))
    assert sorted(torch.cat(batches).tolist()) == list(range(len(samples)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * int(encoded.lengths[rows].max()) <= max_tokens
