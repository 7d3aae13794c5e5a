"""What a server may have of styles of its own: how many, how large, how many trainings an hour.

Everyone's styles, which only the owner of the bot changes, have no limits.
"""

from datetime import UTC, datetime, timedelta

from ...library import Shelved
from ...plugin import Plugin
from ..errors import Refused
from ..text import quoted

_HOUR = timedelta(hours=1)


def check_number(plugin: Plugin, style: str, guild_id: int | None) -> None:
    """Raise `Refused` where `style` would be one more than the guild may have."""
    if guild_id is None:
        return
    most = plugin.settings.training.max_guild_styles
    live = [one.style for one in plugin.library.styles(guild_id) if one.live is not None]
    if style not in live and len(live) >= most:
        raise Refused(
            f"This server has {len(live)} of the {most} styles that it may have of its own. "
            "`/style retire` makes room for another."
        )


def check_room(plugin: Plugin, style: str, guild_id: int | None, size: int = 0) -> int:
    """Return how many versions of `style` may be kept with a new one of `size` bytes.

    Raises `Refused` where the guild has no room for it, even if all versions of `style` went but
    the last that answered: that stays, so that one can go back.
    """
    most = plugin.settings.library.keep_versions
    if guild_id is None:
        return most
    check_number(plugin, style, guild_id)
    room = plugin.settings.training.max_guild_bytes
    shelved = plugin.library.styles(guild_id)
    taken = sum(one.size for one in shelved)
    sizes = _sizes(next((one for one in shelved if one.style == style), None))
    while taken + size > room and len(sizes) > 1:
        taken -= sizes.pop(0)
    if taken + size <= room:
        return min(most, len(sizes) + 1)
    needs = f", and {quoted(style)} needs {megabytes(size)} more" if size else ""
    raise Refused(
        f"This server's own styles take {megabytes(taken)} of the {megabytes(room)} that they "
        f"may{needs}. Retired ones count: all of them is kept. The owner of this bot can delete "
        "some, or raise `[training] max_guild_bytes`."
    )


def _sizes(held: Shelved | None) -> list[int]:
    """Return the bytes of each kept version, the oldest first and the last that answered last."""
    if held is None:
        return []
    sizes = {change.version: change.size for change in held.changes}
    last = held.live or next((change.version for change in held.changes), 0)
    oldest_first = sorted(held.versions, key=lambda version: (version == last, version))
    return [sizes.get(version, 0) for version in oldest_first]


async def check_hour(plugin: Plugin, guild_id: int | None) -> None:
    """Raise `Refused`, saying when to come again, where the guild has trained enough for now."""
    most = plugin.settings.training.max_guild_trainings_per_hour
    if guild_id is None:
        return
    begun = await plugin.store.trainings.begun_since(guild_id, datetime.now(UTC) - _HOUR)
    if begun >= most:
        raise Refused(
            f"This server has begun {begun} trainings within an hour, and may begin {most}. "
            "Try again later."
        )


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it: `1.2 MB`, `850 kB`."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{size / 2**10:.0f} kB"
