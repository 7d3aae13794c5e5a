"""Pictures show what they are given, and appear whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from model.checkpoint import Measure
from model.plots import length_histogram, loss_curve


@settings(max_examples=8)
@given(lengths=st.lists(st.integers(1, 2000), min_size=1, max_size=30))
def test_a_histogram_of_any_lengths_is_a_png(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int]
) -> None:
    path = tmp_path_factory.mktemp("plot") / "lengths.png"
    length_histogram(["x" * n for n in lengths], path)
    assert imread(path).shape[:2] == (480, 840)


def test_other_losses_give_another_picture(tmp_path: Path) -> None:
    falling = [Measure(i * 10, 4.0 - i / 5, 4.1 - i / 5) for i in range(8)]
    loss_curve(falling, tmp_path / "falling.png")
    loss_curve(
        [Measure(m.step, 5 - m.loss, 5 - m.held_out) for m in falling], tmp_path / "rising.png"
    )
    assert (imread(tmp_path / "falling.png") != imread(tmp_path / "rising.png")).any()


def test_a_picture_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lengths.png"
    length_histogram(["a"], path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        length_histogram(["a", "bb"], path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
