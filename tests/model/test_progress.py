"""A training is followed by a moving bar in a terminal and by a few lines elsewhere."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

from model.corpus import Corpus
from model.progress import NAMES, show
from model.recipes import Recipe
from model.training import train


def followed(corpus: Corpus, recipe: Recipe, folder: Path, *, terminal: bool) -> str:
    out = StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    assert show(train(corpus, recipe, folder), console).facts.finished
    return out.getvalue()


def test_elsewhere_it_is_ten_plain_lines_however_many_measurements(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    lines = followed(
        corpus, replace(tiny, steps=80, measure_every=2, patience=0), tmp_path, terminal=False
    ).splitlines()
    assert [int(line.split()[1]) for line in lines] == list(range(8, 81, 8))
    assert "\x1b" not in "".join(lines)


def test_a_line_tells_both_losses_and_drawn_names(
    corpus: Corpus, tiny: Recipe, tmp_path: Path
) -> None:
    line = followed(corpus, tiny, tmp_path, terminal=False).splitlines()[-1]
    assert line.startswith("step    40  loss ")
    assert "  held out " in line
    assert len(line.split(" s  ", 1)[1].split(" ")) >= NAMES


def test_a_terminal_sees_speed_and_time_left(corpus: Corpus, tiny: Recipe, tmp_path: Path) -> None:
    out = followed(corpus, tiny, tmp_path, terminal=True)
    assert "steps/s" in out
    assert "40/40" in out
    assert out.endswith("\x1b[2K")


def test_names_with_brackets_are_shown_as_they_are(tiny: Recipe, tmp_path: Path) -> None:
    samples = tuple(f"[{c}]" * 3 for c in "abcdefghijklmnopqrstuvwxyz")
    corpus = Corpus(tmp_path / "names.txt", samples)
    recipe = replace(tiny, steps=300, measure_every=100, rate=2e-2, dropout=0.0, patience=0)
    line = followed(corpus, recipe, tmp_path / "run", terminal=False).splitlines()[-1]
    assert "][" in line
