"""Faults at the end of the process: signals at each stage, streams that fail, and kill -9."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot import client
from bot.client import serve
from bot.config import Settings
from bot.loopback import Fault, Loopback
from bot.store import Store

from ..bot_runner import bot_environment, errors_of, start_bot
from ..processes import REPOSITORY, TIMEOUT, start_process
from .artifacts import write_endless
from .conftest import RunBot, names_in, press, send

pytestmark = pytest.mark.skipif(os.name != "posix", reason="has other signals")

SILENCE = Fault(silence=600)

STAGES = {
    "login": ("GET", "/users/@me"),
    "application": ("GET", "/oauth2/applications/@me"),
    "sync": ("PUT", "/applications/*/commands"),
    "shards": ("GET", "/gateway/bot"),
    "connect": ("GET", "/"),
}
"""Requests of the start, in order."""


@contextlib.asynccontextmanager
async def serving(discord: Loopback, settings: Settings) -> AsyncIterator[asyncio.Event]:
    """Serve until the event, which SIGTERM sets; the bot must then end soon and without error."""
    terminated = asyncio.Event()
    task = asyncio.create_task(serve(settings, discord.token, terminated))
    yield terminated
    terminated.set()
    await asyncio.wait_for(task, 30)


@pytest.mark.parametrize("stage", STAGES)
async def test_sigterm_during_the_start(
    discord: Loopback,
    run_bot: RunBot,
    settings_for: Callable[..., Settings],
    caplog: pytest.LogCaptureFixture,
    stage: str,
) -> None:
    discord.faults.add(*STAGES[stage], SILENCE)
    async with serving(discord, settings_for(discord)):
        await discord.wait_until(lambda: discord.faults.count)
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    discord.faults.clear()
    async with run_bot(discord):  # it left no lock
        assert names_in(await send(discord, "!name Tr"))


@pytest.mark.parametrize("stage", ["idle", "lost connection", "unreachable"])
async def test_sigterm_while_running(
    discord: Loopback,
    settings_for: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    monkeypatch.setattr(client, "_LOGIN_DELAYS", (600.0,))
    if stage == "unreachable":
        discord.faults.add("GET", "/users/@me", Fault(200))
    async with serving(discord, settings_for(discord)):
        if stage == "unreachable":
            await discord.wait_until(lambda: discord.faults.count)
            return
        await discord.wait_ready()
        if stage == "lost connection":
            discord.faults.add(*STAGES["connect"], SILENCE)
            await discord.faults.drop_connections()
            await discord.wait_until(lambda: discord.faults.count)


async def test_sigterm_while_a_style_never_ends(discord: Loopback, tmp_path: Path) -> None:
    """A single operator of a network computes for half a minute; the process ends without it."""
    style = write_endless(tmp_path / "endless.onnx")
    process = await start_bot(discord, tmp_path, NAMESMITH_NAMES__STYLE=str(style))
    application = ("GET", "/oauth2/applications/@me")
    discord.faults.add(*application, Fault(takes_effect=True))
    try:
        await discord.wait_until(lambda: discord.faults.count, timeout=TIMEOUT)
        before = cpu_seconds(process.pid)
        async with asyncio.timeout(TIMEOUT):
            while cpu_seconds(process.pid) < before + 3.0:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        process.terminate()
        errors = await asyncio.wait_for(errors_of(process), 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 0
    last = errors.splitlines()[-1]
    assert last == "namesmith: Ended without waiting for work that takes too long."
    assert "Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_during_commands(
    discord: Loopback, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C finishes the commands as SIGTERM does, and no one is told that they are outdated."""
    process = await start_bot(discord, tmp_path)
    await discord.wait_ready(timeout=TIMEOUT)
    calls = [await discord.invoke("rate", {"name": "Trina"}) for _ in range(5)]
    process.send_signal(number)
    for call in calls:
        assert (await call.answer()).embeds
    errors = await errors_of(process)
    assert process.returncode == (130 if number == signal.SIGINT else 0)
    assert all(" INFO " in line for line in errors.splitlines())


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    user, system = (
        Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    )
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("command", "module", "number"),
    [
        ("chat", "msgspec", signal.SIGINT),
        ("chat", "onnxruntime", signal.SIGINT),
        ("serve", "discord.errors", signal.SIGINT),
        ("styles list", "filelock", signal.SIGINT),
        ("serve", "discord.errors", signal.SIGTERM),
    ],
)
def test_signal_while_importing(command: str, module: str, number: signal.Signals) -> None:
    """The process says nothing, and ends by the signal or with 130."""
    process: Any = start_process(
        [sys.executable, "-X", "importtime", "-m", "bot", *command.split()],
        env=os.environ | {"DISCORD_TOKEN": "x.y.z", "NAMESMITH_DISCORD__API_URL": "http://[::1]:9"},
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while module not in (line := process.stderr.readline()):
        assert line, "the module is never imported"
    process.send_signal(number)
    output, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode in (-number, 128 + number)
    assert output == ""
    lines = [each for each in errors.splitlines() if not each.startswith("import time:")]
    assert all(" INFO " in line for line in lines)


FULL = "namesmith: [Errno 28] No space left on device: 'standard output'\n"


@pytest.mark.parametrize(
    ("command", "status", "errors"),
    [
        ("chat >/dev/full", 1, FULL),
        ("chat <&- >&-", 0, ""),
        ("chat <&- >&- 2>&-", 0, ""),
        ("styles list --json >/dev/full", 1, FULL),
        ("styles list --json >&-", 0, ""),
    ],
)
def test_failing_standard_streams(command: str, status: int, errors: str) -> None:
    result = subprocess.run(
        ["sh", "-c", f'exec "$0" -m bot {command}', sys.executable],
        cwd=REPOSITORY,
        input="!name Tr 1\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    assert result.returncode == status
    assert result.stdout == ""
    assert result.stderr == errors


async def test_full_log_stops_nobody(discord: Loopback, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'exec "$0" -m bot serve >/dev/full 2>&1', sys.executable),
        env=bot_environment(discord, tmp_path),
    )
    await discord.wait_ready(timeout=TIMEOUT)
    assert names_in(await send(discord, "!name Tr"))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), TIMEOUT) == 0


