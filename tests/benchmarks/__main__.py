"""`make bench`: measure, print the table, and write it to docs/performance.md and .json.

`make bench ROW=name`, or several with commas between, measures these alone and keeps the other
figures as they stand.
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

from model.atomic_write import write_atomically

from . import answering, learning, sampling, version_swaps
from .rows import NotMeasured, Row

ROWS: list[Row] = [*learning.ROWS, *sampling.ROWS, *answering.ROWS, *version_swaps.ROWS]
"""Every area's rows, in the order of the table; another area adds its own here."""

_DOCS = Path(__file__).parents[2] / "docs"
_JSON, _PAGE = _DOCS / "performance.json", _DOCS / "performance.md"

_HEAD = """# How quickly it learns and answers

`make bench` measures this on your machine and writes it here; `make bench ROW={row}`
measures one row. Ratios compare two ways of doing the same in one run, so they hold from machine to
machine better than times do. Times are those of the process, not of the clock, so that what else
the machine does is left out (but for people who type, whose Discord runs in the same process); rows
without a target are told for what they say.

{machines}

| row | what is compared | target | figure | |
|---|---|---|---|---|
"""


def main() -> int:
    """Measure the rows asked for; return 2 with one line if there is no such row."""
    names = [row.name for row in ROWS]
    asked = os.environ.get("ROW", "").split(",")
    for name in asked:
        if name and name not in names:
            sys.stderr.write(f"ROW={name}: no such row; there are {', '.join(names)}\n")
            return 2
    rows = [row for row in ROWS if asked == [""] or row.name in asked]
    console = Console()
    measured = {} if not _JSON.exists() else {r["row"]: r for r in _read()["rows"]}
    machine = ", ".join(_machine().values())
    for row in rows:
        try:
            with console.status(row.told):
                figure = float(f"{row.figure():.4g}")
        except NotMeasured as reason:
            console.print(f"{row.name}: {reason}", markup=False)
            continue
        measured[row.name] = {
            "row": row.name,
            "told": row.told,
            "target": row.target,
            "figure": figure,
            "unit": row.unit,
            "machine": machine,
        }
    kept = [measured[row.name] for row in ROWS if row.name in measured]
    _write({"rows": kept})
    console.print(_table([row for row in ROWS if row.name in measured], measured))
    return 0


def _read() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_JSON.read_text(encoding="utf-8"))
    return read


def _write(told: dict[str, Any]) -> None:
    write_atomically(_JSON, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())
    machines = list(dict.fromkeys(each["machine"] for each in told["rows"]))
    lines = [f"Measured on{'¹²³⁴⁵'[i]}: {machine}." for i, machine in enumerate(machines[:5])]
    page = _HEAD.format(row=ROWS[0].name, machines="\n\n".join(lines))
    rows = {row.name: row for row in ROWS}
    for each in told["rows"]:
        name, *cells = _cells(rows[each["row"]], each["figure"])
        mark = "¹²³⁴⁵"[machines.index(each["machine"])]
        page += f"| {' | '.join([name + mark, *cells])} |\n"
    write_atomically(_PAGE, page.encode())


def _cells(row: Row, figure: float) -> tuple[str, str, str, str, str]:
    mark = {True: "met", False: "not met", None: ""}[row.met(figure)]
    target = row.target and f"{row.target} {row.unit}"
    return row.name, row.told, target, f"{figure:g} {row.unit}", mark


def _table(rows: list[Row], measured: dict[str, dict[str, Any]]) -> Table:
    table = Table("row", "what is compared", "target", "figure", "")
    table.columns[3].justify = "right"
    for row in rows:
        table.add_row(*_cells(row, measured[row.name]["figure"]))
    return table


def _machine() -> dict[str, str]:
    """What the figures depend on: processor, cores, versions."""
    told = {"processor": _processor(), "cores": f"{os.cpu_count()} cores"}
    told["python"] = f"Python {platform.python_version()}"
    for package in ("torch", "onnxruntime", "numpy"):
        told[package] = f"{package} {version(package)}"
    return told


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
