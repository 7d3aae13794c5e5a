"""Benchmark of many styles: memory once all are asked for, opening again, and their cards.

The built-in styles are copied under more names until there are sixty. A child process measures its
own memory, which the other benchmarks would disturb.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from statistics import median

from bot.config_sections import LibrarySettings, NamesSettings
from bot.library import Library, library
from bot.sampling import Request
from bot.sampling.protobuf import encode_message

from ..version_swaps import resident_bytes
from .benchmark import Benchmark

_STYLES = 60
_METADATA = 14
"""Field number of a model's metadata (onnx.proto)."""


def _copy_styles(folder: Path) -> list[str]:
    """Copy the built-in styles to `folder` under sixty names, and return these.

    Each copy has one more entry of metadata, so no two files are the same.
    """
    files = sorted(library.SHIPPED.glob("*.onnx"))
    names = [f"style{number:02}" for number in range(_STYLES)]
    for number, name in enumerate(names):
        entry = encode_message(1, b"copy") + encode_message(2, name.encode())
        content = files[number % len(files)].read_bytes() + encode_message(_METADATA, entry)
        (folder / f"{name}.onnx").write_bytes(content)
    return names


async def _ask(styles: Library, name: str) -> None:
    await (await styles.engine(name)).names(Request(count=5))


async def _measure(folder: Path) -> dict[str, float]:
    names = _copy_styles(folder)
    library.SHIPPED = folder
    settings = NamesSettings(style=names[0])
    styles = await Library.open(settings, LibrarySettings(), folder / "data")
    await _ask(styles, names[0])
    one = resident_bytes()
    started = time.process_time()
    await styles.cards()
    cards = time.process_time() - started
    for name in names:
        await _ask(styles, name)
    growth = resident_bytes() - one
    reopened = []
    for name in names[1:]:  # each was closed meanwhile
        started = time.process_time()
        await styles.engine(name)
        reopened.append(time.process_time() - started)
    await styles.close()
    return {"memory": growth / 2**20, "cards": cards * 1e3, "reopen": median(reopened) * 1e3}


@lru_cache(maxsize=1)
def _results() -> dict[str, float]:
    """Return memory growth in MiB, and CPU times in ms, of a child process."""
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    results: dict[str, float] = json.loads(done.stdout)
    return results


_TITLE = f"{_STYLES} styles"

BENCHMARKS = [
    Benchmark(
        "styles-memory",
        f"{_TITLE}: memory once all are asked for, above that with one",
        "≤ 60",
        "MiB",
        lambda: _results()["memory"],
    ),
    Benchmark(
        "styles-reopen",
        f"{_TITLE}: CPU time to open one again, median",
        "≤ 30",
        "ms",
        lambda: _results()["reopen"],
    ),
    Benchmark(
        "styles-cards",
        f"{_TITLE}: CPU time to read the titles, tags and examples of all",
        "≤ 300",
        "ms",
        lambda: _results()["cards"],
    ),
]

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        json.dump(asyncio.run(_measure(Path(folder))), sys.stdout)
