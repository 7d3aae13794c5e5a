"""Engine: answers many queries at once from shared batches, without blocking the event loop.

Continuous batching (Yu et al. 2022, "Orca: A Distributed Serving System for Transformer-Based
Generative Models"): every waiting query adds its rows to the next step. So a query joins between
two characters of the others and leaves when it is answered.
"""

import asyncio
import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from ..observer import observer
from .artifact import Floats, Ids
from .blend import blend
from .character_model import CharacterModel
from .draw import StepGenerator
from .lattice import index_letters
from .names import names
from .onnx_check import MAX_ROWS, StepTimeoutError
from .prefix_probabilities import PrefixProbability, prefix_probabilities
from .request import Request, RequestError
from .score import Score, score
from .search import top_beginnings, top_names

T = TypeVar("T")

MAX_INLINE_ROWS = 32
"""Waiting rows up to which a step runs on the event loop's own thread: it ends about as soon as
another thread would begin it."""

_MAX_AUTOCOMPLETE_ROWS = 3 * MAX_INLINE_ROWS
"""The same for autocomplete, which takes several steps of that many rows then. With more rows, a
thread is faster: its batches are larger, and the loop can do something else at the same time."""

_INLINE_SECONDS = 0.001
"""Time after which steps on the event loop let others have their turn. A turn costs as much as a
step of a small network."""

_MAX_INLINE_SECONDS = 0.005
"""If these steps take longer, the following ones run on a thread for a while."""

_BACK_OFF = 100
"""That is so many times their duration, so slow steps take at most 1 % of the loop's time."""

_SLICE_SECONDS = 0.05
"""Time that a thread works before it returns to the event loop."""

_MAX_THREADS = 2
"""Threads of all engines together. With one for each engine, memory grows by several MB for each:
glibc gives a thread a heap of its own, which keeps what the thread frees."""

_RANDOM = "numpy.random"
"""Imported on a thread at the first query, because that takes 10 ms and 2 MB."""

_threads: WeakValueDictionary[str, ThreadPoolExecutor] = WeakValueDictionary()


@dataclass
class _Query(Generic[T]):
    """A running step generator; `inputs` are its waiting rows, `outputs` those of `taken` rows."""

    steps: StepGenerator[T]
    answer: asyncio.Future[T]
    inputs: tuple[Ids, Floats] | None = None
    taken: int = 0
    outputs: list[tuple[Floats, Floats]] = field(default_factory=list)
    context: Context = field(default_factory=copy_context)
    """The context of the caller, for what `steps` calls on any thread."""

    @property
    def waiting_rows(self) -> int:
        """Rows that wait for a step; 1 if the generator has not started."""
        return len(self.inputs[0]) - self.taken if self.inputs else 1


@dataclass
class _Lane:
    """Queries that share batches, and the task that runs them while there are some.

    A thread runs them while more than `max_inline_rows` wait, the event loop while there are fewer.
    """

    max_inline_rows: int
    queries: deque[_Query[Any]] = field(default_factory=deque)
    driver: asyncio.Task[None] | None = None

    @property
    def has_few_rows(self) -> bool:
        """Whether the event loop can run the next step."""
        return sum(query.waiting_rows for query in self.queries) <= self.max_inline_rows


