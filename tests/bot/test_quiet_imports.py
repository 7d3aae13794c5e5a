"""Lazy imports: where they are, that none holds the event loop, and that large ones are quiet."""

import ast
import asyncio
import gc
import json
import sys
import tempfile
from pathlib import Path

import pytest

from bot import quiet_imports as module
from bot.loopback import Loopback
from bot.quiet_imports import own_process, quiet_imports

from ..bot_runner import bot_environment

BOT = Path(__file__).parents[2] / "bot"

ON_A_THREAD = {
    "commands/pictures.py": {"_draw_rating", "_draw_charts"},
    "library/storage_urls.py": {"open_storage"},
    "library/watcher.py": {"_changes"},
    "store/schema_upgrade.py": {"_run_alembic"},
    "training/dask_client.py": {"_import_distributed"},
}
BEFORE_READY = {
    "__main__.py": {"main"},
    "client.py": {"_http_trace"},
    "extension.py": {"_setup"},
    "monitoring/server.py": {"_make_metrics"},
    "process.py": {"limit_heap", "write_line"},
    "store/database.py": {"insert", "_connect_postgresql"},
}
IN_A_WORKER = {"training/dask_client.py": {"run_job"}}
NO_BOT: dict[str, set[str] | None] = {
    "cli.py": None,
    "loopback/gateway/compression.py": {"zstd_stream"},
    "loopback/terminal/repl.py": {"chat"},
}
"""The command line before and after the bot, and the loopback; None is the whole file."""

MAX_SECONDS = 0.01


def functions_that_import(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in ast.walk(tree) if isinstance(each, functions) and _imports(each)}


def _imports(function: ast.AST) -> bool:
    """Whether `function` imports, except in a function in it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Import | ast.ImportFrom):
            return True
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and _imports(child):
            return True
    return False


def test_each_lazy_import_has_its_place() -> None:
    """A new one needs a thread, or a time at which nobody waits."""
    found = {}
    for file in BOT.rglob("*.py"):
        name = file.relative_to(BOT).as_posix()
        places = (ON_A_THREAD, BEFORE_READY, IN_A_WORKER, NO_BOT)
        known = set().union(*(place.get(name) or () for place in places))
        if name not in NO_BOT or NO_BOT[name] is not None:
            found[name] = functions_that_import(file) - known
    assert not {name: functions for name, functions in found.items() if functions}


async def test_loop_imports_nothing_large(discord: Loopback) -> None:
    """The commands of a new process, measured in CPU time of the loop's thread."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "imports.json")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.import_monitor", str(file), "serve"),
            env=bot_environment(discord, Path(folder, "data")),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await discord.wait_ready(timeout=60)
            await discord.wait_commands(timeout=60)
            await (await discord.invoke("name", {"prefix": "Tr"})).answer()
            await discord.autocomplete("name", {"prefix": "Tr"}, focused="prefix")
            for command in ("rate Anna", "name style:norse+towns", "style info elves", "help"):
                await discord.wait_reply(await discord.say(f"!{command}"))
            await (await discord.invoke("settings", {}, author="olga")).answer()
        finally:
            process.terminate()
            await process.wait()
        imports = json.loads(await asyncio.to_thread(file.read_text, "utf-8"))
    assert not [each for each in imports if each["milliseconds"] > MAX_SECONDS * 1e3]


def test_imports_of_a_plugin_change_nothing_in_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_is_own_process", False)
    before = gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()
    with quiet_imports():
        assert (gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()) == before
    assert (gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()) == before


def test_quiet_imports_restore_what_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_is_own_process", False)
    own_process()
    interval, frozen = sys.getswitchinterval(), gc.get_freeze_count()
    with quiet_imports():
        assert not gc.isenabled()
        assert sys.getswitchinterval() < interval
    assert gc.isenabled()
    assert sys.getswitchinterval() == pytest.approx(interval)
    assert gc.get_freeze_count() > frozen
    gc.unfreeze()
