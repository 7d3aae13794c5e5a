"""Work that advances by steps of the network, whoever takes them.

A drawing, a score or a search is a generator: it yields the rows that it wants advanced, and is
sent what the network says of them. So it never knows whose rows share its batch: `alone` drives one
by itself, the engine drives all that are waiting as one.
"""

from collections.abc import Generator
from typing import TypeVar

from .artifact import Artifact, Floats, Ids

T = TypeVar("T")

Steps = Generator[tuple[Ids, Floats], tuple[Floats, Floats], T]
"""Yields token int64 [B] and state float32 [B, S], B as it likes each time; is sent logits float32
[B, V] and next state float32 [B, S], which are its own to write into; returns its result."""


def alone(artifact: Artifact, steps: Steps[T]) -> T:
    """Drive `steps` to its end with batches of its own; what it raises passes through."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(artifact.step(*asked))
    except StopIteration as done:
        result: T = done.value
        return result
