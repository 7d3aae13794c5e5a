"""How long the samples are is told in few numbers, for a picture."""

from hypothesis import given
from hypothesis import strategies as st

from model.corpus import length_counts


@given(st.lists(st.integers(1, 300).map("x".__mul__), min_size=1, max_size=200), st.integers(1, 90))
def test_lengths_are_counted_in_few_ascending_groups_that_lose_none(
    samples: list[str], most: int
) -> None:
    counted = length_counts(samples, most)
    starts = [length for length, _ in counted]
    assert starts == sorted(set(starts))
    assert starts[0] == min(map(len, samples))
    assert len(counted) <= most
    for i, (length, count) in enumerate(counted):
        after = starts[i + 1] if i + 1 < len(starts) else 301
        assert count == sum(length <= len(sample) < after for sample in samples) > 0


def test_lengths_that_are_few_are_counted_each_for_itself() -> None:
    assert length_counts(["a", "bb", "cc", "x" * 60]) == ((1, 1), (2, 2), (60, 1))
    assert length_counts(["a", "bb", "cc", "x" * 61]) == ((1, 3), (61, 1))
