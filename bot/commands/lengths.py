"""How long names may be, as people type it: `5`, `5-8`, `5-`, `5+` or `-8`."""

import re
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from .complaints import BadOption
from .text import quoted

_LENGTH = re.compile(
    r"(?P<least>\d{1,6})?(?P<open>\s*[-\N{EN DASH}]\s*(?P<most>\d{1,6})?|(?<=\d)\+)?"
)


@dataclass(frozen=True)
class Lengths:
    """How long names may be, in characters, both inclusive; `most` None: as long as they come."""

    least: int
    most: int | None


class Length(app_commands.Transformer, commands.Converter[Lengths]):
    """Reads lengths, typed in a chat or in a slash command."""

    async def convert(self, ctx: commands.Context[Any], argument: str) -> Lengths:
        """Return what was typed in a chat; raises `BadOption`."""
        del ctx
        return lengths(argument)

    async def transform(self, interaction: discord.Interaction[Any], value: Any) -> Lengths:
        """Return what was typed in a slash command; raises `BadOption`."""
        del interaction
        return lengths(value)


def lengths(typed: str) -> Lengths:
    """Return what `typed` says; raises `BadOption`."""
    match = _LENGTH.fullmatch(typed.strip())
    if match is None or not (match["least"] or match["most"]):
        raise BadOption("length: that is no length; say `5`, `5-8`, `5-` or `-8`.")
    least, most = int(match["least"] or 0), int(match["most"] or 0)
    if not match["open"]:
        most = least
    if (not most and not least) or (match["most"] and most < max(1, least)):
        raise BadOption(
            f"length: {quoted(typed)} leaves no length; say the shorter one first, as `5-8`."
        )
    return Lengths(least, most or None)
