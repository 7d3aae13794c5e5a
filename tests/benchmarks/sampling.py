"""How quickly names come: beside the bare steps, the course's way, and for many who ask at once."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from bot.profanity import ProfanityFilter
from bot.sampling import Artifact, Engine, Request, StepGenerator, run_steps
from bot.sampling.rollouts import draw_texts
from bot.sampling.steps import prefill

from ..sampler import Sampler
from .nets import Net, gru_256, tanh_64
from .rows import Row, ratio, seconds

_MANY = 1024
_TEMPERATURE = 0.8


def _names(artifact: Artifact, prefix: str, rows: int) -> StepGenerator[list[str]]:
    """Draw `rows` names to their ends."""
    *_, (logits, state) = yield from prefill(artifact, prefix)
    request = Request(prefix, rows, _TEMPERATURE)
    room, rng = artifact.max_length - len(prefix), np.random.default_rng(1)
    return (yield from draw_texts(artifact.vocabulary, logits, state, rows, room, request, rng))


def _bare(artifact: Artifact, prefix: str, names: list[str]) -> Callable[[], None]:
    """Return what takes the steps of `names` after `prefix`, and does nothing else.

    All advance together, one row for each that goes on. The sampler's own batches are no measure:
    rows that it carries in vain would count for it, and steps that it saves against it.
    """
    sizes = [1] * (len(prefix) + 1)
    sizes += [sum(len(name) >= n for name in names) for n in range(1, max(map(len, names)) + 1)]
    width = artifact.state_size
    feeds = [
        {"token": np.zeros(rows, np.int64), "state": np.zeros((rows, width), np.float32)}
        for rows in sizes
    ]

    def replay() -> None:
        for each in feeds:
            artifact.session.run(None, each)

    return replay


def _beside_bare_steps(net: Callable[[], Net], prefix: str, rows: int) -> float:
    artifact = net().artifact
    bare = _bare(artifact, prefix, run_steps(artifact, _names(artifact, prefix, rows)))
    return ratio(lambda: run_steps(artifact, _names(artifact, prefix, rows)), bare)


def _course(net: Net, rng: torch.Generator) -> str:
    """One name as the course draws it: a step of the network and a choice for each character."""
    state, token, name = torch.zeros(1, net.network.state_size), torch.tensor([0]), ""
    for _ in range(net.artifact.max_length):
        logits, state = net.network.step(token, state)
        chances = torch.softmax(logits / _TEMPERATURE, dim=1)
        token = torch.multinomial(chances, 1, generator=rng)[0]
        if token == 1:
            break
        name += net.artifact.vocabulary.entries[int(token)]
    return name


def _beside_the_course() -> float:
    net, names = tanh_64(), 100
    torch.set_num_threads(1)

    def one_by_one() -> None:
        rng = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for _ in range(names):
                _course(net, rng)

    at_once = partial(_names, net.artifact, "", _MANY)
    return ratio(one_by_one, lambda: run_steps(net.artifact, at_once())) / names * _MANY


def _step(net: Callable[[], Net], rows: int) -> float:
    artifact = net().artifact
    token, state = np.zeros(rows, np.int64), np.zeros((rows, artifact.state_size), np.float32)
    takes = max(3, 3000 // rows)
    return seconds(lambda: [artifact.step(token, state) for _ in range(takes)], 9) / takes * 1e6


def _words(net: Callable[[], Net]) -> float:
    """Return how many times as long requests take if their names are checked for bad words."""
    sampler, profanity = Sampler(net().artifact), ProfanityFilter()
    plain = [Request("", 25, _TEMPERATURE, seed=i) for i in range(40)]
    checked = [replace(each, is_allowed=lambda name: not profanity.matches(name)) for each in plain]
    return ratio(
        lambda: [sampler.names(each) for each in checked],
        lambda: [sampler.names(each) for each in plain],
    )


def _check() -> float:
    """Return what it takes to check one name, over as many as differ."""
    artifact, profanity = tanh_64().artifact, ProfanityFilter()
    names = Sampler(artifact).names(Request("", 5_000, _TEMPERATURE, seed=1))
    return seconds(lambda: [profanity.matches(name) for name in names], 9) / len(names) * 1e6


async def _ask(sampler: Sampler, requests: list[Request], gaps: list[float]) -> None:
    """Ask all at once, and note what this process worked between the beats of a heart."""
    engine = Engine(sampler.artifact)
    beating = asyncio.create_task(_beat(gaps))
    await asyncio.sleep(0.05)
    await asyncio.gather(*map(engine.names, requests))
    beating.cancel()
    engine.close()


async def _beat(gaps: list[float]) -> None:
    while True:
        began = time.process_time()
        await asyncio.sleep(0.001)
        gaps.append(time.process_time() - began)


def _largest_gap() -> float:
    """Return the median of five runs, in ms.

    Python's collector of garbage would now and then halt the process for longer, to look through
    all that was ever imported: that is no matter of the engine's, and is left out (`gc.freeze`).
    """
    sampler = Sampler(gru_256().artifact)
    requests = [Request("Tr" if i % 2 else "", 25, _TEMPERATURE, seed=i) for i in range(200)]
    gc.collect()
    gc.freeze()
    largest = []
    for _ in range(5):
        gaps: list[float] = []
        asyncio.run(_ask(sampler, requests, gaps))
        largest.append(max(gaps))
    gc.unfreeze()
    return sorted(largest)[2] * 1e3


def _shared(net: Callable[[], Net]) -> float:
    """Return how many times as many requests a second 200 at once are, as one after another."""
    sampler = Sampler(net().artifact)
    requests = [Request("", 5, _TEMPERATURE, seed=i) for i in range(200)]

    async def together() -> None:
        engine = Engine(sampler.artifact)
        await asyncio.gather(*map(engine.names, requests))
        engine.close()

    def timed(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    singly = min(timed(lambda: [sampler.names(r) for r in requests]) for _ in range(5))
    return singly / min(timed(lambda: asyncio.run(together())) for _ in range(5))


ROWS = [
    Row(
        "whole-tanh-64",
        "1,024 names to their ends, tanh-64: all the sampler does / their bare steps",
        "≤ 1.75",
        "x",
        lambda: _beside_bare_steps(tanh_64, "", _MANY),
    ),
    Row(
        "whole-gru-256",
        "1,024 names to their ends, GRU-256: all the sampler does / their bare steps",
        "≤ 1.15",
        "x",
        lambda: _beside_bare_steps(gru_256, "", _MANY),
    ),
    Row(
        "ten-gru-256",
        "ten names with a prefix, GRU-256: all the sampler does / their bare steps",
        "≤ 2",
        "x",
        lambda: _beside_bare_steps(gru_256, "Tr", 10),
    ),
    Row(
        "course-tanh-64",
        "names a second, tanh-64: 1,024 at once / torch eager, one name at a time",
        "≥ 100",
        "x",
        _beside_the_course,
    ),
    *(
        Row(
            f"words-{name}",
            f"requests of 25 names, {told}: checked for bad words / not checked",
            "≤ 1.5",
            "x",
            partial(_words, net),
        )
        for name, told, net in (
            ("tanh-64", "tanh-64", tanh_64),
            ("gru-256", "GRU-256", gru_256),
        )
    ),
    Row("words-check", "one name checked for bad words", "", "µs", _check),
    Row(
        "heartbeat",
        "200 requests of 25 names at once, GRU-256: the event loop's longest wait for its turn",
        "≤ 10",
        "ms",
        _largest_gap,
    ),
    *(
        Row(
            f"shared-{name}",
            f"requests of 5 names a second, {told}: 200 at once / one after another",
            "",
            "x",
            partial(_shared, net),
        )
        for name, told, net in (
            ("tanh-64", "tanh-64", tanh_64),
            ("gru-256", "GRU-256", gru_256),
        )
    ),
    *(
        Row(
            f"step-{name}-{rows}",
            f"one step of {rows:,} rows, {told}",
            "",
            "µs",
            partial(_step, net, rows),
        )
        for name, told, net in (
            ("tanh-64", "tanh-64", tanh_64),
            ("gru-256", "GRU-256", gru_256),
        )
        for rows in (1, 64, 1024)
    ),
]
