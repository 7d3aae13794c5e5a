"""The options of `/name`: names, ranges and descriptions, and how text commands parse them.

Slash commands, text commands (`!name Tr 5 style:elves ends:a`) and the help use these classes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from .errors import InvalidOptionError
from .markdown import inline_code

MAX_SEED = 2**53 - 1
"""Discord's largest integer."""

MAX_TEXT = 200
"""Characters of a text option. Names of a style can be longer, but few are."""

MAX_ARGUMENT = 1_200
"""Characters of all options of a text command together."""

STYLE_DESCRIPTION = "The style of the names; pick from the list"
COUNT_DESCRIPTION = "How many names, 1 to 25"
NEW_DESCRIPTION = "Leave out names that are in the style's list"
SEED_DESCRIPTION = "The seed of an earlier answer, to get the same names again"

_QUOTED = re.compile(r'"((?:\\"|[^"])*)"|“([^”]*)”')
_COUNT = re.compile(r"(?:(.*\S)\s+)?([+-]?[0-9]+)", re.DOTALL)
_LENGTH = re.compile(r"(?P<min>\d{1,6})?(?P<open>\s*[-\N{EN DASH}]\s*(?P<max>\d{1,6})?|(?<=\d)\+)?")


class TextOptions(commands.FlagConverter, case_insensitive=True):
    """Base of a command's options: `TEXT COUNT NAME:VALUE ...` in text commands.

    The text before the options is the positional one; if there is a `count`, a number at the end
    of that text is the count.
    """

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return the text of each option by name; raises `commands.FlagError`."""
        del ignore_extra  # the text before the options is the positional option
        check_length("", argument, MAX_ARGUMENT)
        found = [match for match in _flag_pattern(cls).finditer(argument) if match["flag"]]
        starts = [*(match.start() for match in found), len(argument)]
        values: dict[str, list[str]] = {}
        for match, end in zip(found, starts[1:], strict=True):
            flag = find_flag(cls, match["flag"])
            if not (value := argument[match.end() : end].strip()):
                raise commands.MissingFlagArgument(flag)
            values.setdefault(flag.name, []).append(_unquote(value))
        flags = cls.get_flags()
        text = argument[: starts[0]].strip()
        if "count" in flags.keys() - values.keys() and (counted := _COUNT.fullmatch(text)):
            text, values["count"] = counted[1] or "", [counted[2]]
        for flag in flags.values():
            if flag.positional and text:
                values.setdefault(flag.name, []).insert(0, _unquote(text))
        return values


def check_length(option: str, text: str, maximum: int = MAX_TEXT) -> None:
    """Raise `InvalidOptionError` if the text of an option is too long."""
    if len(text) > maximum:
        start = f"{option}: that's" if option else "That's"
        raise InvalidOptionError(
            f"{start} too long: {len(text):,} characters, at most {maximum:,}."
        )


def check_lengths(values: Mapping[str, object]) -> None:
    """Raise `InvalidOptionError` for a text that is too long; `values` are options by name.

    Raises `commands.BadFlagArgument` for a number out of range: Discord checks only the ranges of
    the commands that it knows, which can be older ones.
    """
    for option, value in values.items():
        if isinstance(value, str):
            check_length(option, value)
        elif isinstance(value, TextOptions):
            flags = value.get_flags()
            check_lengths({name: getattr(value, flag.attribute) for name, flag in flags.items()})
            for flag in flags.values():
                _check_range(flag, getattr(value, flag.attribute))


def _check_range(flag: commands.Flag, value: Any) -> None:
    """Raise `commands.BadFlagArgument` for a number, or NaN, that the option does not take."""
    limits: Any = flag.annotation
    is_limited = isinstance(limits, commands.converter.Range)  # type: ignore[arg-type]  # a class
    if is_limited and value is not None and not limits.min <= value <= limits.max:
        error = commands.RangeError(value, limits.min, limits.max)
        raise commands.BadFlagArgument(flag, str(value), error)


def find_flag(options: type[commands.FlagConverter], name: str) -> commands.Flag:
    """Return the flag with that name or alias, in any letter case."""
    name = name.casefold()
    flags = options.get_flags().values()
    return next(flag for flag in flags if name in (flag.name, *flag.aliases))


def _flag_pattern(options: type[commands.FlagConverter]) -> re.Pattern[str]:
    """Return a pattern that matches quoted text, or the name of an option in the group `flag`."""
    names = [n for flag in options.get_flags().values() for n in (flag.name, *flag.aliases)]
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"{_QUOTED.pattern}|(?<!\S)(?P<flag>{alternatives}):", re.IGNORECASE)


def _unquote(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return text if match is None else (match[1] or match[2] or "").replace(r"\"", '"')


@dataclass(frozen=True)
class LengthRange:
    """The allowed lengths of names in characters, inclusive; `max` None is the style's longest."""

    min: int
    max: int | None


class LengthConverter(app_commands.Transformer, commands.Converter[LengthRange]):
    """Converts the option `length` of text and slash commands."""

    async def convert(self, ctx: commands.Context[Any], argument: str) -> LengthRange:
        """Convert a text command's option; raises `InvalidOptionError`."""
        del ctx
        return parse_length_range(argument)

    async def transform(self, interaction: discord.Interaction[Any], value: Any) -> LengthRange:
        """Convert a slash command's option; raises `InvalidOptionError`."""
        del interaction
        return parse_length_range(value)


def parse_length_range(text: str) -> LengthRange:
    """Parse `5`, `5-8`, `5-`, `5+` or `-8`; raises `InvalidOptionError`."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not (match["min"] or match["max"]):
        raise InvalidOptionError("length: that's not a length. Give `5`, `5-8`, `5-` or `-8`.")
    shortest, longest = int(match["min"] or 0), int(match["max"] or 0)
    if not match["open"]:
        longest = shortest
    if not longest and not shortest:
        raise InvalidOptionError("length: names have at least 1 character.")
    if match["max"] and longest < shortest:
        raise InvalidOptionError(
            f"length: no name has the length {inline_code(text)}. "
            "Give the shorter length first, such as `5-8`."
        )
    return LengthRange(shortest, longest or None)


class NameOptions(TextOptions, case_insensitive=True):
    """The options of `/name`; None is the server's or the bot's default."""

    prefix: str = commands.flag(
        default="", positional=True, description="How the names begin, such as Tr"
    )
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT_DESCRIPTION
    )
    suffix: str = commands.flag(default="", aliases=["ends"], description="How the names end")
    contains: str = commands.flag(
        default="", aliases=["has"], description="Text that the names contain"
    )
    length: LengthRange | None = commands.flag(
        converter=LengthConverter,
        default=None,
        description="Characters in a name: 5, 5-8, 5- or -8",
    )
    temperature: float | None = commands.flag(
        converter=commands.Range[float, 0.1, 2.0],
        default=None,
        description="How daring: 0.1 safe, 1 like the list, 2 wild",
    )
    new_only: bool | None = commands.flag(
        name="new",
        aliases=["new-only"],
        converter=bool,
        default=None,
        description=NEW_DESCRIPTION,
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MAX_SEED],
        default=None,
        description=SEED_DESCRIPTION,
    )
