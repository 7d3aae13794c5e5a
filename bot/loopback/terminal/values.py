"""What an option of a command, or a menu, can be: what is written down, who is there, the bot's."""

from contextlib import suppress
from typing import Any

from ..payloads import commands as kinds
from ..payloads.components import CHANNEL_SELECT, MENTIONABLE_SELECT, ROLE_SELECT, USER_SELECT
from ..server import Loopback
from ..state.people import User
from ..state.places import Channel
from ..state.wire import Json
from .controls import options
from .slash import Typed, value

_THINGS = {
    USER_SELECT: kinds.USER,
    ROLE_SELECT: kinds.ROLE,
    MENTIONABLE_SELECT: kinds.MENTIONABLE,
    CHANNEL_SELECT: kinds.CHANNEL,
}


def of_option(discord: Loopback, option: Json, channel: Channel) -> list[str]:
    """Return what an option without autocomplete can be, as far as that can be listed."""
    if option["type"] == kinds.BOOLEAN:
        return ["true", "false"]
    choices = [one["name"] for one in option.get("choices", [])]
    return choices or _names(discord, option["type"], channel)


def of_menu(discord: Loopback, part: Json, channel: Channel) -> list[tuple[str, str]]:
    """Return what a menu offers, and what is about each."""
    if kind := _THINGS.get(part["type"]):
        return [(name, "") for name in _names(discord, kind, channel)]
    return [(one["label"], one.get("description") or "") for one in options(part)]


async def of_bot(
    discord: Loopback, typed: Typed, text: str, author: User, channel: Channel
) -> list[tuple[str, str]]:
    """Ask the bot what the last option could be; return what is sent, and what is listed.

    The other options go with the question as far as they can be sent as they are.
    """
    focused = typed.values[-1][0]
    others: dict[str, Any] = {}
    for name, said in typed.values[:-1]:
        option = typed.option(name)
        if option and name != focused and option["type"] != kinds.ATTACHMENT:
            with suppress(ValueError):
                others[name] = value(option, said)
    with suppress(TimeoutError):
        try:
            choices = await _asked(discord, typed, others | {focused: text}, author, channel)
        except ValueError:  # another option is out of its bounds
            choices = await _asked(discord, typed, {focused: text}, author, channel)
        return [(str(one["value"]), str(one["name"])) for one in choices]
    return []


async def _asked(
    discord: Loopback, typed: Typed, values: dict[str, Any], author: User, channel: Channel
) -> list[Json]:
    command, focused = " ".join(typed.path), typed.values[-1][0]
    return await discord.autocomplete(
        command, values, focused=focused, author=author, channel=channel
    )


def _names(discord: Loopback, kind: int, channel: Channel) -> list[str]:
    """Return the names of people, roles or channels."""
    guild = channel.guild
    found: list[str] = []
    if kind in (kinds.USER, kinds.MENTIONABLE):
        found += [member.user.name for member in discord.guild.members.values()]
    if kind in (kinds.ROLE, kinds.MENTIONABLE) and guild:
        found += [role.name for role in guild.roles.values()]
    if kind == kinds.CHANNEL and guild:
        found += [place.name for place in guild.channels.values()]
    return found
