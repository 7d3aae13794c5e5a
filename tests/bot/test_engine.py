"""Many questions share each step; each gets the answer that it would get alone."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Engine, Request, RequestError, StepGenerator
from bot.sampling import engine as engine_module
from bot.sampling.artifact import Floats, Ids
from bot.sampling.engine import INLINE_ROWS, STEP_ROWS

from ..sampler import Sampler
from .artifacts import write_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))


class Watched:
    """An artifact that notes how many rows each of its steps has, and on which thread."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.taken: list[tuple[int, bool]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.artifact, name)

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        here = threading.current_thread() is threading.main_thread()
        self.taken.append((len(token), here))
        return self.artifact.step(token, state)

    async def reached(self, steps: int) -> None:
        while len(self.taken) < steps:  # noqa: ASYNC110  (an event would have to cross threads)
            await asyncio.sleep(0)

    @property
    def rows(self) -> list[int]:
        return [rows for rows, _ in self.taken]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(Artifact.open(write_artifact(tmp_path / "test.onnx")))


@pytest.fixture
def engine(watched: Watched) -> Engine:
    return Engine(watched)  # type: ignore[arg-type]


def walk(rows: int, steps: int) -> StepGenerator[list[Floats]]:
    """Take `steps` steps with `rows` rows, and return the logits of each."""
    token, state = np.arange(rows) % 3, np.zeros((rows, 1), np.float32)
    seen = []
    for _ in range(steps):
        logits, state = yield token, state
        seen.append(logits)
    return seen


async def test_two_hundred_at_once_get_the_names_that_each_would_get_alone() -> None:
    engine = Engine(SHIPPED.artifact)
    requests = [Request("Tr" if seed % 2 else "", 25, 0.8, seed=seed) for seed in range(200)]
    answers = await asyncio.gather(*map(engine.names, requests))
    alone = [SHIPPED.names(request) for request in requests]
    different = sum(one != other for one, other in zip(answers, alone, strict=True))
    assert different <= 2  # rounding between sizes of a batch: about 40,000 characters are drawn
    engine.close()


async def test_questions_share_steps(engine: Engine, watched: Watched) -> None:
    answers = await asyncio.gather(*(engine.run(walk(3, 4)) for _ in range(10)))
    assert watched.rows == [30] * 4
    expected = watched.artifact.step(np.arange(3), np.zeros((3, 1), np.float32))[0]
    assert all(np.array_equal(logits, expected) for seen in answers for logits in seen)


async def test_a_question_joins_between_two_steps_of_another(
    engine: Engine, watched: Watched
) -> None:
    first = asyncio.create_task(engine.run(walk(5, 50)))
    await watched.reached(3)
    await engine.run(walk(2, 2))
    assert not first.done()
    assert watched.rows.count(7) == 2
    assert len(await first) == 50
    assert len(watched.rows) == 50


async def test_few_rows_stay_on_the_loops_thread_and_many_leave_it(
    engine: Engine, watched: Watched
) -> None:
    await engine.run(walk(INLINE_ROWS, 5))
    assert watched.taken == [(INLINE_ROWS, True)] * 5
    watched.taken.clear()
    await asyncio.gather(*(engine.run(walk(20, 5)) for _ in range(30)))
    assert sum(watched.rows) == 20 * 5 * 30
    assert all(rows <= INLINE_ROWS for rows, here in watched.taken if here)


