"""The systemd unit: valid, hardened, and with settings that the bot knows."""

import re
import sys
from pathlib import Path

import pytest

from bot.config import load_settings

from .test_containers import DEPLOY, run, tool

UNIT = DEPLOY / "namesmith.service"
MAX_EXPOSURE = 3.0


def test_unit_is_valid(tmp_path: Path) -> None:
    """The copy has a program that exists here, since systemd looks for that, too."""
    text = UNIT.read_text(encoding="utf-8")
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/namesmith/bin/namesmith", sys.executable))
    assert unit.read_text() != text
    run(tool("systemd-analyze"), "verify", unit)


def test_unit_is_hardened() -> None:
    # systemd before 250 can judge installed units only.
    program = tool("systemd-analyze")
    if int(run(program, "--version").split()[1]) < 250:
        pytest.skip("systemd-analyze has no --offline")
    report = run(program, "security", "--no-pager", "--offline=true", UNIT)
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", report)
    assert float(exposure) <= MAX_EXPOSURE


def test_unit_sets_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("%S", "/var/lib").replace("%d", "/credentials")
    for variable, value in re.findall(r"^Environment=(\w+)=(\S+)$", text, re.MULTILINE):
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.bot.data_dir == "/var/lib/namesmith"
    assert settings.discord.token_file == "/credentials/discord_token"
    assert "LoadCredential=discord_token:" in text


def test_unit_gives_the_bot_time_to_finish() -> None:
    """`bot.cli` ends the process within 9.5 s of SIGTERM."""
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert int(seconds) > 9.5
