"""Settings of Hypothesis, and a fixture that every test uses."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# On a busy machine a deadline would fail tests; pytest-timeout limits their time.
settings.register_profile(
    "no_deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("no_deadline")


@pytest.fixture(autouse=True)
def restore_modules() -> Iterator[None]:
    """Restore the bot's modules, which discord.py removes when it unloads the extension."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("bot")}
    yield
    sys.modules.update(before)
