"""Options typed in a chat: `Tr 5 style:elves ends:a`, first what is meant, then `name:value`.

discord.py's flags, read as people write: an option begins a word (discord.py would find `style:` in
`Lifestyle:` too), and nothing is an option in quotation marks.
"""

import re

from discord.ext import commands

_QUOTED = re.compile(r'"((?:\\"|[^"])*)"|“([^”]*)”')
_COUNT = re.compile(r"(?:(.*\S)\s+)?([+-]?[0-9]+)", re.DOTALL)


class Flags(commands.FlagConverter, case_insensitive=True):
    """Derive options of a command from it; with a `count`, a number after the beginning is it."""

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return what was typed for each option, by name; raises `commands.FlagError`."""
        del ignore_extra  # what stands before the options is the positional one
        spots = [match for match in _spots(cls).finditer(argument) if match["flag"]]
        starts = [*(match.start() for match in spots), len(argument)]
        typed: dict[str, list[str]] = {}
        for match, end in zip(spots, starts[1:], strict=True):
            flag = flag_named(cls, match["flag"])
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


def flag_named(flags: type[commands.FlagConverter], name: str) -> commands.Flag:
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
