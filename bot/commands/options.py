"""The options of `/name`: names, ranges and descriptions.

Slash commands, text commands (`!name Tr 5 style:elves ends:a`) and the help use this class.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from ..i18n import gettext as _
from .errors import InvalidOptionError
from .markdown import inline_code
from .text_options import TextOptions
from .tokenizer import fold_signs

MAX_SEED = 2**53 - 1
"""Discord's largest integer."""

STYLE_DESCRIPTION = "The style of the names; pick from the list"
MAX_COUNT = 100
"""Names of one answer."""

COUNT_DESCRIPTION = "How many names, 1 to 100"
NEW_DESCRIPTION = "Leave out names that are in the style's list"
SEED_DESCRIPTION = "The seed of an earlier answer, to get the same names again"

_LENGTH = re.compile(r"(?P<min>\d{1,6})?(?P<open>\s*-\s*(?P<max>\d{1,6})?|(?<=\d)\+)?")


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
    match = _LENGTH.fullmatch(fold_signs(unicodedata.normalize("NFKC", text)).strip())
    if match is None or not (match["min"] or match["max"]):
        text = _("length: that's not a length. Give `5`, `5-8`, `5-` or `-8`.")
        raise InvalidOptionError(text)
    shortest, longest = int(match["min"] or 0), int(match["max"] or 0)
    if not match["open"]:
        longest = shortest
    if not longest and not shortest:
        raise InvalidOptionError(_("length: names have at least 1 character."))
    if match["max"] and longest < shortest:
        message = _(
            "length: no name has the length {length}. Give the shorter length first, such as `5-8`."
        )
        raise InvalidOptionError(message.format(length=inline_code(text)))
    return LengthRange(shortest, longest or None)


class NameOptions(TextOptions, case_insensitive=True):
    """The options of `/name`; None is the server's or the bot's default."""

    prefix: str = commands.flag(
        default="", positional=True, description="How the names begin, such as Tr"
    )
    style: str | None = commands.flag(converter=str, default=None, description=STYLE_DESCRIPTION)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, MAX_COUNT], default=None, description=COUNT_DESCRIPTION
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
