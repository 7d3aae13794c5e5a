"""What the options of `/style` offer while they are typed: styles, and versions with their dates.

Who may not change styles is offered none of them.
"""

from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands

from ...library import StyleRecord
from ...services import Services
from ...store import State
from .checks import is_owner, on_shelf, published

_OFFERED = 25
"""Choices in one answer, as many as Discord shows."""

_WAITING: tuple[State, ...] = ("done",)
"""States of trainings that wait to be published."""

Asked = discord.Interaction[Any]
Names = list[app_commands.Choice[str]]


async def kept_styles(services: Services, asked: Asked, typed: str) -> Names:
    """Return the styles that the server, or every server, holds itself, retired ones too."""
    return _matching((one.style for one in await _held(services, asked)), typed)


async def live_styles(services: Services, asked: Asked, typed: str) -> Names:
    """Return those of them that are not retired."""
    return _matching((one.style for one in await _held(services, asked) if one.live), typed)


async def publishable(services: Services, asked: Asked, typed: str) -> Names:
    """Return the styles that wait to be published, then those with versions to publish again."""
    scope = await _scope(asked)
    if scope is None:
        return []
    waiting = await services.store.trainings.list_by_guild(scope[0], _WAITING)
    held = await _held(services, asked)
    styles = [*(one.style for one in waiting), *(one.style for one in held)]
    return _matching(dict.fromkeys(styles), typed)


async def versions(services: Services, asked: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Return the kept versions of the style already chosen, the newest first, with their dates."""
    scope = await _scope(asked)
    style = asked.namespace.style
    held = on_shelf(services, style, scope[0]) if scope and style else None
    if held is None:
        return []
    found = [v for v in reversed(held.versions) if str(v).startswith(str(typed).strip())]
    return [app_commands.Choice(name=_told(held, v), value=v) for v in found][:_OFFERED]


def _told(held: StyleRecord, version: int) -> str:
    """Return a version as a choice: `3 · 24 November 2026 · live`."""
    change = published(held, version)
    date = [f"{change.time.day} {change.time:%B %Y}"] if change else []
    live = ["live"] if version == held.live else []
    return " · ".join([str(version), *date, *live])


async def _held(services: Services, asked: Asked) -> list[StyleRecord]:
    scope = await _scope(asked)
    return services.library.records(scope[0]) if scope else []


async def _scope(asked: Asked) -> tuple[int | None] | None:
    """Return, in a tuple, the guild whose styles are meant; None where they are not for the asker.

    Discord tells what was chosen of `for-all` if that stands before.
    """
    for_all = bool(getattr(asked.namespace, "for-all", None))
    if for_all or asked.guild_id is None:
        return (None,) if await is_owner(asked) else None
    return (asked.guild_id,) if asked.permissions.manage_guild else None


def _matching(styles: Iterable[str], typed: str) -> Names:
    typed = typed.strip().casefold()
    found = [style for style in styles if typed in style.casefold()]
    found.sort(key=lambda style: not style.casefold().startswith(typed))
    return [app_commands.Choice(name=style, value=style) for style in found[:_OFFERED]]
