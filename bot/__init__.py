"""Namesmith, a discord.py extension that invents names.

`await bot.load_extension("namesmith")` adds its cogs to any discord.py bot. Settings come from the
bot's attribute `namesmith_settings`, if it has one. Otherwise they come from the `[namesmith.…]`
sections of a config.toml in the working folder, or the file that `NAMESMITH_CONFIG` names, and from
the environment.

Names are imported on first use, because `namesmith styles` does not need discord.py.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .version import __version__

if TYPE_CHECKING:
    from .extension import Settings, load_settings, prefix, setup, teardown
    from .request_id import RequestIdFilter

__all__ = [
    "RequestIdFilter",
    "Settings",
    "__version__",
    "load_settings",
    "prefix",
    "setup",
    "teardown",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = ".request_id" if name == "RequestIdFilter" else ".extension"
    return getattr(import_module(module, __name__), name)