async def test_a_network_that_is_slow_for_few_rows_leaves_the_loops_thread_too(
    engine: Engine, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_LOOP_SECONDS", 0)
    await engine.run(walk(2, 5))
    assert [here for _, here in watched.taken] == [True, False, False, False, False]


async def test_a_huge_question_waits_for_its_turns_and_the_others_are_not_held_up(
    engine: Engine, watched: Watched
) -> None:
    order = []

    async def ask(name: str, rows: int, steps: int) -> list[Floats]:
        seen = await engine.run(walk(rows, steps))
        order.append(name)
        return seen

    huge, small = await asyncio.gather(ask("huge", 20 * STEP_ROWS, 2), ask("small", 10, 8))
    assert max(watched.rows) <= STEP_ROWS
    assert order == ["small", "huge"]
    assert [len(logits) for logits in huge] == [20 * STEP_ROWS] * 2
    assert np.array_equal(huge[1][:10], small[0])
    assert np.array_equal(huge[1][-3:], huge[0][-3:])


async def test_an_error_reaches_its_own_caller_and_no_other(engine: Engine) -> None:
    def failing() -> StepGenerator[None]:
        yield np.zeros(1, np.int64), np.zeros((1, 1), np.float32)
        raise LookupError("mine")

    def impossible() -> StepGenerator[None]:
        yield np.full(1, 10_000), np.zeros((1, 1), np.float32)  # no vocabulary has such an id

    async def refused() -> None:
        with pytest.raises(RequestError):
            await engine.names(Request("5"))

    one, other, good, _ = await asyncio.gather(
        engine.run(failing()),
        engine.run(impossible()),
        engine.run(walk(2, 5)),
        refused(),
        return_exceptions=True,
    )
    assert isinstance(one, LookupError)
    assert isinstance(other, Exception)
    assert isinstance(good, list)
    assert len(good) == 5


@pytest.mark.parametrize("rows", [2, 2 * INLINE_ROWS])
async def test_who_is_cancelled_leaves_and_the_others_stay(
    engine: Engine, watched: Watched, rows: int
) -> None:
    closed = threading.Event()

    def endless() -> StepGenerator[None]:
        try:
            while True:
                yield np.zeros(rows, np.int64), np.zeros((rows, 1), np.float32)
        finally:
            closed.set()

    staying = asyncio.create_task(engine.run(walk(1, 3000)))
    leaving = asyncio.create_task(engine.run(endless()))
    await watched.reached(3)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert len(await staying) == 3000
    assert closed.is_set()
    assert watched.rows[-1] == 1


@pytest.mark.parametrize("rows", [2, 2 * INLINE_ROWS])
async def test_close_cancels_what_waits_and_takes_nothing_more(engine: Engine, rows: int) -> None:
    waiting = [asyncio.create_task(engine.run(walk(rows, 10**9))) for _ in range(3)]
    await asyncio.sleep(0.01)
    engine.close()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
    with pytest.raises(RuntimeError, match="closed"):
        await engine.names(Request())
    engine.close()


async def test_what_takes_no_step_is_answered_too(engine: Engine) -> None:
    def nothing() -> StepGenerator[str]:
        return "nothing"
        yield

    assert await engine.run(nothing()) == "nothing"


async def test_no_rows_are_an_answer_of_no_rows(engine: Engine) -> None:
    (logits,) = await engine.run(walk(0, 1))
    assert len(logits) == 0


def test_one_engine_serves_one_event_loop_after_another(engine: Engine) -> None:
    for _ in range(2):
        assert asyncio.run(engine.names(Request("Tr", seed=1))) == Sampler(engine.artifact).names(
            Request("Tr", seed=1)
        )


async def test_scores_completions_and_blends_are_answered_beside_names() -> None:
    engine = Engine(SHIPPED.artifact)
    name, score, likeliest, blends = await asyncio.gather(
        engine.names(Request("Tr", 3, seed=1)),
        engine.score("Trina"),
        engine.top_names("Tr", 4),
        engine.blend("Jack", "Sebastian", 3, seed=1),
    )
    assert name == SHIPPED.names(Request("Tr", 3, seed=1))
    assert score.name == "Trina"
    assert score.nats == pytest.approx(SHIPPED.score("Trina").nats, rel=1e-5)
    assert [each for each, _ in likeliest] == [each for each, _ in SHIPPED.top_names("Tr", 4)]
    assert blends == SHIPPED.blend("Jack", "Sebastian", 3, seed=1)
    engine.close()
