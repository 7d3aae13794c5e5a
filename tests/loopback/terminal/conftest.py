"""Terminal chat tests: long timeouts, so that a busy machine only delays them."""

from collections.abc import AsyncIterator

import pytest

from bot.loopback import Loopback

from ...openapi import CheckedLoopback


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    """A loopback Discord; every payload must match Discord's OpenAPI document."""
    async with CheckedLoopback(acknowledge_timeout=60.0) as loopback:
        yield loopback
        assert loopback.violations == []


@pytest.fixture(autouse=True)
def long_answer_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer for answers; tests without an answer set a short timeout themselves."""
    monkeypatch.setattr("bot.loopback.terminal.repl.ANSWER_TIMEOUT", 60.0)
