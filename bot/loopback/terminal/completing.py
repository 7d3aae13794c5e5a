"""What a line could go on with: commands, options, values, numbers, the chat's own words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..payloads.commands import SLASH
from ..server import Loopback
from ..state.people import User
from ..state.places import Channel
from ..state.wire import Json
from . import values
from .controls import latest, numbered
from .own import OWN
from .seat import people, places
from .slash import Typed, last, quoted, read

_LIMIT = 25
"""How many are offered at once, as many as Discord's client shows."""

_CHOICE = re.compile(r"([0-9]{1,3})\s+(?:.*,)?\s*([^,]*)", re.DOTALL)

Named = tuple[str, str]
"""What is typed, and what is about it."""


@dataclass(frozen=True)
class Offer:
    """`text` in place of the last `back` characters; listed as `shown`, with a word `about` it."""

    text: str
    back: int
    shown: str
    about: str = ""


async def offers(discord: Loopback, line: str, author: User, channel: Channel) -> list[Offer]:
    """Return what could stand where `line` ends, best first."""
    line = line.lstrip()
    word, space, rest = line.partition(" ")
    if line.startswith("/"):
        found = await _slash(discord, line, author, channel)
    elif space and word in OWN:
        found = list(_fitting(_of_own(discord, word, author), rest.lstrip("#@")))
    elif choice := _CHOICE.fullmatch(line):
        found = list(_fitting(_of_menu(discord, int(choice[1]), author, channel), choice[2]))
    else:
        found = list(_fitting(_starts(discord, author, channel, empty=not line), line))
    return found[:_LIMIT]


def _fitting(there: Iterable[Named], typed: str) -> Iterator[Offer]:
    """Give those that begin with what is typed."""
    for name, about in there:
        if name.casefold().startswith(typed.casefold()):
            yield Offer(name, len(typed), name.strip(), about)


def _starts(discord: Loopback, author: User, channel: Channel, *, empty: bool) -> Iterator[Named]:
    """Give what a line can begin with: numbers, the chat's own words, commands if it is empty."""
    if message := latest(discord.messages(channel).values(), author):
        for number, control in numbered(message).items():
            if not control.disabled:
                yield f"{number}{' ' * control.is_select}", control.label
    if empty:
        yield from ((f"/{one['name']} ", _about(one)) for one in _usable(discord, author, channel))
    yield from ((f"{word} ", (run.__doc__ or "").rstrip(".")) for word, run in OWN.items())


def _of_own(discord: Loopback, word: str, author: User) -> list[Named]:
    """Give who one can be, or where."""
    there: dict[str, Iterable[str]]
    there = {".as": people(discord), ".in": places(discord, author)}
    return [(name, "") for name in there.get(word, ())]


def _of_menu(discord: Loopback, number: int, author: User, channel: Channel) -> list[Named]:
    """Give what the menu of this number offers."""
    message = latest(discord.messages(channel).values(), author)
    control = numbered(message).get(number) if message else None
    if control is None or not control.is_select:
        return []
    return values.of_menu(discord, control.part, channel)


def _usable(discord: Loopback, author: User, channel: Channel) -> list[Json]:
    return [one for one in discord.available_commands(author, channel) if one["type"] == SLASH]


async def _slash(discord: Loopback, line: str, author: User, channel: Channel) -> list[Offer]:
    """Complete a value, and the word that may begin the next step or option."""
    commands = _usable(discord, author, channel)
    raw, fragment = last(line), (re.findall(r"\S+$", line) or [""])[0]
    if raw is None:
        before = read(line.removesuffix(fragment), commands)
        return list(_fitting(_steps(before, "/" * fragment.startswith("/")), fragment))
    typed = read(line, commands)
    found = await _values(discord, typed, raw.lstrip(), author, channel)
    if ":" not in fragment:
        found += _fitting(_steps(typed, ""), fragment)
    return found


def _steps(typed: Typed, sign: str) -> list[Named]:
    """Give the subcommands and the options that can follow."""
    used = {name for name, _ in typed.values}
    inner = [(f"{sign}{one['name']} ", _about(one)) for one in typed.inner]
    rest = (one for one in typed.options if one["name"] not in used)
    return [*inner, *((f"{one['name']}:", _about(one)) for one in rest)]


def _about(one: Json) -> str:
    return f"{one['description']}{' (needed)' if one.get('required') else ''}"


async def _values(
    discord: Loopback, typed: Typed, raw: str, author: User, channel: Channel
) -> list[Offer]:
    """Give what the last option could be, in place of what is typed for it."""
    option = typed.option(typed.values[-1][0])
    if option is None:
        return []
    text = raw[1:].removesuffix('"') if raw[:1] == '"' else raw
    if option.get("autocomplete"):
        there = await values.of_bot(discord, typed, text.strip(), author, channel)
        # After a space the value may be over: then only what goes on with it fits.
        fits = [one for one in there if not text[-1:].isspace() or _begins(one[0], text)]
    else:
        listed = values.of_option(discord, option, channel)
        fits = [(one, one) for one in listed if _begins(one, text)]
    return [Offer(quoted(sent), len(raw), shown) for sent, shown in fits]


def _begins(name: str, typed: str) -> bool:
    return name.lstrip("@#").casefold().startswith(typed.lstrip("@#").casefold())
