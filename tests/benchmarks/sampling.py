"""Benchmarks of sampling: compared with the bare network and with one name at a time."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations, compress, starmap
from statistics import median

import numpy as np
import torch

from bot.library import SHIPPED
from bot.profanity import ProfanityFilter
from bot.sampling import Artifact, Engine, Request, StepGenerator, run_steps
from bot.sampling.character_model import CharacterModel
from bot.sampling.draw import start_after
from bot.sampling.mix import MixedModel, Part
from bot.sampling.names import build_constraints
from bot.sampling.rollouts import draw_texts

from ..sampler import Sampler
from .benchmark import Benchmark, min_seconds, time_ratio
from .networks import Net, gru_256, tanh_64

_MANY = 1024
_TEMPERATURE = 0.8


def _draw_names(artifact: Artifact, prefix: str, rows: int) -> StepGenerator[list[str]]:
    logits, state = yield from start_after(artifact, prefix)
    request, rng = Request(prefix, rows, _TEMPERATURE), np.random.default_rng(1)
    max_length = artifact.max_length - len(prefix)
    return (
        yield from draw_texts(artifact.vocabulary, logits, state, rows, max_length, request, rng)
    )


def _bare_steps(artifact: Artifact, prefix: str, names: list[str]) -> Callable[[], None]:
    """Return a function that only runs the network for `names` after `prefix`.

    Each step has one row for each unfinished name. The batches of the sampler itself would be no
    measure: they would hide its unneeded rows and the rows that it saves.
    """
    sizes = [1] * (len(prefix) + 1)
    sizes += [sum(len(name) >= n for name in names) for n in range(1, max(map(len, names)) + 1)]
    inputs = [
        {
            "token": np.zeros(rows, np.int64),
            "state": np.zeros((rows, artifact.state_size), np.float32),
        }
        for rows in sizes
    ]

    def run() -> None:
        for each in inputs:
            artifact.session.run(None, each)

    return run


def _ratio_to_bare_steps(net: Callable[[], Net], prefix: str, rows: int) -> float:
    artifact = net().artifact
    bare_steps = _bare_steps(
        artifact, prefix, run_steps(artifact, _draw_names(artifact, prefix, rows))
    )
    return time_ratio(lambda: run_steps(artifact, _draw_names(artifact, prefix, rows)), bare_steps)


def _draw_one_name(net: Net, rng: torch.Generator) -> str:
    """Draw one name in torch: a step of the network and a choice for each character."""
    state, token, name = torch.zeros(1, net.network.state_size), torch.tensor([0]), ""
    for _ in range(net.artifact.max_length):
        logits, state = net.network.step(token, state)
        probabilities = torch.softmax(logits / _TEMPERATURE, dim=1)
        token = torch.multinomial(probabilities, 1, generator=rng)[0]
        if token == 1:
            break
        name += net.artifact.vocabulary.entries[int(token)]
    return name


def _speedup_over_torch() -> float:
    net, names = tanh_64(), 100
    torch.set_num_threads(1)

    def one_by_one() -> None:
        rng = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for _ in range(names):
                _draw_one_name(net, rng)

    batch = partial(_draw_names, net.artifact, "", _MANY)
    return time_ratio(one_by_one, lambda: run_steps(net.artifact, batch())) / names * _MANY


def _step_time(net: Callable[[], Net], rows: int) -> float:
    artifact = net().artifact
    token, state = np.zeros(rows, np.int64), np.zeros((rows, artifact.state_size), np.float32)
    steps = max(3, 3000 // rows)
    return min_seconds(lambda: [artifact.step(token, state) for _ in range(steps)], 9) / steps * 1e6


_PREFIXES = ("Tr", "", "Mar", "A")
"""Prefixes of the requests for distinct names, and the default temperature."""

_DEFAULT_TEMPERATURE = 0.9


def _merely_distinct(artifact: CharacterModel, request: Request) -> StepGenerator[list[str]]:
    """Draw names until enough of them differ, if only by one letter."""
    constraints = yield from build_constraints(artifact, request)
    prefix, rng = constraints.prefix, np.random.default_rng(request.seed)
    start = yield from start_after(artifact, prefix)
    found: dict[str, None] = {}
    rows, max_length = request.count, artifact.max_length - len(prefix)
    while len(found) < request.count:
        texts = yield from draw_texts(artifact.vocabulary, *start, rows, max_length, request, rng)
        drawn = [prefix + text for text in texts]
        found |= dict.fromkeys(compress(drawn, constraints.fit(drawn)))
        rows = min(2 * rows, 256)
    return list(found)[: request.count]


def _distinct_ratio(count: int, *, new_only: bool) -> float:
    """Return how many times as long answers without near-duplicates take, over all prefixes."""
    sampler = Sampler(Artifact.open(SHIPPED / "names.onnx"))
    requests = [
        Request(prefix, count, _DEFAULT_TEMPERATURE, seed=seed, new_only=new_only)
        for prefix in _PREFIXES
        for seed in range(10)
    ]
    artifact = sampler.artifact
    return time_ratio(
        lambda: [sampler.names(each) for each in requests],
        lambda: [run_steps(artifact, _merely_distinct(artifact, each)) for each in requests],
        repeats=7,
    )


def _mix_ratio(count: int) -> float:
    """Return how many times as long requests to a mix take as those to one of its two styles."""
    styles = [Artifact.open(SHIPPED / f"{name}.onnx") for name in ("names", "dinosaurs")]
    mix = Sampler(MixedModel([Part(style.title, style) for style in styles]))
    singles = [Sampler(style) for style in styles]
    requests = [
        Request(prefix, count, _DEFAULT_TEMPERATURE, seed=seed, new_only=True)
        for prefix in _PREFIXES
        for seed in range(5)
    ]
    return len(singles) * time_ratio(
        lambda: [mix.names(each) for each in requests],
        lambda: [single.names(each) for single in singles for each in requests],
        repeats=9,
    )


def _near_duplicate_share(*, is_before: bool) -> float:
    """Return how many of 400 answers of five names have two names one letter apart, in %."""
    sampler, answers = Sampler(Artifact.open(SHIPPED / "names.onnx")), 400
    near = 0
    for seed in range(answers):
        request = Request("Tr", 5, _DEFAULT_TEMPERATURE, seed=seed)
        if is_before:
            drawn = run_steps(sampler.artifact, _merely_distinct(sampler.artifact, request))
        else:
            drawn = sampler.names(request)
        near += any(starmap(_are_one_letter_apart, combinations(drawn, 2)))
    return 100 * near / answers


def _are_one_letter_apart(a: str, b: str) -> bool:
    """Whether their Levenshtein distance is 1: a letter is added, removed or changed."""
    a, b = sorted((a, b), key=len)
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return b[same + 1 :] in (a[same:], a[same + 1 :])


def _profanity_ratio(net: Callable[[], Net]) -> float:
    """Return how many times as long requests take with the profanity filter."""
    sampler, profanity = Sampler(net().artifact), ProfanityFilter()
    plain = [Request("", 25, _TEMPERATURE, seed=i) for i in range(40)]
    filtered = [
        replace(each, is_allowed=lambda name: not profanity.matches(name)) for each in plain
    ]
    return time_ratio(
        lambda: [sampler.names(each) for each in filtered],
        lambda: [sampler.names(each) for each in plain],
    )


def _profanity_time() -> float:
    """Return the time to check one name, over many distinct names."""
    artifact, profanity = tanh_64().artifact, ProfanityFilter()
    names = Sampler(artifact).names(Request("", 5_000, _TEMPERATURE, seed=1))
    return min_seconds(lambda: [profanity.matches(name) for name in names], 9) / len(names) * 1e6


async def _run_requests(artifact: Artifact, requests: list[Request], gaps: list[float]) -> None:
    """Run all requests at once; record the CPU time between two turns of another task."""
    engine = Engine(artifact)
    heartbeat = asyncio.create_task(_record_gaps(gaps))
    await asyncio.sleep(0.05)
    await asyncio.gather(*map(engine.names, requests))
    heartbeat.cancel()
    engine.close()


async def _record_gaps(gaps: list[float]) -> None:
    while True:
        started = time.process_time()
        await asyncio.sleep(0.001)
        gaps.append(time.process_time() - started)


def _largest_gap() -> float:
    """Return the median of five runs, in ms.

    Python's garbage collector would sometimes stop the process for longer, to search all imported
    modules. That is not the engine's time, so the modules are excluded (`gc.freeze`).
    """
    artifact = gru_256().artifact
    requests = [Request("Tr" if i % 2 else "", 25, _TEMPERATURE, seed=i) for i in range(200)]
    gc.collect()
    gc.freeze()
    largest = []
    for _ in range(5):
        gaps: list[float] = []
        asyncio.run(_run_requests(artifact, requests, gaps))
        largest.append(max(gaps))
    gc.unfreeze()
    return sorted(largest)[2] * 1e3


def _batching_speedup(net: Callable[[], Net]) -> float:
    """Return the requests per second of 200 at once, divided by those of one after another."""
    sampler = Sampler(net().artifact)
    requests = [Request("", 5, _TEMPERATURE, seed=i) for i in range(200)]

    async def run_together() -> None:
        engine = Engine(sampler.artifact)
        await asyncio.gather(*map(engine.names, requests))
        engine.close()

    def cpu_seconds(work: Callable[[], object]) -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    single = min(cpu_seconds(lambda: [sampler.names(r) for r in requests]) for _ in range(5))
    return single / min(cpu_seconds(lambda: asyncio.run(run_together())) for _ in range(5))


def _requests_per_second() -> float:
    """Return the requests for 5 names of the built-in first names in a second of CPU time."""
    artifact = Artifact.open(SHIPPED / "names.onnx")
    requests = [Request("", 5, _DEFAULT_TEMPERATURE, seed=seed) for seed in range(200)]

    async def run_together() -> None:
        engine = Engine(artifact)
        await asyncio.gather(*map(engine.names, requests))
        engine.close()

    seconds = []
    for _ in range(3):
        started = time.process_time()
        asyncio.run(run_together())
        seconds.append(time.process_time() - started)
    return len(requests) / min(seconds)


_NETS = (("tanh-64", "tanh-64", tanh_64), ("gru-256", "GRU-256", gru_256))


def _fairness_ratio() -> float:
    return asyncio.run(_seconds_beside(24)) / asyncio.run(_seconds_beside(1))


async def _seconds_beside(others: int) -> float:
    """Return the median time of a request for 5 names, beside `others` for 25 rare names each."""
    engine = Engine(Artifact.open(SHIPPED / "names.onnx"))
    rare = Request(count=25, temperature=0.9, min_length=14, max_length=14)
    tasks = [
        asyncio.ensure_future(engine.names(replace(rare, seed=seed))) for seed in range(others)
    ]
    await asyncio.sleep(0.05)  # until they have many rows
    seconds: list[float] = []
    while not any(task.done() for task in tasks) or not seconds:
        started = time.perf_counter()
        await engine.names(Request("Tr", seed=len(seconds)))
        seconds.append(time.perf_counter() - started)
    await asyncio.gather(*tasks)
    return median(seconds)


BENCHMARKS = [
    Benchmark(
        "whole-tanh-64",
        "1,024 whole names, tanh-64: sampler / only the network's steps",
        "≤ 1.75",
        "x",
        lambda: _ratio_to_bare_steps(tanh_64, "", _MANY),
    ),
    Benchmark(
        "whole-gru-256",
        "1,024 whole names, GRU-256: sampler / only the network's steps",
        "≤ 1.15",
        "x",
        lambda: _ratio_to_bare_steps(gru_256, "", _MANY),
    ),
    Benchmark(
        "ten-gru-256",
        "ten names with a prefix that was used before, GRU-256: sampler / all the network's steps",
        "≤ 2",
        "x",
        lambda: _ratio_to_bare_steps(gru_256, "Tr", 10),
    ),
    Benchmark(
        "torch-tanh-64",
        "names per second, tanh-64: 1,024 at once / torch eager, one name at a time",
        "≥ 100",
        "x",
        _speedup_over_torch,
    ),
    *(
        Benchmark(
            f"profanity-{name}",
            f"requests of 25 names, {title}: with the profanity filter / without",
            "≤ 1.5",
            "x",
            partial(_profanity_ratio, net),
        )
        for name, title, net in _NETS
    ),
    *(
        Benchmark(
            f"distinct-{count}{'-new' if new_only else ''}",
            f"requests of {count}{' new' if new_only else ''} names: without near-duplicates / "
            "merely distinct",
            "≤ 1.15",
            "x",
            partial(_distinct_ratio, count, new_only=new_only),
        )
        for new_only in (False, True)
        for count in (5, 25)
    ),
    *(
        Benchmark(
            f"mix-{count}",
            f"requests of {count} new names: a mix of two styles / one of them",
            "≤ 2.2",
            "x",
            partial(_mix_ratio, count),
        )
        for count in (5, 25)
    ),
    Benchmark(
        "near-duplicates-tr",
        "answers of five names for Tr that have two names one letter apart",
        "≤ 1",
        "%",
        partial(_near_duplicate_share, is_before=False),
    ),
    Benchmark(
        "near-duplicates-tr-before",
        "the same, if names are merely distinct",
        "",
        "%",
        partial(_near_duplicate_share, is_before=True),
    ),
    Benchmark("profanity-check", "profanity filter: one name", "", "µs", _profanity_time),
    Benchmark(
        "heartbeat",
        "200 requests of 25 names at once, GRU-256: longest time that the event loop is blocked",
        "≤ 10",
        "ms",
        _largest_gap,
    ),
    Benchmark(
        "requests-second",
        "requests for 5 names of the built-in first names, 200 at once, in a second of CPU time",
        "",
        "requests",
        _requests_per_second,
    ),
    Benchmark(
        "fair-24",
        "a request of 5 names: time beside 24 requests of 25 rare names / beside one",
        "≤ 2",
        "x",
        _fairness_ratio,
    ),
    *(
        Benchmark(
            f"shared-{name}",
            f"requests of 5 names per second, {title}: 200 at once / one after another",
            "",
            "x",
            partial(_batching_speedup, net),
        )
        for name, title, net in _NETS
    ),
    *(
        Benchmark(
            f"step-{name}-{rows}",
            f"one network step, batch size {rows:,}, {title}",
            "",
            "µs",
            partial(_step_time, net, rows),
        )
        for name, title, net in _NETS
        for rows in (1, 64, 1024)
    ),
]
