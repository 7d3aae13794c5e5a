"""Whose styles one may change: a server's own are its managers', all servers' the bot owner's."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.ext import commands

from ...library import Change, StyleRecord
from ...services import Services
from ..base import Location, check_can_manage
from ..errors import UserError
from ..markdown import inline_code

_OWNERS_ALONE = "Only the owner of this bot changes the styles of every server."
_IN_DIRECT = (
    "A server's own styles are changed in that server, by who may manage it. "
    "Those of every server are for the owner of this bot."
)
_NOT_THERE = "I am not in this server, so it has no styles of its own. Invite me first."


async def changeable(
    asked: commands.Context[Any] | discord.Interaction[Any], *, for_all: bool = False
) -> int | None:
    """Return the guild whose own styles are meant, None for those of every server.

    These are meant where `for_all` says so, and in direct messages. Raises `MissingPermissions`, or
    `Refused`, where who asks may not change them.
    """
    place = Location.of(asked)
    if for_all or place.guild_id is None:
        if not await is_owner(asked):
            raise UserError(_OWNERS_ALONE if for_all else _IN_DIRECT)
        return None
    check_can_manage(place)
    if _client(asked).get_guild(place.guild_id) is None:
        raise UserError(_NOT_THERE)
    return place.guild_id


async def is_owner(asked: commands.Context[Any] | discord.Interaction[Any]) -> bool:
    """Whether who asks owns the application, or is an admin or developer of the team that does."""
    user = asked.user if isinstance(asked, discord.Interaction) else asked.author
    return bool(await _client(asked).is_owner(user))


def whose(guild_id: int | None) -> str:
    """Return how a sentence calls the styles of a guild, or of all."""
    return "this server" if guild_id else "every server"


def _client(asked: commands.Context[Any] | discord.Interaction[Any]) -> Any:
    return asked.client if isinstance(asked, discord.Interaction) else asked.bot


_HOUR = timedelta(hours=1)


def check_number(services: Services, style: str, guild_id: int | None) -> None:
    """Raise `Refused` where `style` would be one more than the guild may have."""
    if guild_id is None:
        return
    most = services.settings.training.max_guild_styles
    live = [one.style for one in services.library.records(guild_id) if one.live is not None]
    if style not in live and len(live) >= most:
        raise UserError(
            f"This server has {len(live)} of the {most} styles that it may have of its own. "
            "`/style retire` makes room for another."
        )


def check_room(services: Services, style: str, guild_id: int | None, size: int = 0) -> int:
    """Return how many versions of `style` may be kept with a new one of `size` bytes.

    Raises `Refused` where the guild has no room for it, even if all versions of `style` went but
    the last that answered: that stays, so that one can go back.
    """
    most = services.settings.library.keep_versions
    if guild_id is None:
        return most
    check_number(services, style, guild_id)
    room = services.settings.training.max_guild_bytes
    shelved = services.library.records(guild_id)
    taken = sum(one.size for one in shelved)
    sizes = _sizes(next((one for one in shelved if one.style == style), None))
    while taken + size > room and len(sizes) > 1:
        taken -= sizes.pop(0)
    if taken + size <= room:
        return min(most, len(sizes) + 1)
    needs = f", and {inline_code(style)} needs {megabytes(size)} more" if size else ""
    raise UserError(
        f"This server's own styles take {megabytes(taken)} of the {megabytes(room)} that they "
        f"may{needs}. Retired ones count: all of them is kept. The owner of this bot can delete "
        "some, or raise `[training] max_guild_bytes`."
    )


def _sizes(held: StyleRecord | None) -> list[int]:
    """Return the bytes of each kept version, the oldest first and the last that answered last."""
    if held is None:
        return []
    sizes = {change.version: change.size for change in held.changes}
    last = held.live or next((change.version for change in held.changes), 0)
    oldest_first = sorted(held.versions, key=lambda version: (version == last, version))
    return [sizes.get(version, 0) for version in oldest_first]


async def check_hour(services: Services, guild_id: int | None) -> None:
    """Raise `Refused`, saying when to come again, where the guild has trained enough for now."""
    most = services.settings.training.max_guild_trainings_per_hour
    if guild_id is None:
        return
    begun = await services.store.trainings.count_started_since(guild_id, datetime.now(UTC) - _HOUR)
    if begun >= most:
        raise UserError(
            f"This server has begun {begun} trainings within an hour, and may begin {most}. "
            "Try again later."
        )


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it: `1.2 MB`, `850 kB`."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{size / 2**10:.0f} kB"


_NOT_EVERYONES = "There is no style {} of every server."


def on_shelf(services: Services, style: str, guild_id: int | None) -> StyleRecord | None:
    """Return what the guild itself (None: every server) holds as `style`, None if nothing."""
    wanted = unicodedata.normalize("NFC", style.strip().casefold())
    return next((one for one in services.library.records(guild_id) if one.style == wanted), None)


def own(services: Services, style: str, guild_id: int | None) -> StyleRecord:
    """Return what the guild itself (None: every server) holds as `style`; raises `Refused`."""
    found = on_shelf(services, style, guild_id)
    if found:
        return found
    held = [inline_code(one.style) for one in services.library.records(guild_id)[:25]]
    there = f"There {'is' if len(held) == 1 else 'are'} {', '.join(held)}." if held else ""
    none = "There is none yet; `/style train` makes one."
    call = inline_code(style)
    lacks = "This server has no style {} of its own." if guild_id else _NOT_EVERYONES
    raise UserError(f"{lacks.format(call)} {there or none}")


def published(shelved: StyleRecord, version: int | None) -> Change | None:
    """Return the publishing of `version`, None where no more is told of it."""
    found = (c for c in shelved.changes if c.operation == "publish" and c.version == version)
    return next(found, None)


def live_in(services: Services, style: str, guild_id: int | None) -> int | None:
    """Return which version of what the guild itself holds as `style` is live, None if none."""
    found = on_shelf(services, style, guild_id)
    return found.live if found else None