async def test_kill_while_saving(discord: Loopback, tmp_path: Path) -> None:
    """Every save that was confirmed is stored, and the database opens again."""
    process = await start_bot(discord, tmp_path)
    await discord.wait_ready(timeout=TIMEOUT)
    answers = [await send(discord, f"!name {letter} 1") for letter in "ABCDEFGHIJKLMNOP"]
    saves = [asyncio.create_task(press(discord, answer, "Save")) for answer in answers]
    await asyncio.wait(saves, return_when=asyncio.FIRST_COMPLETED)
    process.kill()
    await process.wait()
    confirmed = [answer.content for answer, save in zip(answers, saves, strict=True) if save.done()]
    for save in saves:
        save.cancel()
    store = await Store.open(f"sqlite:///{tmp_path}/namesmith.sqlite3")
    saved = {each.name for each in await store.get_saved_names(discord.user("ada").id, limit=99)}
    await store.close()
    assert confirmed
    assert set(confirmed) <= saved


_PUBLISH = """
import sys
from pathlib import Path
from bot.library import open_storage, operations
from tests.bot.artifacts import artifact_of_version
storage = open_storage(sys.argv[1], Path())
for number in range(1, 99):
    content = artifact_of_version(number, bulk=2**20)
    operations.publish(storage, "fauns", content, author="7", keep_versions=3, max_bytes=2**22)
    print(number, flush=True)
"""


@pytest.mark.parametrize("published", [1, 4])
def test_kill_while_publishing(tmp_path: Path, published: int) -> None:
    """The version that was published last is live, or the one that was on its way."""
    process: Any = start_process(
        [sys.executable, "-c", _PUBLISH, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    while int(process.stdout.readline()) < published:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    listed = subprocess.run(
        [sys.executable, "-m", "bot", "styles", "list", "--json"],
        env=os.environ | {"NAMESMITH_LIBRARY__URL": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    (style,) = json.loads(listed.stdout)
    assert style["live"] in range(published, published + 3)
