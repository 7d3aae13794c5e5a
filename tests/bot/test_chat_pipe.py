"""Chat through a pipe: its output, and what happens if the reader closes the pipe."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.loopback.terminal.console import PipeConsole

from ..processes import REPOSITORY, TIMEOUT, run_cli, start_cli


def test_buttons_and_local_commands() -> None:
    result = run_cli("chat", typed="!name Tr 2\n1\n.as ben\n1\n.in dm\n!name Zo 1\n7\n")
    assert result.returncode == 1
    assert [line[:2] for line in result.stdout.splitlines()] == ["Tr"] * 6 + ["Zo"]
    assert re.fullmatch(r"There's no 7\. Choose from 1, .*\n", result.stderr)


def test_output_has_no_escape_sequences() -> None:
    lines = [
        ".help",
        "!name Tr",
        "/style list",
        "/rate name:Tristan",
        ".as olga",
        "/settings",
        "?name",
    ]
    result = run_cli("chat", typed="\n".join(lines), TERM="xterm-256color", FORCE_COLOR="1")
    assert result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_picture_path_is_printed() -> None:
    result = run_cli("chat", typed="/rate name:Tristan\n")
    path = next(line for line in result.stdout.splitlines() if line.endswith(".png"))
    assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_closed_output_quits_silently() -> None:
    process = start_cli("chat")
    process.stdin.write("!name Tr 1\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("Tr")
    process.stdout.close()
    process.stdin.write("!name Tr 1\n" * 3)
    process.stdin.flush()  # standard input stays open: the closed output ends the chat
    assert process.wait(timeout=TIMEOUT) == 0
    assert process.stderr.read() == ""
    process.stdin.close()


def test_terminal_packages_are_not_imported() -> None:
    check = (
        "import sys, bot.loopback.terminal\n"
        "print(*sorted({'prompt_toolkit', 'rich'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert result.stdout == "\n"


class Terminal(io.StringIO):
    """Standard output that is a terminal, while standard input is a pipe."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "expected"), [(Terminal(), "a�[2Jb\n"), (io.StringIO(), "a\x1b[2Jb\n")]
)
async def test_control_characters_only_for_terminals(
    out: io.StringIO, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    await PipeConsole().write("a\x1b[2Jb")
    assert out.getvalue() == expected


async def test_invalid_bytes_are_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    os.write(write, b"one\r\n\xff\ntwo")
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        pipe = PipeConsole()
        assert [await pipe.read_line("") for _ in range(4)] == ["one", "�", "two", None]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_no_folder(number: signal.Signals, tmp_path: Path) -> None:
    process = start_cli("chat", TMPDIR=str(tmp_path))
    process.stdin.write("!name Tr 1\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("Tr")
    assert list(tmp_path.iterdir())
    process.send_signal(number)
    assert process.wait(timeout=TIMEOUT) == 0
    assert list(tmp_path.iterdir()) == []
    assert process.stderr.read() == ""
