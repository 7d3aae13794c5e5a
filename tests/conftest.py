"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A deadline would make a busy machine fail a test; what a test may take is pytest-timeout's.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def same_modules() -> Iterator[None]:
    """Keep the bot's modules: discord.py forgets those of an extension as it unloads it."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("bot")}
    yield
    sys.modules.update(before)
