"""Engine: queries share each step, and each gets the answer of a batch of its own."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from bot.library import SHIPPED as STYLES
from bot.sampling import Artifact, Engine, Request, RequestError, StepGenerator
from bot.sampling import engine as engine_module
from bot.sampling.artifact import Floats, Ids
from bot.sampling.engine import MAX_INLINE_ROWS
from bot.sampling.onnx_check import MAX_ROWS
from tests.sampler import Sampler

from ..artifacts import write_artifact

SHIPPED = Sampler(Artifact.open(STYLES / "names.onnx"))


class RecordingArtifact:
    """An artifact that records the rows and the thread of each step."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.steps: list[tuple[int, bool]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.artifact, name)

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        is_inline = threading.current_thread() is threading.main_thread()
        self.steps.append((len(token), is_inline))
        return self.artifact.step(token, state)

    async def wait_for_steps(self, count: int) -> None:
        while len(self.steps) < count:  # noqa: ASYNC110  (an event would have to cross threads)
            await asyncio.sleep(0)

    @property
    def rows(self) -> list[int]:
        return [rows for rows, _ in self.steps]


@pytest.fixture
def recorder(tmp_path: Path) -> RecordingArtifact:
    return RecordingArtifact(Artifact.open(write_artifact(tmp_path / "test.onnx")))


@pytest.fixture
def engine(recorder: RecordingArtifact) -> Engine:
    return Engine(recorder)  # type: ignore[arg-type]


def walk(rows: int, steps: int) -> StepGenerator[list[Floats]]:
    """Take `steps` steps of `rows` rows; return the logits of each."""
    token, state = np.arange(rows) % 3, np.zeros((rows, 1), np.float32)
    outputs = []
    for _ in range(steps):
        logits, state = yield token, state
        outputs.append(logits)
    return outputs


async def test_200_queries_get_their_own_names() -> None:
    engine = Engine(SHIPPED.artifact)
    requests = [Request("Tr" if seed % 2 else "", 25, 0.8, seed=seed) for seed in range(200)]
    answers = await asyncio.gather(*map(engine.names, requests))
    alone = [SHIPPED.names(request) for request in requests]
    different = sum(a != b for a, b in zip(answers, alone, strict=True))
    assert different <= 2  # batch sizes round differently, and about 40,000 characters are drawn
    engine.close()


async def test_queries_share_steps(engine: Engine, recorder: RecordingArtifact) -> None:
    answers = await asyncio.gather(*(engine.run(walk(3, 4)) for _ in range(10)))
    assert recorder.rows == [30] * 4
    expected = recorder.artifact.step(np.arange(3), np.zeros((3, 1), np.float32))[0]
    assert all(np.array_equal(logits, expected) for outputs in answers for logits in outputs)