class Engine:
    """Answers queries about one model from shared batches.

    Autocomplete has batches of its own, mostly on the event loop: its answer has to come in 50 ms,
    and a thread waits for Python's interpreter lock after each step.

    The same seed gives the same names as in a batch of its own, because each query has its own
    random generator. About one character in a million can differ, where rounding depends on the
    batch size.

    The engine is freed, with its session, as soon as it has no references. All engines share a few
    threads, which end with the last engine.
    """

    def __init__(self, model: CharacterModel) -> None:
        index_letters(model.vocabulary)  # now, because engines are made on threads
        self.model = model
        self._bulk = _Lane(MAX_INLINE_ROWS)
        self._autocomplete = _Lane(_MAX_AUTOCOMPLETE_ROWS)
        self._threads = _threads_of_all_engines()
        self._inline_from = 0.0
        self._closed = False

    @property
    def title(self) -> str:
        """The style's title."""
        return self.model.title

    @property
    def max_length(self) -> int:
        """The length of the longest names, in characters."""
        return self.model.max_length

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the style's samples."""
        return self.model.in_corpus(name)

    async def names(self, request: Request) -> list[str]:
        """Return names that meet `request`; raises `RequestError`."""
        return await self.run(names(self.model, request))

    async def prefix_probabilities(self, text: str) -> list[PrefixProbability]:
        """Return how likely each beginning of `text` (NFC) begins a name, or is one."""
        return await self.run(prefix_probabilities(self.model, text))

    async def score(self, name: str) -> Score:
        """Return how well `name` fits the style; raises `RequestError`."""
        return await self.run(score(self.model, name))

    async def top_names(self, prefix: str, count: int = 5) -> list[tuple[str, float]]:
        """Return the most likely names with their probabilities; raises `RequestError`."""
        return await self._run(top_names(self.model, prefix, count), self._autocomplete)

    async def top_beginnings(self, prefix: str, count: int = 8) -> list[tuple[str, float]]:
        """Return the most likely longer beginnings of names; raises `RequestError`."""
        return await self._run(top_beginnings(self.model, prefix, count), self._autocomplete)

    async def blend(
        self,
        names: Sequence[str],
        count: int = 5,
        seed: int | None = None,
        is_allowed: Callable[[str], bool] | None = None,
        exclude: frozenset[str] = frozenset(),
        *,
        new_only: bool = False,
    ) -> list[str]:
        """Return names between the `names`; raises `RequestError`."""
        steps = blend(self.model, names, count, seed, is_allowed, exclude, new_only=new_only)
        return await self.run(steps)

    async def run(self, steps: StepGenerator[T]) -> T:
        """Run `steps`, a step generator of this model; return its result or raise its error.

        If the caller is cancelled, `steps` is closed before the next step. Raises `RuntimeError`
        after `close`.
        """
        return await self._run(steps, self._bulk)

    async def _run(self, steps: StepGenerator[T], lane: _Lane) -> T:
        if self._closed:
            raise RuntimeError("the engine is closed; make another")
        if _RANDOM not in sys.modules:
            await asyncio.to_thread(import_module, _RANDOM)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        started = time.perf_counter()
        observer().add_running_queries(1)
        lane.queries.append(_Query(steps, answer))
        if lane.driver is None or lane.driver.done():
            lane.driver = loop.create_task(self._drive(lane))
        try:
            return await answer
        finally:
            observer().add_running_queries(-1)
            observer().count_query(
                getattr(steps, "__name__", "other"), time.perf_counter() - started
            )
            del answer  # the traceback of its error refers to this frame: a reference cycle

    def close(self) -> None:
        """Take no more steps, and cancel the waiting queries."""
        self._closed = True

    async def _drive(self, lane: _Lane) -> None:
        """Run steps while queries wait: few rows on the event loop, many on a thread."""
        loop = asyncio.get_running_loop()
        try:
            while lane.queries and not self._closed:
                if not lane.has_few_rows or time.perf_counter() < self._inline_from:
                    await loop.run_in_executor(self._threads, self._run_slice, lane)
                    continue
                self._run_inline(lane)
                await asyncio.sleep(0)
        finally:
            for query in lane.queries:
                query.answer.cancel()
            lane.queries.clear()
            lane.driver = None

    def _run_inline(self, lane: _Lane) -> None:
        """Run steps for a moment; let a thread run the next ones if one of them takes long.

        That is measured in CPU time: other processes' time says nothing about the steps.
        """
        started, until = time.thread_time(), time.perf_counter() + _INLINE_SECONDS
        while lane.queries and not self._closed and lane.has_few_rows:
            self._step(lane, MAX_INLINE_ROWS)
            if time.perf_counter() > until:
                break
        seconds = time.thread_time() - started
        if seconds > _MAX_INLINE_SECONDS:
            self._inline_from = time.perf_counter() + seconds * _BACK_OFF

    def _run_slice(self, lane: _Lane) -> None:
        until = time.perf_counter() + _SLICE_SECONDS
        while lane.queries and not self._closed and time.perf_counter() < until:
            self._step(lane, MAX_ROWS)

    def _step(self, lane: _Lane, max_rows: int) -> None:
        """Run one step of up to `max_rows` rows for the queries at the front of the queue."""
        if batch := _take_batch(lane.queries, max_rows):
            lane.queries.extend(self._run_batch(batch))

    def _run_batch(self, batch: list[tuple[_Query[Any], int]]) -> list[_Query[Any]]:
        """Run a step of the rows in `batch`; return the queries that need another step."""
        observer().count_step(sum(rows for _, rows in batch))
        try:
            logits, state = _run_network(self.model, batch)
        except Exception as error:  # onnxruntime's errors share no base class
            if len(batch) > 1 and not isinstance(error, StepTimeoutError):
                # Only the query with the bad rows should get the error.
                return [query for entry in batch for query in self._run_batch([entry])]
            for query, _ in batch:
                query.steps.close()
                _settle(query.answer, asyncio.Future.set_exception, error.with_traceback(None))
            return []
        start, unfinished = 0, []
        for query, rows in batch:
            end = start + rows
            if _receive(query, logits[start:end], state[start:end]):
                unfinished.append(query)
            start = end
        return unfinished


