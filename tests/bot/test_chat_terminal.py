"""Chat in a pseudo-terminal: key presses and the screen."""

import fcntl
import os
import re
import select
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..processes import REPOSITORY, TIMEOUT, start_process

TAB, ENTER, CTRL_C, CTRL_D = "\t", "\r", "\x03", "\x04"

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])|\r"
)


class Terminal:
    """The chat in a pseudo-terminal of 100 columns and 40 rows."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        removed = ("DISCORD_TOKEN", "NO_COLOR", "COLORTERM", "FORCE_COLOR")
        inherited = {k: v for k, v in os.environ.items() if k not in removed}
        self.process = start_process(
            [sys.executable, "-c", _START, "chat"],
            cwd=REPOSITORY,
            env=inherited | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._raw = ""
        self._position = 0

    def press(self, *keys: str) -> None:
        """Press keys."""
        os.write(self._master, "".join(keys).encode())

    def wait_for(self, *texts: str) -> str:
        """Wait for these texts, in order; return the output since the last call."""
        start = self._position
        for text in texts:
            while (at := self.text.find(text, self._position)) < 0:
                self._read(text)
            self._position = at + len(text)
        return self.text[start : self._position]

    def wait(self) -> int:
        """Wait until the chat exits; return its status."""
        while self.process.poll() is None:
            try:
                self._read("the end")
            except OSError:  # on Linux, the other side is closed
                break
        return self.process.wait(timeout=TIMEOUT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """All output, with escape sequences."""
        return self._raw

    @property
    def text(self) -> str:
        """All output, without escape sequences."""
        return _ESCAPE_SEQUENCE.sub("", self._raw)

    def _read(self, text: str) -> None:
        if not select.select([self._master], [], [], TIMEOUT)[0]:
            raise AssertionError(f"{text!r} is missing in {self.text!r}")
        self._raw += os.read(self._master, 65536).decode(errors="replace")


_START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from bot.__main__ import main
main()
"""
"""Makes the pseudo-terminal the controlling one, so that Ctrl-C sends a signal."""


@pytest.fixture(scope="module")
def chat() -> Iterator[Terminal]:
    terminal = Terminal()
    try:
        terminal.wait_for("You're ada in #general.", "ada in #general >")
        yield terminal
    finally:
        terminal.close()


def test_tab_completes(chat: Terminal) -> None:
    # Only changes are drawn: after `/na`, the rest of `/name`.
    for typed, completed in (("/na", "me"), ("pre", "fix:")):
        chat.press(typed)
        chat.wait_for(typed)
        chat.press(TAB)
        chat.wait_for(completed)
    chat.press("Tri", TAB)
    chat.wait_for("Trish")
    chat.press("s count:3", ENTER)
    shown = chat.wait_for(
        "▌ First names", "▌ Tris", "▌ Tris", "▌ Tris", "[1 Again] [2 Longer]", ">"
    )
    assert "edited" not in shown


def test_button_changes_coloured_embed(chat: Terminal) -> None:
    assert "\x1b[38;5;172m▌ " in chat.raw
    chat.press("1", ENTER)
    chat.wait_for("▌ First names", "▌ Tris", "[1 Again] [2 Longer]", "edited", "ada in #general >")


def test_button_of_others_answers_privately(chat: Terminal) -> None:
    chat.press(".as ben", ENTER)
    chat.wait_for("ben in #general >")
    chat.press("1", ENTER)
    chat.wait_for("▌ Tr", "only ben sees this", "ben in #general >")


def test_wrong_prefix_is_told(chat: Terminal) -> None:
    chat.press("?name Tr", ENTER)
    chat.wait_for("Commands begin with !, so type !name.", "ben in #general >")
    chat.press("!nmae", ENTER)
    chat.wait_for("There's no command !nmae. Did you mean !name?", "ben in #general >")


def test_picture_is_saved(chat: Terminal) -> None:
    chat.press("/rate name:Tristan", ENTER)
    shown = chat.wait_for("▌ Tristan", ".png", " >")
    path = re.search(r"/\S+\.png", shown)
    assert path
    assert Path(path[0]).read_bytes().startswith(b"\x89PNG")


def test_ctrl_c_cancels_modal(chat: Terminal) -> None:
    chat.press(".as olga", ENTER, "/settings", ENTER)
    shown = chat.wait_for("only olga sees this", "olga in #general >")
    change = re.search(r"\[(\d+) Change", shown)
    assert change
    chat.press(change[1], ENTER)
    chat.wait_for("(Ctrl-C cancels)", "optional):")
    chat.press(CTRL_C)
    chat.wait_for("The form wasn't sent.", "olga in #general >")


def test_ctrl_d_quits(chat: Terminal) -> None:
    chat.press(CTRL_D)
    assert chat.wait() == 0
    assert "Traceback" not in chat.text


def test_ctrl_c_quits() -> None:
    terminal = Terminal()
    try:
        terminal.wait_for("ada in #general >")
        terminal.press("/na", CTRL_C)
        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text
    finally:
        terminal.close()
