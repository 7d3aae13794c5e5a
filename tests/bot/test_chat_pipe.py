"""The chat down a pipe: what a shell gets, and what happens when nobody reads on."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.loopback.terminal.console import PipeConsole

from .test_chat import REPOSITORY, run, started


def test_buttons_are_pressed_and_people_changed_down_a_pipe_too() -> None:
    done = run("chat", typed="!name Tr 2\n1\n.as ben\n1\n.in dm\n!name Zo 1\n7\n")
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout.splitlines()
    assert [line[:2] for line in told[:7]] == ["Tr"] * 6 + ["Zo"]
    assert told[7].startswith("There's no 7. Choose from 1, ")
    assert len(told) == 8


def test_the_path_of_a_picture_is_printed() -> None:
    done = run("chat", typed="/rate name:Tristan\n")
    path = next(line for line in done.stdout.splitlines() if line.endswith(".png"))
    assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_a_reader_that_goes_away_ends_the_chat_in_silence() -> None:
    process = started("chat")
    process.stdin.write("!name Tr 1\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("Tr")
    process.stdout.close()
    process.stdin.write("!name Tr 1\n" * 3)
    process.stdin.flush()  # and stays open: it is the missing reader that ends the chat
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""
    process.stdin.close()


def test_a_pipe_does_not_wait_for_what_draws_on_a_terminal() -> None:
    check = (
        "import sys, bot.loopback.terminal\n"
        "print(*sorted({'prompt_toolkit', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


class Terminal(io.StringIO):
    """Standard output that is a terminal, while standard input is a pipe."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "told"), [(Terminal(), "a�[2Jb\n"), (io.StringIO(), "a\x1b[2Jb\n")]
)
async def test_only_a_terminal_must_be_kept_from_being_steered(
    out: io.StringIO, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    await PipeConsole().write("a\x1b[2Jb")
    assert out.getvalue() == told


async def test_lines_are_read_to_the_end_whatever_their_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    os.write(write, b"one\r\n\xff\ntwo")
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        pipe = PipeConsole()
        assert [await pipe.read_line("") for _ in range(4)] == ["one", "�", "two", None]
