"""Mixes: ways to mix two styles, by the names that they give.

    python -m tests.benchmarks.mixes names dinosaurs

prints a row for each way, over 200 new names: fixed shares (`SHARE`), and the geometric mean of
the two distributions. A name is from neither style if its nats per character are above the 95 %
quantile of the list, under each of the two. It is of both if it has three letters in a row that
only the first list has, and three that only the second one has.
"""

import sys
from statistics import fmean
from unittest import mock

import numpy as np

from bot.library import SHIPPED
from bot.sampling import Artifact, Request, RequestError
from bot.sampling.artifact import Floats, Ids
from bot.sampling.mix import MixedModel, Part
from model.catalogue import CORPORA

from ..sampler import Sampler

_REQUEST = Request(count=200, temperature=0.9, seed=1, new_only=True)
_SHARES = {
    "0 (each name from one)": 1e-6,
    "0.3": 0.3,
    "0.5": 0.5,
    "0.7": 0.7,
    "1 (no share)": 0.9999,
}


class _GeometricMix(MixedModel):
    """A mix with the geometric mean of the distributions; its weights must stay equal."""

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character, as `MixedModel.step` does."""
        logits, next_state = super().step(token, state)
        size = len(self.vocabulary)
        shares = next_state[:, : 2 * size].reshape(-1, 2, size)
        return logits + np.log(shares + 1e-6).mean(axis=1), next_state


def main() -> None:
    """Print the table in Markdown, and the first names of each way."""
    styles = sys.argv[1:3]
    parts = [Part(style, Artifact.open(SHIPPED / f"{style}.onnx")) for style in styles]
    lists = [
        _triples((CORPORA / f"{style}.txt").read_text(encoding="utf-8").split("\n"))
        for style in styles
    ]
    print("| share | neither | both | nats | letters | names |\n|---|---|---|---|---|---|")  # noqa: T201
    for title, share in (*_SHARES.items(), ("geometric mean", 0.9999)):
        with mock.patch("bot.sampling.mix.SHARE", share):
            kind = _GeometricMix if title.startswith("geometric") else MixedModel
            model = kind(parts)
        model.corpus_quantiles = np.zeros(101)  # else each score draws names to compare with
        row = _row(Sampler(model), parts, lists)
        print(f"| {title} | {row} |", flush=True)  # noqa: T201


def _row(mix: Sampler, parts: list[Part], lists: list[set[str]]) -> str:
    names = mix.names(_REQUEST)
    neither = [all(_is_unlike(part.artifact, name) for part in parts) for name in names]
    only = (lists[0] - lists[1], lists[1] - lists[0])
    both = [all(_triples([name]) & own for own in only) for name in names]
    nats, letters = fmean(mix.score(name).nats for name in names), fmean(map(len, names))
    shown = ", ".join(names[:8])
    return f"{fmean(neither):.0%} | {fmean(both):.1%} | {nats:.2f} | {letters:.1f} | {shown}"


def _is_unlike(artifact: Artifact, name: str) -> bool:
    try:
        return Sampler(artifact).score(name).nats > float(artifact.corpus_quantiles[95])
    except RequestError:  # a letter that the style doesn't use
        return True


def _triples(names: list[str]) -> set[str]:
    """Return all three letters in a row, in lower case."""
    lower = [name.lower() for name in names]
    return {name[i : i + 3] for name in lower for i in range(len(name) - 2)}


if __name__ == "__main__":
    main()
