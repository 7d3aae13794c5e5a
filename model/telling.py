"""How far a training is, told about once a second to who is elsewhere, until they say stop."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

from model import Heed
from model.checkpoint import Checkpoint
from model.corpus import MOST_HELD_OUT, Corpus
from model.evaluation import COMPARED, draw, to_draw

Tell = Callable[[dict[str, Any]], None]

NAMES = 12
_SHOWN = 40  # characters of a name, at most: a corpus may be of whole paragraphs
_EVERY = 1.0  # seconds between two tellings
_FIRST = 5  # steps before the first: the very first ones are slow and foretell nothing
_MEASURES = 4  # that the pace is taken over
_AFTER = 3.0  # seconds, about, that the export takes


def sampled(made: Checkpoint, count: int) -> list[str]:
    """Names drawn from the best weights, `count` at most, none longer than 40 characters."""
    longest = min(made.facts.corpus.longest, _SHOWN)
    drawn = draw(made.network(), count, longest, seed=made.facts.step)
    return [name for name in map(made.vocabulary().decode, drawn) if name.strip()]


@dataclass
class Teller:
    """Follows the training of `corpus`: `watch` is for `train`, `measured` for what it yields."""

    corpus: Corpus
    steps: int
    tell: Tell
    heed: Heed
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_MEASURES))
    _losses: dict[str, Any] = field(default_factory=dict)
    _step: int = 0
    _epochs: float = 0.0
    _ended: float | None = None
    _after: float = _AFTER
    _next: float = 0.0

    def watch(self, step: int, epochs: float) -> None:
        """Tell where the training is if it is time; raises `StoppedError`."""
        self.heed()
        self._step, self._epochs = step, epochs
        now = monotonic()
        if step == self.steps and self._ended is None:
            self._ended = now
        if self._losses and step >= _FIRST and now >= self._next:
            self._tell(now)

    def measured(self, made: Checkpoint) -> None:
        """Take losses and new names from the checkpoint `made`; the first is before any step."""
        last = made.facts.history[-1]
        self._losses = {
            "loss": round(last.loss, 4),
            "held_out": round(last.held_out, 4),
            "names": sampled(made, NAMES),
        }
        now = monotonic()
        self._marks.append((now, last.step))
        if made.facts.finished and self._ended is None:
            self._ended = now  # before the last step, by patience

    def again(self) -> None:
        """Tell where the training stood, if it is time, while something else goes on."""
        self.watch(self._step, self._epochs)

    def _tell(self, now: float) -> None:
        self._next = now + _EVERY
        self.tell(
            {
                "step": self._step,
                "steps": self.steps,
                "epoch": round(self._epochs, 2),
                "seconds_left": round(self._seconds_left(now), 1),
                **self._losses,
            }
        )

    def _seconds_left(self, now: float) -> float:
        """What the rest takes at the pace of the last measurements; nobody knows of patience."""
        if self._ended is not None:
            return max(0.0, self._after - (now - self._ended))
        began, step = self._marks[0]
        pace = (now - began) / max(1, self._step - step)
        learnt = self._epochs * self._characters / self._step  # characters a step
        self._after = _AFTER + pace / learnt * self._judged
        return pace * (self.steps - self._step) + self._after

    @cached_property
    def _characters(self) -> int:
        return sum(len(sample) + 1 for sample in self.corpus.samples)

    @cached_property
    def _judged(self) -> float:
        """The characters that learning would do in the time that judging takes.

        To draw one takes as long as to learn it, to foretell one a third of that.
        """
        samples = len(self.corpus.samples)
        foretold = min(samples, COMPARED) + min(samples // 20, MOST_HELD_OUT)
        drawn = to_draw(self.corpus.longest)
        return self._characters / samples * (drawn + foretold / 3)
