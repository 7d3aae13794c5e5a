"""Work that advances by steps of the network, whoever takes them.

A drawing, a score or a search is a generator: it yields the rows that it wants advanced, and is
sent what the network says of them. So it never knows which rows share its batch: `run_steps` runs
one by itself, the engine drives all that are waiting as one.
"""

from collections.abc import Generator
from typing import TypeVar

from .artifact import Artifact, Floats, Ids

T = TypeVar("T")

StepGenerator = Generator[tuple[Ids, Floats], tuple[Floats, Floats], T]
"""Yields token int64 [B] and state float32 [B, S], B as it likes each time; is sent logits float32
[B, V] and next state float32 [B, S], which are its own to write into; returns its result."""


def run_steps(artifact: Artifact, steps: StepGenerator[T]) -> T:
    """Drive `steps` to its end with batches of its own; what it raises passes through."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(artifact.step(*asked))
    except StopIteration as done:
        result: T = done.value
        return result
