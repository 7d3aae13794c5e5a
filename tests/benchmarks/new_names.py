"""New names: what `new:yes` does to the quality and speed of the shipped styles.

    python -m tests.benchmarks.new_names

prints a row for each style, prefix and temperature: the share of names that are in the list with
`new:no`, the mean nats a character of names with `new:no` and `new:yes`, and the ratio of their CPU
times, over 20 answers of 25 names.
"""

import statistics
from itertools import product

from bot.library import SHIPPED
from bot.sampling import Artifact, Request

from ..sampler import Sampler
from .benchmark import time_ratio

_ANSWERS, _COUNT = 20, 25
_SCORED = 300


def main() -> None:
    """Print the table in Markdown."""
    print("| style, prefix, temperature | in the list | nats | CPU time |\n|---|---|---|---|")  # noqa: T201
    for style, prefix, temperature in product(
        ("names", "surnames", "dinosaurs"), ("", "Tr"), (0.9, 0.5)
    ):
        sampler = Sampler(Artifact.open(SHIPPED / f"{style}.onnx"))
        title = f"{style}, {f'`{prefix}`' if prefix else 'none'}, {temperature}"
        print(f"| {title} | {_row(sampler, prefix, temperature)} |", flush=True)  # noqa: T201


def _row(sampler: Sampler, prefix: str, temperature: float) -> str:
    def draw(*, new_only: bool) -> list[str]:
        requests = (
            Request(prefix, _COUNT, temperature, seed=seed, new_only=new_only)
            for seed in range(_ANSWERS)
        )
        return [name for request in requests for name in sampler.names(request)]

    every, new = draw(new_only=False), draw(new_only=True)
    known = statistics.fmean(sampler.artifact.are_in_corpus(every))
    before, after = (
        statistics.fmean(sampler.score(name).nats for name in names[:_SCORED])
        for names in (every, new)
    )
    ratio = time_ratio(lambda: draw(new_only=True), lambda: draw(new_only=False), repeats=3)
    return f"{known:.0%} | {before:.2f} → {after:.2f} | {ratio:.2f}"


if __name__ == "__main__":
    main()
