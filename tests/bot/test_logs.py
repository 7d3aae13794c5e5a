"""The log: text and JSON, the id of a request on its whole route, and nothing private."""

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bot
from bot.config_sections import Secret
from bot.logs import JsonFormatter, LogFormatter, log_to_stderr
from bot.loopback import Loopback
from bot.loopback.faults import http_error, rate_limited
from bot.process import write_line
from bot.request_id import (
    RequestIdFilter,
    begin_request,
    end_receiving,
    receive_request,
    request_id,
    request_seconds,
)
from bot.sampling import Artifact, Engine, StepGenerator

from ..bot_runner import errors_of, start_bot
from .artifacts import write_artifact
from .conftest import CALLBACK, MESSAGES, invoke, press, send

SECRET = "Zyxwvutsrqp"


@pytest.fixture
def restored_log() -> Iterator[None]:
    """Undo what `log_to_stderr` changes."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    root.handlers[:], root.level = handlers, level
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


def record_of(message: str, *arguments: object, **fields: Any) -> logging.LogRecord:
    """Return a record with `fields` as attributes."""
    record = logging.LogRecord("bot.x", logging.WARNING, "", 0, message, arguments, None)
    vars(record).update(fields)
    return record


def test_json_record() -> None:
    record = record_of("sent %s\nto %s", "a.b.c", "ä", created=1795881600.25, request_id="00c0ffee")
    assert JsonFormatter(Secret("a.b.c")).format(record) == (
        '{"time": "2026-11-28T16:00:00.250Z", "level": "WARNING", "logger": "bot.x", '
        '"message": "sent [token]\\nto \\u00e4", "request_id": "00c0ffee"}'
    )


def test_json_exception_is_one_field() -> None:
    try:
        int("a.b.c")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    line = JsonFormatter(Secret("a.b.c")).format(record_of("failed", exc_info=info))
    fields = json.loads(line)
    assert "\n" not in line
    assert sorted(fields) == ["exception", "level", "logger", "message", "time"]
    assert fields["exception"].startswith("Traceback (most recent call last):")
    assert fields["exception"].endswith("with base 10: '[token]'")


def test_text_record_has_the_id() -> None:
    line = LogFormatter().format(record_of("sent", request_id="00c0ffee"))
    assert line.endswith("WARNING bot.x [00c0ffee]: sent")
    assert LogFormatter().format(record_of("sent")).endswith("WARNING bot.x: sent")


@pytest.mark.usefixtures("restored_log")
def test_everything_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Also warnings, uncaught exceptions and the lines of the command line."""
    log_to_stderr("INFO", format="json")
    write_line("100 % taken.")
    sys.excepthook(KeyError, KeyError("bug"), None)
    thread = threading.Thread(target=int, args=("no number",))
    thread.start()
    thread.join()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", stacklevel=1)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["CRITICAL", "CRITICAL", "CRITICAL", "WARNING"]
    assert lines[0]["message"] == "100 % taken."
    assert lines[1]["exception"] == "KeyError: 'bug'"
    assert lines[2]["exception"].endswith("with base 10: 'no number'")
    assert "old" in lines[3]["message"]


def test_filter_for_other_bots(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(bot.RequestIdFilter())
    handler.setFormatter(logging.Formatter("[%(request_id)s] %(message)s"))
    handler.handle(record_of("sent"))
    request = copy_context()
    request.run(begin_request)
    request.run(handler.handle, record_of("sent"))
    assert re.fullmatch(r"\[\] sent\n\[[0-9a-f]{8}\] sent\n", capsys.readouterr().err)


def test_lines_are_text_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    write_line("The port is taken.")
    assert capsys.readouterr().err == "namesmith: The port is taken.\n"


async def test_a_request_has_one_id_in_its_tasks_and_threads() -> None:
    async def ids() -> list[str]:
        begin_request()
        begin_request()  # each entry point calls it; the first one counts
        seen = [request_id(), await asyncio.to_thread(request_id)]
        seen.append(await asyncio.create_task(asyncio.sleep(0, request_id())))
        return seen

    token = receive_request()
    tasks = [asyncio.create_task(ids()), asyncio.create_task(ids())]
    end_receiving(token)
    first, second = await asyncio.gather(*tasks)
    assert len({*first, *second}) == 1  # one event from the gateway, whatever handles it
    assert len(first[0]) == 8
    assert request_id() == ""
    assert request_seconds() == 0
    assert set(await asyncio.create_task(ids())).isdisjoint(first)


async def test_engine_logs_with_the_id(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two requests share the steps of a network, on the event loop and on a thread."""
    caplog.handler.addFilter(RequestIdFilter())
    engine = Engine(Artifact.open(write_artifact(tmp_path / "test.onnx")))

    def steps(name: str, rows: int) -> StepGenerator[None]:
        for _ in range(3):
            logging.getLogger("steps").warning(name)
            yield np.zeros(rows, np.int64), np.zeros((rows, 1), np.float32)

    async def request(name: str, rows: int) -> str:
        begin_request()
        await engine.run(steps(name, rows))
        return request_id()

    names = {"few": 1, "other": 1, "many": 500}
    ids = await asyncio.gather(
        *(asyncio.create_task(request(name, rows)) for name, rows in names.items())
    )
    seen = {(record.getMessage(), vars(record)["request_id"]) for record in caplog.records}
    assert seen == set(zip(names, ids, strict=True))


async def test_json_log_of_a_session(discord: Loopback, tmp_path: Path) -> None:
    """Every line is JSON; what a command logs, and what discord.py logs for it, has one id."""
    process = await start_bot(
        discord, tmp_path / "data", NAMESMITH_LOG__LEVEL="DEBUG", NAMESMITH_LOG__FORMAT="json"
    )
    await discord.wait_ready()
    await send(discord, f"!rate {SECRET}")
    await send(discord, f"!name style:{SECRET}")
    discord.faults.add("POST", MESSAGES, rate_limited(0.05))
    await send(discord, "!name Tr")
    discord.faults.add("POST", CALLBACK, http_error(400, 50035, "Invalid Form Body"))
    failed = await invoke(discord, "name", {"prefix": "Tr"})
    await press(discord, await invoke(discord, "name", {"prefix": "Tr"}), "Again", "ben")
    process.terminate()
    log = await errors_of(process)
    lines = [json.loads(line) for line in log.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    answered = [line for line in lines if line["logger"] == "bot.commands.outcomes"]
    assert [" ".join(line["message"].split()[:3]) for line in answered] == [
        "text rate: ok",
        "text name: user_error",
        "text name: ok",
        "slash name: error",
        "slash name: ok",
        "component NameButton: ok",
    ]
    ids = [line["request_id"] for line in answered]
    assert len(set(ids)) == 6
    (limited,) = (line for line in lines if "We are being rate limited" in line["message"])
    assert limited["request_id"] == ids[2]
    (rejected,) = (line for line in lines if "Discord rejected the answer" in line["message"])
    assert rejected["request_id"] == ids[3]
    assert f"in my log as `{ids[3]}`" in failed.content
    assert not [
        line for line in lines if line["message"].startswith("Ready") and "request_id" in line
    ]
    private = [SECRET, discord.token, *(str(discord.user(name).id) for name in ("ada", "ben"))]
    assert [text for text in private if text in log] == []