def _take_batch(queries: deque[_Query[Any]], max_rows: int) -> list[tuple[_Query[Any], int]]:
    """Take queries off the front of the queue, and rows of each: equal shares of the batch.

    So a query with few rows has all of them in the batch, however many rows others have.
    """
    taken: list[_Query[Any]] = []
    while queries and len(taken) < max_rows:
        query = queries.popleft()
        if query.answer.cancelled():
            with contextlib.suppress(Exception):
                query.steps.close()
        elif query.inputs or _advance(query, None):
            taken.append(query)
    if sum(query.waiting_rows for query in taken) <= max_rows:
        return [(query, query.waiting_rows) for query in taken]
    if len(taken) == 1:
        return [(taken[0], min(taken[0].waiting_rows, max_rows))]
    rows: dict[int, int] = {}
    fewest_first = sorted(range(len(taken)), key=lambda i: taken[i].waiting_rows)
    for i, left in zip(fewest_first, range(len(taken), 0, -1), strict=True):
        rows[i] = min(taken[i].waiting_rows, max_rows // left)
        max_rows -= rows[i]
    return [(query, rows[i]) for i, query in enumerate(taken)]


def _threads_of_all_engines() -> ThreadPoolExecutor:
    new = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="sampling")
    return _threads.setdefault("sampling", new)


def _run_network(
    model: CharacterModel, batch: list[tuple[_Query[Any], int]]
) -> tuple[Floats, Floats]:
    """Return logits [B, V] and next state [B, S] of the rows in `batch`, in order."""
    first, rows = batch[0]
    if len(batch) == 1 and first.inputs and rows == len(first.inputs[0]):
        return model.step(*first.inputs)
    tokens, states = [], []
    for query, rows in batch:
        if query.inputs:
            token, state = query.inputs
            tokens.append(token[query.taken :][:rows])
            states.append(state[query.taken :][:rows])
    return model.step(np.concatenate(tokens), np.concatenate(states))


def _receive(query: _Query[Any], logits: Floats, state: Floats) -> bool:
    """Give `query` the output of a step for its rows; return whether it needs another step."""
    if not query.outputs and len(logits) == query.waiting_rows:
        return _advance(query, (logits, state))
    query.outputs.append((logits, state))
    query.taken += len(logits)
    if query.waiting_rows:
        return True
    outputs, query.outputs, query.taken = query.outputs, [], 0
    logits, state = (np.concatenate(arrays) for arrays in zip(*outputs, strict=True))
    return _advance(query, (logits, state))


def _advance(query: _Query[Any], output: tuple[Floats, Floats] | None) -> bool:
    """Advance `query` to its next rows; if it has none, settle its answer and return False."""
    try:
        steps = query.steps
        query.inputs = query.context.run(steps.send, output)  # type: ignore[arg-type]  # None first
    except StopIteration as stop:
        _settle(query.answer, asyncio.Future.set_result, stop.value)
    except RequestError as error:  # its traceback would hold the model
        _settle(query.answer, asyncio.Future.set_exception, error.with_traceback(None))
    except Exception as error:  # the caller of `run` gets every error
        _settle(query.answer, asyncio.Future.set_exception, error)
    else:
        return True
    return False


def _settle(answer: asyncio.Future[T], setter: Callable[..., None], value: object) -> None:
    """Set the value or error of `answer` on its event loop, unless it is done by then."""

    def settle() -> None:
        if not answer.done():
            setter(answer, value)

    loop = answer.get_loop()
    if asyncio._get_running_loop() is loop:
        settle()
    else:
        loop.call_soon_threadsafe(settle)
