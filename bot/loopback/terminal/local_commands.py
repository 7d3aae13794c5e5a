"""Local commands, such as `.as` and `.help`: handled by the chat, never sent to the bot."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

from ..payloads.application_commands import CommandType
from ..rest.interactions import Interaction
from ..server import Loopback
from ..state.guilds import Channel
from ..state.permissions import Permission
from ..state.users import User
from .session import Session, channel_label, channels_by_name, people_by_name
from .slash_commands import read_file

T = TypeVar("T")

_HELP = """\
{prefix}name Tr, @bot name Tr  Send a message to the bot.
/name prefix:Tr       Use a slash command. Tab completes.
/manage-styles train name:towns file:towns.txt
                      Attach a file to a slash command: give its path. Tab completes.
.attach towns.txt     Attach a file to your next message, such as {prefix}manage-styles train towns.
1                     Press button 1 of the latest message.
2 Elves, Dwarves      Choose from menu 2, by name or number. 2 alone lists the choices.
.as ben               Switch to another member. .as alone lists them.
.in random, .in dm    Switch to another channel. .in alone lists them.
.apps Rate this name  Use a command on the latest message. .apps alone lists them.
Ctrl-C                Cancel a form, or quit the chat. Ctrl-D quits.
In a pipe, errors go to standard error, also those of the bot. If a line fails, the others still
run, and the exit status is 1."""


class LocalCommand(NamedTuple):
    """A command's handler and its description in the completion list.

    The handler returns the interaction that it starts, if any.
    """

    run: Callable[[Session, str], Awaitable[Interaction | None]]
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


async def attach(session: Session, path: str) -> None:
    """Attach a file to the next message; raises `ValueError` if it can't be read."""
    if not path:
        raise ValueError("Give the path of a file, such as .attach towns.txt.")
    name, content = read_file(path)
    session.files.append((name, content))
    await session.console.write(f"{name} goes with your next message.")


async def use_app(session: Session, name: str) -> Interaction | None:
    """Use a message command on the latest message, or list them if `name` is empty."""
    commands = message_commands(session.discord, session.user, session.channel)
    if not name:
        await session.console.write(", ".join(commands) or "The bot has no message commands.")
        return None
    command = _find(name, {name: name for name in commands})
    messages = session.discord.messages(session.channel).values()
    seen = [message for message in messages if message.visible_to in (None, session.user)]
    if not seen:
        raise ValueError("There's no message here yet.")
    return await session.discord.use_context_menu(command, seen[-1], author=session.user)


def message_commands(discord: Loopback, user: User, channel: Channel) -> list[str]:
    """Return the names of the message commands that the user can use."""
    available = discord.available_commands(user, channel)
    return [command["name"] for command in available if command["type"] == CommandType.MESSAGE]


async def show_help(session: Session, _: str) -> None:
    """List what can be typed."""
    await session.console.write(*_HELP.format(prefix=session.prefix).split("\n"))


LOCAL_COMMANDS = {
    ".as": LocalCommand(switch_user, "Switch to another member, or list them"),
    ".in": LocalCommand(switch_channel, "Switch to another channel, or list them"),
    ".attach": LocalCommand(attach, "Attach a file to your next message"),
    ".apps": LocalCommand(use_app, "Use a command on the latest message, or list them"),
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
