"""Step generators: queries that yield rows for the network and receive its output.

Each query is a generator, so it doesn't know which other rows share its batch. `run_steps` runs one
generator by itself; the engine runs many of them in shared batches.
"""

from collections.abc import Generator
from typing import TypeVar

import numpy as np

from .artifact import Artifact, Floats, Ids
from .vocabulary import END, START

T = TypeVar("T")

StepGenerator = Generator[tuple[Ids, Floats], tuple[Floats, Floats], T]
"""Yields token int64 [B] and state float32 [B, S]; B may change at each step. Receives logits
float32 [B, V] and next state float32 [B, S], which it may modify. Returns its result."""


def run_steps(artifact: Artifact, steps: StepGenerator[T]) -> T:
    """Run `steps` to its end in batches of its own; raises what it raises."""
    try:
        inputs = next(steps)
        while True:
            inputs = steps.send(artifact.step(*inputs))
    except StopIteration as stop:
        result: T = stop.value
        return result


def prefill(artifact: Artifact, text: str) -> StepGenerator[list[tuple[Floats, Floats]]]:
    """Return logits [1, V] and state [1, S] after the start token and after each character."""
    state = np.zeros((1, artifact.state_size), np.float32)
    outputs = []
    for token in (START, *artifact.vocabulary.encode(text)):
        logits, state = yield np.array([token]), state
        outputs.append((logits, state))
    return outputs


def start_after(artifact: Artifact, prefix: str) -> StepGenerator[tuple[Floats, Floats]]:
    """Return logits [1, V] and state [1, S] after `prefix`; the empty name gets probability 0."""
    *_, (logits, state) = yield from prefill(artifact, prefix)
    if not prefix:
        logits[:, END] = -np.inf
    return logits, state
