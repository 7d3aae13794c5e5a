"""Local commands `.as`, `.in` and `.help`: handled by the chat, never sent to the bot."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

from ..state.permissions import Permission
from .session import Session, channel_label, channels_by_name, people_by_name

T = TypeVar("T")

_HELP = """\
{prefix}name Tr, @bot name Tr  Send a message to the bot.
/name prefix:Tr       Use a slash command. Tab completes.
1                     Press button 1 of the latest message.
2 Elves, Dwarves      Choose from menu 2. 2 alone lists the choices.
.as ben               Switch to another member. .as alone lists them.
.in random, .in dm    Switch to another channel. .in alone lists them.
Ctrl-C                Cancel a form, or quit the chat. Ctrl-D quits."""


class LocalCommand(NamedTuple):
    """A command's handler and its description in the completion list."""

    run: Callable[[Session, str], Awaitable[None]]
    description: str


async def switch_user(session: Session, name: str) -> None:
    """Continue as another member, or list the members if `name` is empty."""
    people = people_by_name(session.discord)
    if not name:
        await session.console.write(", ".join(_user_label(session, one) for one in people))
        return
    session.user = _find(name.lstrip("@"), people)
    if session.channel.guild is None:
        session.channel = session.discord.dm(session.user)


async def switch_channel(session: Session, name: str) -> None:
    """Continue in another channel, or list the channels if `name` is empty."""
    channels = channels_by_name(session.discord, session.user)
    if name:
        session.channel = _find(name.lstrip("#"), channels)
    else:
        await session.console.write(", ".join(map(channel_label, channels.values())))


async def show_help(session: Session, _: str) -> None:
    """List what can be typed."""
    await session.console.write(*_HELP.format(prefix=session.prefix).split("\n"))


LOCAL_COMMANDS = {
    ".as": LocalCommand(switch_user, "Switch to another member, or list them"),
    ".in": LocalCommand(switch_channel, "Switch to another channel, or list them"),
    ".help": LocalCommand(show_help, "Show what you can type"),
}


def _user_label(session: Session, name: str) -> str:
    guild = session.discord.guild
    granted = guild.permissions(guild.members[session.discord.user(name).id])
    return f"{name} (Manage Server)" if granted & Permission.MANAGE_GUILD else name


def _find(name: str, things: Mapping[str, T]) -> T:
    """Find by name, ignoring case. Raises `ValueError` with the known names."""
    folded = {known.casefold(): thing for known, thing in things.items()}
    if name.casefold() not in folded:
        raise ValueError(f"There's no {name!r}. Choose from {', '.join(things)}.")
    return folded[name.casefold()]
