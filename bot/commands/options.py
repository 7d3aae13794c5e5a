"""The options of `/name`: their names, ranges and descriptions stand here and nowhere else.

Slash commands, the chat (`!name Tr 5 style:elves ends:a`) and the help are made of them.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands

from .errors import InvalidOptionError
from .markdown import inline_code

_QUOTED = re.compile(r'"((?:\\"|[^"])*)"|“([^”]*)”')
_COUNT = re.compile(r"(?:(.*\S)\s+)?([+-]?[0-9]+)", re.DOTALL)


class TextOptions(commands.FlagConverter, case_insensitive=True):
    """Derive options of a command from it; with a `count`, a number after the beginning is it."""

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return what was typed for each option, by name; raises `commands.FlagError`."""
        del ignore_extra  # what stands before the options is the positional one
        spots = [match for match in _spots(cls).finditer(argument) if match["flag"]]
        starts = [*(match.start() for match in spots), len(argument)]
        typed: dict[str, list[str]] = {}
        for match, end in zip(spots, starts[1:], strict=True):
            flag = find_flag(cls, match["flag"])
            if not (value := argument[match.end() : end].strip()):
                raise commands.MissingFlagArgument(flag)
            typed.setdefault(flag.name, []).append(_unquoted(value))
        flags = cls.get_flags()
        beginning = argument[: starts[0]].strip()
        if "count" in flags.keys() - typed.keys() and (counted := _COUNT.fullmatch(beginning)):
            beginning, typed["count"] = counted[1] or "", [counted[2]]
        for flag in flags.values():
            if flag.positional and beginning:
                typed.setdefault(flag.name, []).insert(0, _unquoted(beginning))
        return typed


def find_flag(flags: type[commands.FlagConverter], name: str) -> commands.Flag:
    """Return the flag that is called `name`, in any letter case."""
    wanted = name.casefold()
    every = flags.get_flags().values()
    return next(flag for flag in every if wanted in (flag.name, *flag.aliases))


def _spots(flags: type[commands.FlagConverter]) -> re.Pattern[str]:
    """Return what finds options, and passes over text in quotation marks."""
    names = [n for flag in flags.get_flags().values() for n in (flag.name, *flag.aliases)]
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"{_QUOTED.pattern}|(?<!\S)(?P<flag>{either}):", re.IGNORECASE)


def _unquoted(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return text if match is None else (match[1] or match[2] or "").replace(r"\"", '"')


_LENGTH = re.compile(
    r"(?P<least>\d{1,6})?(?P<open>\s*[-\N{EN DASH}]\s*(?P<most>\d{1,6})?|(?<=\d)\+)?"
)


@dataclass(frozen=True)
class LengthRange:
    """How long names may be, in characters, both inclusive; `most` None: as long as they come."""

    least: int
    most: int | None


class LengthConverter(app_commands.Transformer, commands.Converter[LengthRange]):
    """Reads lengths, typed in a chat or in a slash command."""

    async def convert(self, ctx: commands.Context[Any], argument: str) -> LengthRange:
        """Return what was typed in a chat; raises `BadOption`."""
        del ctx
        return parse_length_range(argument)

    async def transform(self, interaction: discord.Interaction[Any], value: Any) -> LengthRange:
        """Return what was typed in a slash command; raises `BadOption`."""
        del interaction
        return parse_length_range(value)


def parse_length_range(typed: str) -> LengthRange:
    """Return what `typed` says; raises `BadOption`."""
    match = _LENGTH.fullmatch(typed.strip())
    if match is None or not (match["least"] or match["most"]):
        raise InvalidOptionError("length: that is no length; say `5`, `5-8`, `5-` or `-8`.")
    least, most = int(match["least"] or 0), int(match["most"] or 0)
    if not match["open"]:
        most = least
    if (not most and not least) or (match["most"] and most < max(1, least)):
        raise InvalidOptionError(
            f"length: {inline_code(typed)} leaves no length; say the shorter one first, as `5-8`."
        )
    return LengthRange(least, most or None)


MAX_SEED = 2**53 - 1
"""Discord sends no larger whole number."""

STYLE_DESCRIPTION = "What the names are like; see the list"
COUNT_DESCRIPTION = "How many names, 1 to 25"
SEED_DESCRIPTION = "The seed that an answer told, to get its names again"


class NameOptions(TextOptions, case_insensitive=True):
    """What can be said of the names wanted; None where the server's or the bot's default holds."""

    prefix: str = commands.flag(
        default="", positional=True, description="How the names begin, such as Tr"
    )
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT_DESCRIPTION
    )
    suffix: str = commands.flag(default="", aliases=["ends"], description="How the names end")
    contains: str = commands.flag(
        default="", aliases=["has"], description="What is somewhere in the names"
    )
    length: LengthRange | None = commands.flag(
        converter=LengthConverter,
        default=None,
        description="Characters in a name: 5, 5-8, 5- or -8",
    )
    temperature: float | None = commands.flag(
        converter=commands.Range[float, 0.1, 2.0],
        default=None,
        description="How daring: 0.1 safe, 1 as learned, 2 wild",
    )
    new_only: bool | None = commands.flag(
        name="new-only",
        aliases=["new"],
        converter=bool,
        default=None,
        description="Leave out names that the style has learned from",
    )
    seed: int | None = commands.flag(
        converter=commands.Range[int, 0, MAX_SEED],
        default=None,
        description=SEED_DESCRIPTION,
    )

    @classmethod
    async def convert(cls, ctx: commands.Context[Any], argument: str) -> Self:
        """Return the options typed; raises `commands.FlagError`."""
        options = await super().convert(ctx, argument)
        if options.temperature is not None and math.isnan(options.temperature):
            wrong = commands.RangeError(options.temperature, 0.1, 2.0)
            raise commands.BadFlagArgument(find_flag(cls, "temperature"), "nan", wrong)
        return options
