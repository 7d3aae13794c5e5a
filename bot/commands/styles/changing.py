"""`/style publish`, `rollback` and `retire`: which version of a style answers, if any."""

import discord

from ...library import Shelved, checked_style
from ...plugin import Plugin
from ..errors import Refused
from ..text import quoted
from .deciding import newest_candidate, outcome, publish_candidate
from .following import show
from .limits import check_number
from .shelf import live_in, on_shelf, own


async def publish(
    plugin: Plugin,
    bot: discord.Client,
    style: str,
    version: int | None,
    guild_id: int | None,
    user_id: int,
) -> str:
    """Publish what was trained last as `style`, or a kept `version`; return what to tell.

    The message of the training says so too. Raises `Refused` or `LibraryError`.
    """
    if version is not None:
        return await roll_back(plugin, style, version, guild_id, user_id)
    candidate = await newest_candidate(plugin, checked_style(style), guild_id)
    if candidate is None:
        raise Refused(_nothing_waits(style, on_shelf(plugin, style, guild_id)))
    name = candidate.style
    before = live_in(plugin, name, guild_id)
    published = await publish_candidate(plugin, candidate, user_id)
    await show(bot, published, await outcome(plugin, published))
    return _answers_now(plugin, name, guild_id, before)


async def roll_back(
    plugin: Plugin, style: str, version: int | None, guild_id: int | None, user_id: int
) -> str:
    """Let `version` of `style` answer, or the one live before this one; return what to tell.

    Raises `Refused` or `LibraryError`.
    """
    async with plugin.candidates.deciding(guild_id):
        held = own(plugin, style, guild_id)
        name = held.style
        if version is not None:
            _check_kept(held, version)
        if held.live is None:
            check_number(plugin, name, guild_id)
        await plugin.library.roll_back(name, who=str(user_id), to=version, guild_id=guild_id)
    return _answers_now(plugin, name, guild_id, held.live)


async def retire(plugin: Plugin, style: str, guild_id: int | None, user_id: int) -> str:
    """Let `style` answer no more; return what to tell. Raises `Refused` or `LibraryError`."""
    held = own(plugin, style, guild_id)
    call = quoted(held.style)
    if held.live is None:
        raise Refused(f"{call} is retired already; `/style rollback {held.style}` brings it back.")
    await plugin.library.retire(held.style, who=str(user_id), guild_id=guild_id)
    back = f"`/style rollback {held.style}` brings version {held.live} back."
    kept = f"Nothing of it is lost: {back}"
    return f"{call} is retired. {_instead(plugin, held.style, guild_id)} {kept}"


def _check_kept(held: Shelved, version: int) -> None:
    call = quoted(held.style)
    if version not in held.versions:
        raise Refused(f"{call} has no version {version}; kept: {_kept(held)}.")
    if version == held.live:
        raise Refused(f"Version {version} of {call} answers already.")


def _answers_now(plugin: Plugin, style: str, guild_id: int | None, before: int | None) -> str:
    """Tell which version is live now, which was, and how to go back."""
    call, now = quoted(style), live_in(plugin, style, guild_id)
    told = f"{call} answers from version {now} now."
    if before is None:
        return f"{told} None of its versions did before; `/style retire {style}` takes it back."
    back = f"`/style rollback {style} {before}`"
    return f"{told} Before, it was version {before}; {back} goes back to it."


def _instead(plugin: Plugin, style: str, guild_id: int | None) -> str:
    if style not in plugin.library.names(guild_id):
        return "No style answers by that name here now."
    layer = plugin.library.where(style, guild_id)
    one = {"everywhere": "the one of every server", "shipped": "the one that came with me"}
    return f"By that name, {one[layer]} answers here now."


def _nothing_waits(style: str, held: Shelved | None) -> str:
    call = quoted(style)
    none = f"Nothing trained as {call} waits to be published; `/style train` makes it."
    if held and held.versions:
        return f"{none} To let a kept version answer, say which: {_kept(held)}."
    return none


def _kept(held: Shelved) -> str:
    return ", ".join(map(str, held.versions[-25:]))
