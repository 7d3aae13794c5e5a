"""Charts show their data, and are written atomically."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from model.reports import plot_lengths, plot_losses
from model.trials import Losses


@settings(max_examples=8)
@given(lengths=st.lists(st.integers(1, 2000), min_size=1, max_size=30))
def test_histogram_is_a_png(tmp_path_factory: pytest.TempPathFactory, lengths: list[int]) -> None:
    path = tmp_path_factory.mktemp("plot") / "lengths.png"
    plot_lengths(["x" * n for n in lengths], path)
    assert imread(path).shape[:2] == (480, 840)


def test_charts_of_different_losses_differ(tmp_path: Path) -> None:
    falling = [Losses(i * 10, 4.0 - i / 5, 4.1 - i / 5) for i in range(8)]
    rising = [Losses(m.step, 5 - m.train_loss, 5 - m.validation_loss) for m in falling]
    plot_losses(falling, tmp_path / "falling.png")
    plot_losses(rising, tmp_path / "rising.png")
    assert (imread(tmp_path / "falling.png") != imread(tmp_path / "rising.png")).any()


def test_failed_write_leaves_the_old_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lengths.png"
    plot_lengths(["a"], path)
    before = path.read_bytes()

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        plot_lengths(["a", "bb"], path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
