"""Slash-command parser: `/command option:value` to what Discord's client would send."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..payloads.application_commands import OptionType
from ..state.encoding import Json

_OPTION = re.compile(r"""(?:^|(?<=\s))(?P<name>[-_'\w]+):(?P<quoted>"[^"]*"(?=\s|$))?""")
_NESTED = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class ParsedLine:
    """A line, parsed as far as possible.

    `path` is the command and its subcommands, `node` the definition they lead to (None for an
    unknown command), `values` the option values in the order typed.
    """

    path: tuple[str, ...]
    node: Json | None
    values: tuple[tuple[str, str], ...]

    @property
    def options(self) -> list[Json]:
        """The options of the command, without subcommands."""
        options = (self.node or {}).get("options", [])
        return [option for option in options if option["type"] not in _NESTED]

    @property
    def subcommands(self) -> list[Json]:
        """The subcommands and groups of the command."""
        options = (self.node or {}).get("options", [])
        return [option for option in options if option["type"] in _NESTED]

    def option(self, name: str) -> Json | None:
        """Find an option by name."""
        return next((option for option in self.options if option["name"] == name), None)


def parse_partial(line: str, commands: Sequence[Json]) -> ParsedLine:
    """Parse a line that may be unfinished."""
    line = line.removeprefix("/")
    matches = list(_OPTION.finditer(line))
    ends = [*(match.start() for match in matches[1:]), len(line)]
    words = tuple(line[: matches[0].start() if matches else None].split())
    node: Json | None = {"options": [one | {"type": OptionType.SUBCOMMAND} for one in commands]}
    for word in words:
        nested = [o for o in (node or {}).get("options", []) if o["type"] in _NESTED]
        node = next((one for one in nested if one["name"] == word), None)
    values = []
    for match, end in zip(matches, ends, strict=False):
        quoted = match["quoted"]
        values.append((match["name"], quoted[1:-1] if quoted else line[match.end() : end].strip()))
    return ParsedLine(words, node, tuple(values))


def last_value(line: str) -> str | None:
    """Return the raw text after the last option's colon, or None without options."""
    matches = list(_OPTION.finditer(line))
    return line[matches[-1].end("name") + 1 :] if matches else None


def quote(text: str) -> str:
    """Quote a value if the parser would not read it whole otherwise."""
    needs_quotes = text != text.strip() or text[:1] == '"' or _OPTION.search(text)
    return f'"{text}"' if needs_quotes else text


def parse_command(line: str, commands: Sequence[Json]) -> tuple[str, dict[str, Any]]:
    """Return the command name and its option values, converted to the options' types.

    A value extends to the next option, so it may contain spaces. A quoted value may also contain
    `word:`. An attachment is given by its path. Raises `ValueError`, with one line of text, for an
    unknown command or option, an invalid value, or missing options.
    """
    parsed = parse_partial(line, commands)
    title = f"/{' '.join(parsed.path)}"
    if parsed.node is None or not parsed.path:
        raise ValueError(_unknown_command(parsed, commands))
    if parsed.subcommands:
        choices = ", ".join(f"{title} {one['name']}" for one in parsed.subcommands)
        raise ValueError(f"{title} needs a subcommand. Choose from {choices}.")
    values: dict[str, Any] = {}
    for name, text in parsed.values:
        option = parsed.option(name)
        if option is None:
            known = ", ".join(option["name"] for option in parsed.options) or "none"
            raise ValueError(f"{title} has no option {name!r}. Its options: {known}.")
        values[name] = convert_value(option, text)
    missing = [o["name"] for o in parsed.options if o.get("required") and o["name"] not in values]
    if missing:
        wanted = " ".join(f"{name}:…" for name in missing)
        raise ValueError(f"{title} needs more options: {title} {wanted}")
    return title.removeprefix("/"), values


def convert_value(option: Json, text: str) -> Any:
    """Convert `text` to the value that Discord sends for `option`; raises `ValueError`."""
    name, kind = option["name"], option["type"]
    if kind == OptionType.ATTACHMENT:
        return read_file(text)
    if kind == OptionType.BOOLEAN:
        if text.lower() not in _BOOLEANS:
            raise ValueError(f"{name}: {text!r} isn't true or false.")
        return _BOOLEANS[text.lower()]
    if kind not in (OptionType.INTEGER, OptionType.NUMBER) or any(
        text == choice["name"] for choice in option.get("choices", [])
    ):
        return text
    try:
        number = int(text) if kind == OptionType.INTEGER else float(text)
        is_finite = math.isfinite(number)
    except (OverflowError, ValueError):
        is_finite = False
    if not is_finite:
        raise ValueError(f"{name}: {text!r} isn't a number.")
    return number


def read_file(path: str) -> tuple[str, bytes]:
    """Return the name and content of a file; raises `ValueError` if it cannot be read."""
    try:
        file = Path(path).expanduser()
        # Devices and pipes may never end, so only regular files are read.
        if file.is_file() or not file.exists():
            return file.name, file.read_bytes()
        reason = "not a regular file"
    except OSError as error:
        reason = error.strerror or str(error)
    except (RuntimeError, ValueError) as error:  # unknown home folder, null byte in the path
        reason = str(error)
    raise ValueError(f"Can't read {path}: {reason}.")


def _unknown_command(parsed: ParsedLine, commands: Sequence[Json]) -> str:
    """Return the error for an unknown command or subcommand, with the known ones."""
    known = {command["name"]: command for command in commands}
    first, *rest = parsed.path or ("",)
    title = f"/{' '.join(parsed.path)}"
    if first in known and rest:
        nested = [o["name"] for o in known[first].get("options", []) if o["type"] in _NESTED]
        if nested:
            return f"There's no command {title}. Choose from {_join(nested, f'/{first} ')}."
        return f"/{first}: write options as name:value, not {' '.join(rest)!r}."
    return (
        f"There's no command {title}. Choose from {_join(known, '/')}. Write options as name:value."
    )


def _join(names: "Sequence[str] | dict[str, Json]", prefix: str) -> str:
    return ", ".join(f"{prefix}{name}" for name in names)
