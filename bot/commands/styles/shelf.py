"""The styles that a server, or every server, holds itself: found by name, and what was done."""

import unicodedata

from ...library import Change, Shelved
from ...plugin import Plugin
from ..errors import Refused
from ..text import quoted

_NOT_EVERYONES = "There is no style {} of every server."


def on_shelf(plugin: Plugin, style: str, guild_id: int | None) -> Shelved | None:
    """Return what the guild itself (None: every server) holds as `style`, None if nothing."""
    wanted = unicodedata.normalize("NFC", style.strip().casefold())
    return next((one for one in plugin.library.styles(guild_id) if one.style == wanted), None)


def own(plugin: Plugin, style: str, guild_id: int | None) -> Shelved:
    """Return what the guild itself (None: every server) holds as `style`; raises `Refused`."""
    found = on_shelf(plugin, style, guild_id)
    if found:
        return found
    held = [quoted(one.style) for one in plugin.library.styles(guild_id)[:25]]
    there = f"There {'is' if len(held) == 1 else 'are'} {', '.join(held)}." if held else ""
    none = "There is none yet; `/style train` makes one."
    call = quoted(style)
    lacks = "This server has no style {} of its own." if guild_id else _NOT_EVERYONES
    raise Refused(f"{lacks.format(call)} {there or none}")


def published(shelved: Shelved, version: int | None) -> Change | None:
    """Return the publishing of `version`, None where no more is told of it."""
    found = (c for c in shelved.changes if c.what == "publish" and c.version == version)
    return next(found, None)


def live_in(plugin: Plugin, style: str, guild_id: int | None) -> int | None:
    """Return which version of what the guild itself holds as `style` is live, None if none."""
    found = on_shelf(plugin, style, guild_id)
    return found.live if found else None
