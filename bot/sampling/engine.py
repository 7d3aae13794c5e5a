"""The async front of the sampler: many questions share each step, and the event loop stays free.

Continuous batching (Yu et al. 2022, "Orca: A Distributed Serving System for Transformer-Based
Generative Models"): whatever waits gives its rows to the next step, so a question joins between two
characters of the others and leaves when it is answered.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from .artifact import Artifact, Floats, Ids
from .blending import blend
from .names import names
from .request import Request, RequestError
from .scoring import Score, score
from .search import top_names
from .steps import StepGenerator

T = TypeVar("T")

STEP_ROWS = 256
"""Rows in one step, at most: a larger batch is hardly quicker, and the others wait longer for it.
What a question asks for beyond its turn waits for the next."""

INLINE_ROWS = 32
"""Rows that are waiting, up to which a step is taken on the event loop's own thread: it is over
about as soon as another thread would have begun it."""

_LOOP_SECONDS = 0.002
"""Where a step on the event loop took longer than that, the rest goes to the thread after all."""

_SLICE_SECONDS = 0.05
"""For how long the thread goes on before it asks whether it is still needed."""


@dataclass
class _Question(Generic[T]):
    """Steps in progress: the rows that they wait for, and the parts already taken of those."""

    steps: StepGenerator[T]
    answer: asyncio.Future[T]
    asked: tuple[Ids, Floats] | None = None
    taken: int = 0
    parts: list[tuple[Floats, Floats]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that wait for a step; 1 where they have yet to begin."""
        return len(self.asked[0]) - self.taken if self.asked else 1


class Engine:
    """Answers questions about one sampler's artifact from shared batches.

    The same seed gives the same names as alone, as each request draws from its own generator; only
    where rounding differs between sizes of a batch, about one character in a million may differ.

    It goes, with its thread and its session, as soon as nobody refers to it.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self._questions: deque[_Question[Any]] = deque()
        self._driver: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sampling")
        self._closed = False

    async def names(self, request: Request) -> list[str]:
        """Return names as `names.names` does; raises `RequestError`."""
        return await self.run(names(self.artifact, request))

    async def score(self, name: str) -> Score:
        """Return how well `name` fits the style; raises `RequestError`."""
        return await self.run(score(self.artifact, name))

    async def top_names(self, prefix: str, count: int = 5) -> list[tuple[str, float]]:
        """Return the likeliest names with their probability; see `bot.sampling.search`."""
        return await self.run(top_names(self.artifact, prefix, count))

    async def blend(
        self,
        first: str,
        second: str,
        count: int = 5,
        seed: int | None = None,
        is_allowed: Callable[[str], bool] | None = None,
    ) -> list[str]:
        """Return names between two names; see `bot.sampling.blending`. Raises `RequestError`."""
        return await self.run(blend(self.artifact, first, second, count, seed, is_allowed))

    async def run(self, steps: StepGenerator[T]) -> T:
        """Return what `steps`, which are of this artifact, come to; what they raise is raised here.

        When the caller is cancelled they are closed, before the next step. Raises `RuntimeError`
        after `close`.
        """
        if self._closed:
            raise RuntimeError("the engine is closed; make another")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._questions.append(_Question(steps, answer))
        if self._driver is None or self._driver.done():
            self._driver = loop.create_task(self._drive())
        try:
            return await answer
        finally:
            del answer  # a refusal's traceback holds this frame, and would so hold itself

    def close(self) -> None:
        """Let the thread go; what waits is cancelled."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _drive(self) -> None:
        """Take steps for as long as anything waits: with few rows here, with many on the thread."""
        inline = INLINE_ROWS
        try:
            while self._questions and not self._closed:
                if not inline or sum(question.rows for question in self._questions) > inline:
                    loop = asyncio.get_running_loop()
                    await loop.run_in_executor(self._thread, self._go_on)
                    continue
                began = time.perf_counter()
                self._step(inline)
                if time.perf_counter() - began > _LOOP_SECONDS:
                    inline = 0
                await asyncio.sleep(0)
        finally:
            for question in self._questions:
                question.answer.cancel()
            self._questions.clear()
            self._driver = None

    def _go_on(self) -> None:
        until = time.perf_counter() + _SLICE_SECONDS
        while self._questions and not self._closed and time.perf_counter() < until:
            self._step(STEP_ROWS)

    def _step(self, room: int) -> None:
        """Take one step of up to `room` rows for those whose turn it is, and let them go on."""
        if turns := self._turns(room):
            self._take(turns)

    def _turns(self, room: int) -> list[tuple[_Question[Any], int]]:
        """Take questions off the queue's front, with as many rows of each as still fit."""
        turns: list[tuple[_Question[Any], int]] = []
        while room and self._questions:
            question = self._questions.popleft()
            if question.answer.cancelled():
                with contextlib.suppress(Exception):
                    question.steps.close()
            elif question.asked or _advance(question, None):
                rows = min(question.rows, room)
                turns.append((question, rows))
                room -= rows
        return turns

    def _take(self, turns: list[tuple[_Question[Any], int]]) -> None:
        try:
            logits, state = _step(self.artifact, turns)
        except Exception as error:  # onnxruntime's errors share no base class
            if len(turns) == 1:
                _settle(turns[0][0].answer, asyncio.Future.set_exception, error)
            else:  # only the one that asked for what cannot be done shall hear of it
                for turn in turns:
                    self._take([turn])
            return
        at = 0
        for question, rows in turns:
            if _receive(question, logits[at : at + rows], state[at : at + rows]):
                self._questions.append(question)
            at += rows


def _step(artifact: Artifact, turns: list[tuple[_Question[Any], int]]) -> tuple[Floats, Floats]:
    tokens, states = [], []
    for question, rows in turns:
        if question.asked:
            token, state = question.asked
            tokens.append(token[question.taken :][:rows])
            states.append(state[question.taken :][:rows])
    return artifact.step(np.concatenate(tokens), np.concatenate(states))


def _receive(question: _Question[Any], logits: Floats, state: Floats) -> bool:
    """Give `question` what a step said of its rows; return whether it waits for another."""
    question.parts.append((logits, state))
    question.taken += len(logits)
    if question.rows:
        return True
    parts, question.parts, question.taken = question.parts, [], 0
    if len(parts) == 1:
        return _advance(question, parts[0])
    logits, state = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _advance(question, (logits, state))


def _advance(question: _Question[Any], said: tuple[Floats, Floats] | None) -> bool:
    """Let `question` go on to its next rows; settle it, and return False, if it has none."""
    try:
        question.asked = question.steps.send(said) if said else next(question.steps)
    except StopIteration as done:
        _settle(question.answer, asyncio.Future.set_result, done.value)
    except RequestError as refused:  # nobody reads where; the frames there would hold the artifact
        _settle(question.answer, asyncio.Future.set_exception, refused.with_traceback(None))
    except Exception as error:  # whatever it is, it is for the one who asked
        _settle(question.answer, asyncio.Future.set_exception, error)
    else:
        return True
    return False


def _settle(answer: asyncio.Future[T], how: Callable[..., None], what: object) -> None:
    """Have the event loop give `answer` its value or error, unless it is cancelled by then."""

    def give() -> None:
        if not answer.done():
            how(answer, what)

    answer.get_loop().call_soon_threadsafe(give)
