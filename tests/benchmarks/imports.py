"""Memory by import: what a bot that serves holds after each of its imports.

`python -m tests.benchmarks.imports --write` writes the table into docs/memory.md.
"""

import argparse
import json
import re
import subprocess
import sys
from statistics import median

from ..processes import REPOSITORY

PAGE = REPOSITORY / "docs" / "memory.md"
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
_RUNS = 3

STEPS = {
    "Python": ("asyncio", "json", "logging"),
    "aiohttp, with TLS": ("aiohttp",),
    "discord.py": ("discord", "discord.ext.commands"),
    "NumPy": ("numpy",),
    "onnxruntime": ("onnxruntime",),
    "msgspec": ("msgspec",),
    "SQLAlchemy, without its ORM": ("sqlalchemy", "sqlalchemy.dialects.sqlite.aiosqlite"),
    "Namesmith's own modules": ("bot.cli", "bot.client", "bot.extension"),
    "the network of the default style": (),
    "NumPy's random numbers, at the first query": ("numpy.random",),
    "the word list, at the first command": (),
}
"""What is imported or opened, in this order."""

_OPEN = {
    "the network of the default style": """
from bot.library.engine_cache import open_file
from bot.library.library import SHIPPED
engine = open_file(SHIPPED / "names.onnx", 2**26)
""",
    "the word list, at the first command": """
from bot.profanity import ProfanityFilter
ProfanityFilter().prepare()
""",
}

_CHILD = """
import gc, os, sys
from importlib import import_module
from pathlib import Path
from bot.process import limit_heap, prepare_process

def report():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

prepare_process()
limit_heap()
sizes = []
for modules, code in STEPS:
    for module in modules:
        import_module(module)
    exec(code)
    report()
import json
print(json.dumps(sizes))
"""


def measure() -> dict[str, float]:
    """Return the memory in MiB after each step, median of some processes."""
    steps = [(modules, _OPEN.get(name, "")) for name, modules in STEPS.items()]
    code = f"STEPS = {steps!r}\n{_CHILD}"
    runs = []
    for _ in range(_RUNS):
        command = [sys.executable, "-c", code]
        output = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        runs.append(json.loads(output.stdout))
    return dict(zip(STEPS, map(median, zip(*runs, strict=True)), strict=True))


def format_table(sizes: dict[str, float]) -> str:
    """Return the sizes as a Markdown table."""
    lines = ["| import | adds, MiB | sum, MiB |", "|---|---|---|"]
    before = 0.0
    for name, size in sizes.items():
        lines.append(f"| {name} | {size - before:.1f} | {size:.1f} |")
        before = size
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.imports")
    parser.add_argument("--write", action="store_true", help=f"write it into {PAGE.name}")
    write = parser.parse_args().write
    table = format_table(measure())
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(_TABLE.sub(lambda _: table, page), encoding="utf-8")
    else:
        sys.stdout.write(table)


if __name__ == "__main__":
    main()
