"""`python -m bot chat` on a terminal: a pseudo-terminal here, with a person's keys."""

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..processes import start_process

REPOSITORY = Path(__file__).parents[2]
TAB, ENTER, CTRL_C, CTRL_D = "\t", "\r", "\x03", "\x04"

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])|\r")


class Terminal:
    """The chat in a pseudo-terminal of 100 by 40."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        unwanted = ("DISCORD_TOKEN", "NO_COLOR", "COLORTERM", "FORCE_COLOR")
        inherited = {k: v for k, v in os.environ.items() if k not in unwanted}
        self.process = start_process(
            [sys.executable, "-c", _START, "chat"],
            cwd=REPOSITORY,
            env=inherited | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._raw = ""
        self._read = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        os.write(self._ours, "".join(keys).encode())

    def until(self, *wanted: str) -> str:
        """Wait until each of these has been written, in turn; return all since the last time."""
        start = self._read
        for one in wanted:
            while (at := self.text.find(one, self._read)) < 0:
                self._more(one)
            self._read = at + len(one)
        return self.text[start : self._read]

    def end(self) -> int:
        """Wait for the chat to end; return its exit status."""
        while self.process.poll() is None:
            try:
                self._more("the end")
            except OSError:  # how Linux tells that nobody holds the other side any more
                break
        return self.process.wait(timeout=30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def raw(self) -> str:
        """All that was written, with its colours."""
        return self._raw

    @property
    def text(self) -> str:
        """All that was written, without what steers the terminal."""
        return _SEQUENCE.sub("", self._raw)

    def _more(self, wanted: str) -> None:
        deadline = time.monotonic() + 30
        if not select.select([self._ours], [], [], deadline - time.monotonic())[0]:
            raise AssertionError(f"{wanted!r} did not come; there is: {self.text!r}")
        self._raw += os.read(self._ours, 65536).decode(errors="replace")


_START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from bot.__main__ import main
main()
"""
"""Takes the pseudo-terminal as its own, so that Ctrl-C is a signal where no line is typed."""


@pytest.fixture(scope="module")
def chat() -> Iterator[Terminal]:
    terminal = Terminal()
    try:
        terminal.until("You're ada in #general.", "ada in #general >")
        yield terminal
    finally:
        terminal.close()


def test_tab_completes_commands_options_and_what_the_bot_offers(chat: Terminal) -> None:
    # What is drawn is what has changed: of `/name` only what is new behind `/na`.
    for typed, completed in (("/na", "me"), ("pre", "fix:")):
        chat.press(typed)
        chat.until(typed)
        chat.press(TAB)
        chat.until(completed)
    chat.press("Tri", TAB)
    chat.until("Trish")
    chat.press("s count:3", ENTER)
    shown = chat.until("▌ First names", "▌ Tris", "▌ Tris", "▌ Tris", "[1 Again] [2 Longer]", ">")
    assert "edited" not in shown


def test_an_embed_is_painted_in_its_colour_and_changed_by_its_buttons(chat: Terminal) -> None:
    assert "\x1b[38;5;172m▌ " in chat.raw
    chat.press("1", ENTER)
    chat.until("▌ First names", "▌ Tris", "[1 Again] [2 Longer]", "edited", "ada in #general >")


def test_another_person_gets_an_answer_that_nobody_else_sees(chat: Terminal) -> None:
    chat.press(".as ben", ENTER)
    chat.until("ben in #general >")
    chat.press("1", ENTER)
    chat.until("▌ Tr", "only ben sees this", "ben in #general >")


def test_a_picture_is_saved_and_its_path_shown(chat: Terminal) -> None:
    chat.press("/rate name:Tristan", ENTER)
    shown = chat.until("▌ Tristan", ".png", " >")
    path = re.search(r"/\S+\.png", shown)
    assert path
    assert Path(path[0]).read_bytes().startswith(b"\x89PNG")


def test_a_form_is_asked_in_the_terminal_and_left_with_ctrl_c(chat: Terminal) -> None:
    chat.press(".as olga", ENTER, "/settings", ENTER)
    shown = chat.until("only olga sees this", "olga in #general >")
    change = re.search(r"\[(\d+) Change", shown)
    assert change
    chat.press(change[1], ENTER)
    chat.until("(Ctrl-C cancels)", "optional):")
    chat.press(CTRL_C)
    chat.until("The form wasn't sent.", "olga in #general >")


def test_ctrl_d_ends_the_chat(chat: Terminal) -> None:
    chat.press(CTRL_D)
    assert chat.end() == 0
    assert "Traceback" not in chat.text


def test_ctrl_c_ends_the_chat_at_the_prompt() -> None:
    terminal = Terminal()
    try:
        terminal.until("ada in #general >")
        terminal.press("/na", CTRL_C)
        assert terminal.end() == 130
        assert "Traceback" not in terminal.text
    finally:
        terminal.close()
