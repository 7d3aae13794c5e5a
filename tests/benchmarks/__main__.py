"""`make bench`: run the benchmarks, print a table, write docs/performance.md and .json.

`make bench ROW=name`, or several names with commas, runs only these and leaves the other results
unchanged.
"""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from model.checkpoint import write_atomically

from . import autocomplete, many_styles, patterns, process, sampling, training, version_swaps
from .benchmark import Benchmark, NotMeasuredError

BENCHMARKS: list[Benchmark] = [
    *training.BENCHMARKS,
    *sampling.BENCHMARKS,
    *patterns.BENCHMARKS,
    *autocomplete.BENCHMARKS,
    *process.BENCHMARKS,
    *many_styles.BENCHMARKS,
    *version_swaps.BENCHMARKS,
]
"""All benchmarks, in the order of the table."""

_DOCS = Path(__file__).parents[2] / "docs"
_JSON, _PAGE = _DOCS / "performance.json", _DOCS / "performance.md"

_HEAD = """# Performance

`make bench` runs these benchmarks on your machine and writes the results here.
`make bench ROW={name}` runs one of them. Ratios compare two ways in one run, so they differ less
between machines than times do. Times are CPU times, so other load on the machine doesn't count.
The exception is the response time of autocomplete, which is real time and includes the Discord
server in the same process. Benchmarks without a target are for information.

{machines}

| benchmark | what is measured | target | result | |
|---|---|---|---|---|
"""


def main() -> int:
    """Run the benchmarks of `ROW`, or all; return 2 with one line if a name is unknown."""
    names = [benchmark.name for benchmark in BENCHMARKS]
    selected = [name for name in os.environ.get("ROW", "").split(",") if name]
    for name in selected:
        if name not in names:
            sys.stderr.write(f"ROW={name}: unknown benchmark; choose from {', '.join(names)}\n")
            return 2
    console = Console()
    results = {result["name"]: result for result in _read()} if _JSON.exists() else {}
    machine = _machine()
    for benchmark in BENCHMARKS:
        if selected and benchmark.name not in selected:
            continue
        try:
            with console.status(benchmark.description):
                value = float(f"{benchmark.measure():.4g}")
        except NotMeasuredError as error:
            console.print(f"{benchmark.name}: {error}", markup=False)
            continue
        results[benchmark.name] = {
            "name": benchmark.name,
            "description": benchmark.description,
            "target": benchmark.target,
            "result": value,
            "unit": benchmark.unit,
            "machine": machine,
        }
    _write([results[name] for name in names if name in results])
    console.print(_table(results))
    return 0


def _read() -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = json.loads(_JSON.read_text(encoding="utf-8"))["benchmarks"]
    return results


def _write(results: list[dict[str, Any]]) -> None:
    content = json.dumps({"benchmarks": results}, indent=1, ensure_ascii=False)
    write_atomically(_JSON, f"{content}\n".encode())
    machines = list(dict.fromkeys(result["machine"] for result in results))
    lines = [f"Measured on{'¹²³⁴⁵'[i]}: {machine}." for i, machine in enumerate(machines[:5])]
    page = _HEAD.format(name=BENCHMARKS[0].name, machines="\n\n".join(lines))
    benchmarks = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    for result in results:
        name, *cells = _cells(benchmarks[result["name"]], result["result"])
        mark = "¹²³⁴⁵"[machines.index(result["machine"])]
        page += f"| {' | '.join([name + mark, *cells])} |\n"
    write_atomically(_PAGE, page.encode())


def _cells(benchmark: Benchmark, result: float) -> tuple[str, str, str, str, str]:
    verdict = {True: "met", False: "not met", None: ""}[benchmark.is_met(result)]
    target = benchmark.target and f"{benchmark.target} {benchmark.unit}"
    return (
        benchmark.name,
        benchmark.description,
        target,
        f"{result:g} {benchmark.unit}",
        verdict,
    )


def _table(results: dict[str, dict[str, Any]]) -> Table:
    table = Table("benchmark", "what is measured", "target", "result", "")
    table.columns[3].justify = "right"
    for benchmark in BENCHMARKS:
        if benchmark.name in results:
            table.add_row(*_cells(benchmark, results[benchmark.name]["result"]))
    return table


def _machine() -> str:
    """Return what the results depend on: processor, cores, versions."""
    packages = [f"{name} {version(name)}" for name in ("torch", "onnxruntime", "numpy")]
    python = f"Python {platform.python_version()}"
    return ", ".join([_processor(), f"{os.cpu_count()} cores", python, *packages])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
