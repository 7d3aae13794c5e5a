"""`/command option:value`: what is typed in one line, as what Discord's client would send."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..payloads import commands as kinds
from ..state.wire import Json

_OPTION = re.compile(r"""(?:^|(?<=\s))(?P<name>[-_'\w]+):(?P<quoted>"[^"]*"(?=\s|$))?""")
_NESTED = (kinds.SUBCOMMAND, kinds.GROUP)
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Typed:
    """A line as far as it goes: the steps to a command, the command, and what its options say.

    `node` is None where the steps lead to no command; `values` are in the order typed.
    """

    path: tuple[str, ...]
    node: Json | None
    values: tuple[tuple[str, str], ...]

    @property
    def options(self) -> list[Json]:
        """The options that the command has, without those that are subcommands."""
        offered = (self.node or {}).get("options", [])
        return [option for option in offered if option["type"] not in _NESTED]

    @property
    def inner(self) -> list[Json]:
        """The subcommands and groups within it."""
        offered = (self.node or {}).get("options", [])
        return [option for option in offered if option["type"] in _NESTED]

    def option(self, name: str) -> Json | None:
        """Find an option by name."""
        return next((option for option in self.options if option["name"] == name), None)


def read(line: str, commands: Sequence[Json]) -> Typed:
    """Return how far `line` leads among `commands`, whatever is still missing."""
    line = line.removeprefix("/")
    found = list(_OPTION.finditer(line))
    ends = [*(one.start() for one in found[1:]), len(line)]
    words = tuple(line[: found[0].start() if found else None].split())
    node: Json | None = {"options": [one | {"type": kinds.SUBCOMMAND} for one in commands]}
    for word in words:
        within = [o for o in (node or {}).get("options", []) if o["type"] in _NESTED]
        node = next((one for one in within if one["name"] == word), None)
    values = [
        (one["name"], one["quoted"][1:-1] if one["quoted"] else line[one.end() : end].strip())
        for one, end in zip(found, ends, strict=False)
    ]
    return Typed(words, node, tuple(values))


def last(line: str) -> str | None:
    """Return what is typed for the last option of `line` so far, None if none is begun."""
    found = list(_OPTION.finditer(line))
    return line[found[-1].end("name") + 1 :] if found else None


def quoted(text: str) -> str:
    """Return a value as it is typed: in quotation marks if it would not be read whole without."""
    return f'"{text}"' if text != text.strip() or text[:1] == '"' or _OPTION.search(text) else text


def parse(line: str, commands: Sequence[Json]) -> tuple[str, dict[str, Any]]:
    """Return the command and its options, each of the type that the command asks for.

    A value goes on to the next option, so it may hold spaces; one in quotation marks may hold
    `word:` too. A file is named by its path. Raises `ValueError`, one line, for a command or an
    option that there is not, for a value that does not fit, and for all that is missing at once.
    """
    typed = read(line, commands)
    title = f"/{' '.join(typed.path)}"
    if typed.node is None or not typed.path:
        raise ValueError(_unknown(typed, commands))
    if typed.inner:
        inner = ", ".join(f"{title} {one['name']}" for one in typed.inner)
        raise ValueError(f"{title} is one of several: {inner}")
    known = ", ".join(option["name"] for option in typed.options) or "none"
    values: dict[str, Any] = {}
    for name, text in typed.values:
        option = typed.option(name)
        if option is None:
            raise ValueError(f"{title}: no option {name!r}; there are: {known}")
        values[name] = value(option, text)
    missing = [o["name"] for o in typed.options if o.get("required") and o["name"] not in values]
    if missing:
        wanted = " ".join(f"{name}:…" for name in missing)
        raise ValueError(f"{title} needs more: {title} {wanted}")
    return title.removeprefix("/"), values


def value(option: Json, text: str) -> Any:
    """Return `text` as what Discord sends for `option`; `ValueError`, one line, if it is none."""
    name, kind = option["name"], option["type"]
    if kind == kinds.ATTACHMENT:
        return upload(text)
    if kind == kinds.BOOLEAN:
        if text.lower() not in _TRUTHS:
            raise ValueError(f"{name}: {text!r} is neither true nor false")
        return _TRUTHS[text.lower()]
    if kind not in (kinds.INTEGER, kinds.NUMBER) or any(
        text == choice["name"] for choice in option.get("choices", [])
    ):
        return text
    try:
        number = int(text) if kind == kinds.INTEGER else float(text)
        finite = math.isfinite(number)
    except (OverflowError, ValueError):
        finite = False
    if not finite:
        raise ValueError(f"{name}: {text!r} is not a number")
    return number


def upload(path: str) -> tuple[str, bytes]:
    """Return the name and the content of a file; `ValueError`, one line, if it is not there."""
    try:
        file = Path(path).expanduser()
        if file.is_file() or not file.exists():  # what is neither may never come to an end
            return file.name, file.read_bytes()
        why = "it is no file"
    except OSError as error:
        why = error.strerror or str(error)
    except (RuntimeError, ValueError) as error:  # no such home, no such path
        why = str(error)
    raise ValueError(f"{path}: cannot be read ({why})")


def _unknown(typed: Typed, commands: Sequence[Json]) -> str:
    """Say that there is no such command, and which there are, as far as the way there is."""
    there = {command["name"]: command for command in commands}
    first = typed.path[0] if typed.path else ""
    if first in there and len(typed.path) > 1:
        inner = [o["name"] for o in there[first].get("options", []) if o["type"] in _NESTED]
        if inner:
            return f"There is no /{' '.join(typed.path)}; /{first} has {', '.join(inner)}."
        return f"/{first}: options are written name:value, not {' '.join(typed.path[1:])!r}"
    known = ", ".join(f"/{name}" for name in there)
    return (
        f"There is no /{' '.join(typed.path)}; there are {known}. Options are written name:value."
    )
