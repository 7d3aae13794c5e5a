"""README: its commands work, its chat matches the bot, its links exist."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from . import tour

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands_under(heading: str) -> list[str]:
    """Return the commands in a section, without `$`."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^ +\$ (.+)$", section, re.MULTILINE)


def test_commands_are_makefile_targets() -> None:
    first, second = commands_under("Two commands")
    assert first == "echo '!name Tr' | make run"
    assert second == "make test"
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make (\w+)", README):
        if target in ("run", "test", "style", "bench"):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_installation_without_make() -> None:
    make_environment, install, chat, *tools = commands_under("Without make")
    assert (make_environment, install) == ("python3 -m venv .venv", ".venv/bin/pip install .")
    assert tools == ["pipx install .", "uv tool install ."]
    result = subprocess.run(
        chat.replace(".venv/bin/namesmith", f"{sys.executable} -m bot"),
        shell=True,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name[:2] for name in result.stdout.splitlines()] == ["Tr"] * 5


def test_invite_link_permissions() -> None:
    view, send, embed, attach, history = 1 << 10, 1 << 11, 1 << 14, 1 << 15, 1 << 16
    (permissions,) = re.findall(r"permissions=(\d+)", README)
    send_in_threads = 1 << 38
    assert int(permissions) == view | send | embed | attach | history | send_in_threads


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the dates in the chat independent of the machine."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_utc")
async def test_tour_matches_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    assert tour.recorded_text(await tour.record(tour.typed_lines())) == tour.documented_chat()


def test_every_command_is_documented() -> None:
    table = README.split("\n## Use it\n")[1].split("\n## ")[0]
    for command in (
        "name",
        "rate",
        "blend",
        "saved",
        "settings",
        "style",
        "manage-styles",
        "forget-me",
    ):
        assert f"| `/{command}" in table
        if command != "manage-styles":  # docs/styles.md shows it
            assert f" > /{command}" in tour.documented_chat()


def test_relative_links_exist() -> None:
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (REPOSITORY / target).exists(), target
