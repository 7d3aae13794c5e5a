"""Pictures, as PNG: how long the samples are, and how the loss went."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from model.checkpoint import Measure
from model.publish import publish


def length_histogram(samples: Sequence[str], path: Path) -> None:
    """Draw how many samples have how many characters; raises `OSError`."""
    lengths = [len(sample) for sample in samples]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    low, high = min(lengths), max(lengths)
    axes.hist(lengths, bins=min(100, high - low + 1), range=(low - 0.5, high + 0.5), rwidth=0.9)
    axes.set(xlabel="length in characters", ylabel="samples", title=f"{len(samples):,} samples")
    _write(figure, path)


def loss_curve(history: Sequence[Measure], path: Path) -> None:
    """Draw both losses over the steps, and mark the best; raises `OSError`."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    steps = [m.step for m in history]
    axes.plot(steps, [m.loss for m in history], label="learnt from")
    axes.plot(steps, [m.held_out for m in history], label="held out")
    best = min(history, key=lambda m: m.held_out)
    axes.plot(best.step, best.held_out, "o", label=f"best: {best.held_out:.3f}")
    axes.set(xlabel="step", ylabel="nats per character")
    axes.legend()
    _write(figure, path)


def _write(figure: Figure, path: Path) -> None:
    image = BytesIO()
    figure.savefig(image, format="png", dpi=120)
    publish(path, image.getvalue())
