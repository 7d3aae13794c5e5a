"""The chat's own commands, which the bot never hears of: who one is, where, and help."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from ..state.permissions import Permission
from .seat import Seat, people, places, title

T = TypeVar("T")

_HELP = """\
{prefix}name Tr or @bot name Tr is said; /name prefix:Tr uses a command, and Tab shows what fits.
1 presses the first button; 2 Elves chooses from a menu, with commas between several; 2 alone asks.
.as ben, .in random and .in dm: be somebody else, somewhere else; .as and .in list who and where.
Ctrl-C leaves a form, or else the chat; so does Ctrl-D."""


async def be(seat: Seat, name: str) -> None:
    """Sit down as somebody else, or list who there is."""
    there = people(seat.discord)
    if not name:
        await seat.console.tell(", ".join(_about(seat, one) for one in there))
        return
    seat.user = _found(name.lstrip("@"), there)
    if seat.place.guild is None:
        seat.place = seat.discord.dm(seat.user)


async def go(seat: Seat, name: str) -> None:
    """Go to another place, or list which there are."""
    there = places(seat.discord, seat.user)
    if name:
        seat.place = _found(name.lstrip("#"), there)
    else:
        await seat.console.tell(", ".join(map(title, there.values())))


async def explain(seat: Seat, _: str) -> None:
    """Tell what can be typed."""
    await seat.console.tell(*_HELP.format(prefix=seat.prefix).split("\n"))


OWN: dict[str, Callable[[Seat, str], Awaitable[None]]] = {".as": be, ".in": go, ".help": explain}
"""Each by what is typed for it."""


def _about(seat: Seat, name: str) -> str:
    guild = seat.discord.guild
    granted = guild.permissions(guild.members[seat.discord.user(name).id])
    return f"{name} (manages the server)" if granted & Permission.MANAGE_GUILD else name


def _found(name: str, there: Mapping[str, T]) -> T:
    """Find by name, whatever its case; `ValueError`, one line, names those that there are."""
    folded = {one.casefold(): thing for one, thing in there.items()}
    if name.casefold() not in folded:
        raise ValueError(f"There is no {name!r}, only {', '.join(there)}.")
    return folded[name.casefold()]
