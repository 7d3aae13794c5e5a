"""The options of `/style`'s commands: their names and descriptions, for slash and chat alike."""

import re
from typing import Literal

from discord.ext import commands

from ..flags import Flags

_STYLE = "Which style; see the list"
_VERSION = "Which of its versions; see the list"
_FOR_ALL = "Of every server, not of this one alone; for the owner of this bot"
_RECIPE = "How thoroughly: seed (seconds), fast (a minute) or best (ten)"

_VERSIONED = re.compile(r"(\S+)\s+v?([0-9]{1,9})", re.IGNORECASE)


class NamedOptions(Flags, case_insensitive=True):
    """A style that answers here."""

    style: str = commands.flag(positional=True, description=_STYLE)


class OwnOptions(Flags, case_insensitive=True):
    """A style of the server's own, or of every server's."""

    style: str = commands.flag(positional=True, description=_STYLE)
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class VersionOptions(Flags, case_insensitive=True):
    """A version of such a style: `elves 3` in a chat."""

    style: str = commands.flag(positional=True, description=_STYLE)
    version: int | None = commands.flag(
        converter=commands.Range[int, 1, 10**9], default=None, description=_VERSION
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return what was typed for each option; a number after the style is the version."""
        typed = super().parse_flags(argument, ignore_extra=ignore_extra)
        both = _VERSIONED.fullmatch(typed.get("style", [""])[0])
        if both and "version" not in typed:
            typed["style"][0], typed["version"] = both[1], [both[2]]
        return typed


class LogOptions(Flags, case_insensitive=True):
    """All of a server's own styles, or one of them; or those of every server."""

    style: str | None = commands.flag(
        converter=str, positional=True, default=None, description=_STYLE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)


class TrainOptions(Flags, case_insensitive=True):
    """How a style is trained; None: as the bot's settings say."""

    recipe: Literal["seed", "fast", "best"] | None = commands.flag(
        positional=True, default=None, description=_RECIPE
    )
    for_all: bool = commands.flag(name="for-all", default=False, description=_FOR_ALL)
