"""The options of `/name`: their names, ranges and descriptions stand here and nowhere else.

Slash commands, the chat (`!name Tr 5 style:elves ends:a`) and the help are made of them.
"""

import math
from typing import Any, Self

from discord.ext import commands

from .flags import Flags, flag_named
from .lengths import Length, Lengths

MOST_SEED = 2**53 - 1
"""Discord sends no larger whole number."""

STYLE = "What the names are like; see the list"
COUNT = "How many names, 1 to 25"
SEED = "The seed that an answer told, to get its names again"


class Options(Flags, case_insensitive=True):
    """What can be said of the names wanted; None where the server's or the bot's default holds."""

    prefix: str = commands.flag(
        default="", positional=True, description="How the names begin, such as Tr"
    )
    style: str | None = commands.flag(converter=str, default=None, description=STYLE)
    count: int | None = commands.flag(
        converter=commands.Range[int, 1, 25], default=None, description=COUNT
    )
    suffix: str = commands.flag(default="", aliases=["ends"], description="How the names end")
    contains: str = commands.flag(
        default="", aliases=["has"], description="What is somewhere in the names"
    )
    length: Lengths | None = commands.flag(
        converter=Length, default=None, description="Characters in a name: 5, 5-8, 5- or -8"
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
        converter=commands.Range[int, 0, MOST_SEED],
        default=None,
        description=SEED,
    )

    @classmethod
    async def convert(cls, ctx: commands.Context[Any], argument: str) -> Self:
        """Return the options typed; raises `commands.FlagError`."""
        options = await super().convert(ctx, argument)
        if options.temperature is not None and math.isnan(options.temperature):
            wrong = commands.RangeError(options.temperature, 0.1, 2.0)
            raise commands.BadFlagArgument(flag_named(cls, "temperature"), "nan", wrong)
        return options
