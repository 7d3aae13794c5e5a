"""`make bench`: run the benchmarks, print a table, write docs/performance.md and .json.

`make bench ROW=name`, or several names with commas, runs only these and leaves the other results
unchanged. Each result is stored as soon as it is measured.
"""

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from model.checkpoint import write_atomically

from . import autocomplete, many_styles, patterns, process, sampling, training, version_swaps
from .benchmark import Benchmark, NotMeasuredError
from .page import Result, cells, render, to_json

BENCHMARKS: list[Benchmark] = [
    *process.BENCHMARKS,
    *autocomplete.BENCHMARKS,
    *sampling.BENCHMARKS,
    *patterns.BENCHMARKS,
    *many_styles.BENCHMARKS,
    *version_swaps.BENCHMARKS,
    *training.BENCHMARKS,
]
"""All benchmarks, in the order of the table."""

_DOCS = Path(__file__).parents[2] / "docs"
_JSON, _PAGE = _DOCS / "performance.json", _DOCS / "performance.md"


def main() -> int:
    """Run the benchmarks of `ROW`, or those that take no more than seconds.

    Return 2 with one line if a name is unknown, 1 if a benchmark failed.
    """
    names = [benchmark.name for benchmark in BENCHMARKS]
    selected = [name for name in os.environ.get("ROW", "").split(",") if name]
    for name in selected:
        if name not in names:
            sys.stderr.write(f"ROW={name}: unknown benchmark; choose from {', '.join(names)}\n")
            return 2
    console = Console()
    results = _read()
    failed = False
    for benchmark in BENCHMARKS:
        if benchmark.name in selected or not (selected or benchmark.is_alone):
            try:
                with console.status(benchmark.description):
                    results[benchmark.name] = _measure(benchmark)
            except NotMeasuredError as error:
                console.print(f"{benchmark.name}: {error}", markup=False)
            except Exception as error:  # the others are still of use
                console.print(f"{benchmark.name}: failed: {error!r}", markup=False)
                failed = True
            else:
                console.print(_line(benchmark, results[benchmark.name]), markup=False)
                _write(results)
    console.print(_table(results))
    return int(failed)


def _measure(benchmark: Benchmark) -> Result:
    started = time.monotonic()
    value = float(f"{benchmark.measure():.4g}")
    return Result(
        benchmark.name,
        benchmark.description,
        benchmark.target,
        value,
        benchmark.unit,
        _machine(),
        round(time.monotonic() - started, 1),
        datetime.now(UTC).date().isoformat(),
    )


def _line(benchmark: Benchmark, result: Result) -> str:
    _, _, target, value, verdict = cells(benchmark, result.result)
    return f"{benchmark.name}: {value} ({result.seconds} s) {target and verdict}"


def _read() -> dict[str, Result]:
    if not _JSON.exists():
        return {}
    rows = json.loads(_JSON.read_text(encoding="utf-8"))["benchmarks"]
    return {row["name"]: Result(**row) for row in rows}


def _write(results: dict[str, Result]) -> None:
    known = {each.name: results[each.name] for each in BENCHMARKS if each.name in results}
    content = json.dumps(to_json(list(known.values())), indent=1, ensure_ascii=False)
    write_atomically(_JSON, f"{content}\n".encode())
    write_atomically(_PAGE, render(BENCHMARKS, known).encode())


def _table(results: dict[str, Result]) -> Table:
    table = Table("benchmark", "what is measured", "target", "result", "")
    table.columns[3].justify = "right"
    for benchmark in BENCHMARKS:
        if benchmark.name in results:
            table.add_row(*cells(benchmark, results[benchmark.name].result))
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
