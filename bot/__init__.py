"""Namesmith, a discord.py extension that invents names.

`await bot.load_extension("namesmith")` puts its cogs into any discord.py bot. Settings come from
the bot's attribute `namesmith_settings` where it has one; else from `[namesmith.…]` sections of a
config.toml in the working folder, or the file that `NAMESMITH_CONFIG` names, and the environment.

What needs discord.py is loaded when it is asked for: `namesmith styles` has no use for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .extension import Settings, load_settings, prefix, setup, teardown

__all__ = ["Settings", "load_settings", "prefix", "setup", "teardown"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".extension", __name__), name)