async def test_query_joins_between_steps(
    engine: Engine, recorder: RecordingArtifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_INLINE_SECONDS", 0)
    first = asyncio.create_task(engine.run(walk(5, 50)))
    await recorder.wait_for_steps(3)
    await engine.run(walk(2, 2))
    assert not first.done()
    assert recorder.rows.count(7) == 2
    assert len(await first) == 50
    assert len(recorder.rows) == 50


async def test_only_few_rows_run_on_the_loop(engine: Engine, recorder: RecordingArtifact) -> None:
    await engine.run(walk(MAX_INLINE_ROWS, 5))
    assert recorder.steps == [(MAX_INLINE_ROWS, True)] * 5
    recorder.steps.clear()
    await asyncio.gather(*(engine.run(walk(20, 5)) for _ in range(30)))
    assert sum(recorder.rows) == 20 * 5 * 30
    assert all(rows <= MAX_INLINE_ROWS for rows, is_inline in recorder.steps if is_inline)


async def test_autocomplete_waits_for_no_thread(
    engine: Engine, recorder: RecordingArtifact
) -> None:
    """Its steps run on the loop while a thread takes the many rows of others."""
    others = asyncio.create_task(engine.run(walk(5 * MAX_ROWS, 100)))
    await recorder.wait_for_steps(3)
    assert await engine.top_names("", 3)
    assert not others.done()
    inline = [rows for rows, is_inline in recorder.steps if is_inline]
    assert inline
    assert max(inline) <= MAX_INLINE_ROWS
    assert all(rows > MAX_INLINE_ROWS for rows, is_inline in recorder.steps if not is_inline)
    engine.close()
    with pytest.raises(asyncio.CancelledError):
        await others


async def test_slow_network_leaves_the_loop(
    engine: Engine, recorder: RecordingArtifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_INLINE_SECONDS", 0)
    monkeypatch.setattr(engine_module, "_MAX_INLINE_SECONDS", 0)
    await engine.run(walk(2, 5))
    assert [is_inline for _, is_inline in recorder.steps] == [True, False, False, False, False]


async def test_huge_query_delays_no_other(engine: Engine, recorder: RecordingArtifact) -> None:
    order = []

    async def run(name: str, rows: int, steps: int) -> list[Floats]:
        outputs = await engine.run(walk(rows, steps))
        order.append(name)
        return outputs

    huge, small = await asyncio.gather(run("huge", 20 * MAX_ROWS, 2), run("small", 10, 8))
    assert max(recorder.rows) <= MAX_ROWS
    assert order == ["small", "huge"]
    assert [len(logits) for logits in huge] == [20 * MAX_ROWS] * 2
    assert np.array_equal(huge[1][:10], small[0])
    assert np.array_equal(huge[1][-3:], huge[0][-3:])


async def test_small_query_is_in_each_batch(engine: Engine, recorder: RecordingArtifact) -> None:
    """However many rows others have, it takes no more batches than it has steps."""
    others = [asyncio.create_task(engine.run(walk(5 * MAX_ROWS, 4))) for _ in range(10)]
    await recorder.wait_for_steps(3)
    order: list[int] = []

    def small() -> StepGenerator[None]:
        token, state = np.arange(7) % 3, np.zeros((7, 1), np.float32)
        for _ in range(6):
            order.append(len(recorder.rows))
            _, state = yield token, state
        order.append(len(recorder.rows))

    await engine.run(small())
    assert np.diff(order).tolist() == [1] * 6
    assert max(recorder.rows) <= MAX_ROWS
    assert all(len(outputs) == 4 for outputs in await asyncio.gather(*others))


async def test_error_reaches_only_its_caller(engine: Engine) -> None:
    def failing() -> StepGenerator[None]:
        yield np.zeros(1, np.int64), np.zeros((1, 1), np.float32)
        raise LookupError("failed")

    def invalid_id() -> StepGenerator[None]:
        yield np.full(1, 10_000), np.zeros((1, 1), np.float32)  # not an id of the vocabulary

    async def refused() -> None:
        with pytest.raises(RequestError):
            await engine.names(Request("5"))

    failed, invalid, good, _ = await asyncio.gather(
        engine.run(failing()),
        engine.run(invalid_id()),
        engine.run(walk(2, 5)),
        refused(),
        return_exceptions=True,
    )
    assert isinstance(failed, LookupError)
    assert isinstance(invalid, Exception)
    assert isinstance(good, list)
    assert len(good) == 5


@pytest.mark.parametrize("rows", [2, 2 * MAX_INLINE_ROWS])
async def test_cancelled_query_is_closed(
    engine: Engine, recorder: RecordingArtifact, rows: int
) -> None:
    closed = threading.Event()

    def endless() -> StepGenerator[None]:
        try:
            while True:
                yield np.zeros(rows, np.int64), np.zeros((rows, 1), np.float32)
        finally:
            closed.set()

    other = asyncio.create_task(engine.run(walk(1, 3000)))
    cancelled = asyncio.create_task(engine.run(endless()))
    await recorder.wait_for_steps(3)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert len(await other) == 3000
    assert closed.is_set()
    assert recorder.rows[-1] == 1


@pytest.mark.parametrize("rows", [2, 2 * MAX_INLINE_ROWS])
async def test_close_cancels_waiting_queries(engine: Engine, rows: int) -> None:
    waiting = [asyncio.create_task(engine.run(walk(rows, 10**9))) for _ in range(3)]
    await asyncio.sleep(0.01)
    engine.close()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
    with pytest.raises(RuntimeError, match="closed"):
        await engine.names(Request())
    engine.close()


async def test_query_without_steps(engine: Engine) -> None:
    def nothing() -> StepGenerator[str]:
        return "nothing"
        yield

    assert await engine.run(nothing()) == "nothing"


async def test_query_without_rows(engine: Engine) -> None:
    (logits,) = await engine.run(walk(0, 1))
    assert len(logits) == 0


def test_engine_works_in_a_second_loop(engine: Engine) -> None:
    for _ in range(2):
        assert asyncio.run(engine.names(Request("Tr", seed=1))) == Sampler(engine.model).names(
            Request("Tr", seed=1)
        )


async def test_all_kinds_of_queries_at_once() -> None:
    engine = Engine(SHIPPED.artifact)
    names, score, top, blends = await asyncio.gather(
        engine.names(Request("Tr", 3, seed=1)),
        engine.score("Trina"),
        engine.top_names("Tr", 4),
        engine.blend(("Jack", "Sebastian"), 3, seed=1),
    )
    assert names == SHIPPED.names(Request("Tr", 3, seed=1))
    assert score.name == "Trina"
    assert score.nats == pytest.approx(SHIPPED.score("Trina").nats, rel=1e-5)
    assert [name for name, _ in top] == [name for name, _ in SHIPPED.top_names("Tr", 4)]
    assert blends == SHIPPED.blend(("Jack", "Sebastian"), 3, seed=1)
    engine.close()
