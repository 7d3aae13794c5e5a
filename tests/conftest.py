"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def same_modules() -> Iterator[None]:
    """Keep the bot's modules: discord.py forgets those of an extension as it unloads it."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("bot")}
    yield
    sys.modules.update(before)
