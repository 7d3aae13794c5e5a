"""Performance page: docs/performance.md, made from the results in docs/performance.json.

The first table is for people who use or host the bot, in plain words. The second one is for
engineers and has all results.
"""

from dataclasses import asdict, dataclass
from typing import Any

from .benchmark import Benchmark

PLAIN = {
    "start-seconds": "Starting: CPU time until the bot is ready",
    "start-megabytes": "Memory when it is ready",
    "answers-megabytes": "Memory after 2,000 answers",
    "command-time": "`/name` with five names: CPU time",
    "requests-second": "Many users: requests for five names in a second, on one core",
    "heartbeat": "200 people ask for 25 names at once: longest time that nothing else runs",
    "fair-24": "Waiting for five names beside 24 large requests, compared with beside one",
    "typing-median": "Autocomplete while 100 people type: half the answers come within",
    "typing-99": "Autocomplete while 100 people type: 99 of 100 answers come within",
    "typing-99-busy": "The same on a machine that is busy with other work",
    "training-time": "Training a style with 1,300 names: CPU time",
    "styles-reopen": "Opening a style that nobody used for a while",
    "styles-memory": "60 styles in use: memory above that for one",
    "swaps-failed": "Requests that fail while a style is changed 400 times",
    "near-duplicates-tr": "Answers that have two names one letter apart",
}
"""What a benchmark means for users, in the order of their table."""

_HEAD = """# Performance

{machines}

## For users

A command takes milliseconds, so one core serves hundreds of people at once. CPU time doesn't depend
on what else the machine does; the times for autocomplete are real time, from the key to the answer.

| what | result | target | |
|---|---|---|---|
{users}

## For engineers

`make bench` measures all rows but those marked *alone*, in {minutes} minutes on the first machine
above, and writes this page. `make bench ROW={example}` measures one row, or several with commas.
The rows marked *alone* are long trainings: they are only measured by their names.

Ratios compare two ways in one run, so they differ less between machines than times do. Times are
CPU times, except those for autocomplete. Rows without a target are for information.

| row | what is measured | target | result | | takes | measured |
|---|---|---|---|---|---|---|
{engineers}
"""

_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"


@dataclass(frozen=True)
class Result:
    """A result with the row's texts at that time.

    `seconds` is how long it took, if that is known; `day` is when.
    """

    name: str
    description: str
    target: str
    result: float
    unit: str
    machine: str
    seconds: float | None
    day: str


def to_json(results: list[Result]) -> dict[str, Any]:
    """Return the content of docs/performance.json."""
    return {"benchmarks": [asdict(result) for result in results]}


def render(benchmarks: list[Benchmark], results: dict[str, Result]) -> str:
    """Return the page in Markdown; rows without a result are left out."""
    measured = [benchmark for benchmark in benchmarks if benchmark.name in results]
    machines = list(dict.fromkeys(results[each.name].machine for each in measured))
    by_name = {each.name: each for each in measured}
    users = [_user_row(by_name[name], results[name]) for name in PLAIN if name in by_name]
    engineers = [
        _engineer_row(each, results[each.name], machines.index(results[each.name].machine))
        for each in measured
    ]
    seconds = sum(results[each.name].seconds or 0 for each in measured if not each.is_alone)
    return _HEAD.format(
        machines="\n\n".join(
            f"Measured on{mark}: {machine}."
            for mark, machine in zip(_MARKS, machines, strict=False)
        ),
        users="\n".join(users),
        minutes=f"{seconds / 60:.1f}",
        example=benchmarks[0].name,
        engineers="\n".join(engineers),
    )


def cells(benchmark: Benchmark, result: float) -> tuple[str, str, str, str, str]:
    """Return the name, description, target, result and verdict of a row."""
    verdict = {True: "met", False: "not met", None: ""}[benchmark.is_met(result)]
    target = benchmark.target and f"{benchmark.target} {benchmark.unit}"
    value = f"{result:g} {benchmark.unit}"
    return benchmark.name, benchmark.description, target, value, verdict


def _user_row(benchmark: Benchmark, result: Result) -> str:
    _, _, target, value, verdict = cells(benchmark, result.result)
    return f"| {PLAIN[benchmark.name]} | {value} | {target} | {verdict} |"


def _engineer_row(benchmark: Benchmark, result: Result, machine: int) -> str:
    name, *others = cells(benchmark, result.result)
    takes = "" if result.seconds is None else f"{result.seconds:.0f} s"
    takes = ", ".join(filter(None, [takes, "alone" if benchmark.is_alone else ""]))
    mark = _MARKS[machine] if machine < len(_MARKS) else ""
    return f"| {' | '.join([name + mark, *others, takes, result.day])} |"
