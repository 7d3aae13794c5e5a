"""What a person fills in for a slash command, checked as Discord's own client checks it.

Whatever does not fit is refused with a `ValueError` of one line, before the bot hears of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..state.people import Role, User
from ..state.places import Channel
from ..state.wire import Json
from . import commands as kinds
from .composing import File, Pen

_NAMES = {
    kinds.STRING: "text",
    kinds.INTEGER: "a whole number",
    kinds.BOOLEAN: "true or false",
    kinds.USER: "a user",
    kinds.CHANNEL: "a channel",
    kinds.ROLE: "a role",
    kinds.MENTIONABLE: "a user or a role",
    kinds.NUMBER: "a number",
    kinds.ATTACHMENT: "a file, (name, bytes)",
}


@dataclass
class Filled:
    """A command's options as an interaction carries them, and the objects that they name."""

    options: list[Json] = field(default_factory=list)
    resolved: dict[str, Json] = field(default_factory=dict)

    def json(self) -> Json:
        """Give both as parts of the interaction's data."""
        about: Json = {"options": self.options} if self.options else {}
        return about | ({"resolved": self.resolved} if self.resolved else {})


def leaf(command: Json, path: list[str]) -> tuple[Json, list[tuple[str, int]]]:
    """Give the (sub)command that `path` leads to, and the name and type of each step to it."""
    node, steps = command, []
    for word in path:
        within = [
            o for o in node.get("options", []) if o["type"] in (kinds.SUBCOMMAND, kinds.GROUP)
        ]
        found = next((option for option in within if option["name"] == word), None)
        if found is None:
            known = ", ".join(option["name"] for option in within) or "none"
            raise ValueError(f"/{command['name']}: no subcommand {word!r}; there are: {known}")
        steps.append((word, found["type"]))
        node = found
    if any(o["type"] in (kinds.SUBCOMMAND, kinds.GROUP) for o in node.get("options", [])):
        inner = ", ".join(option["name"] for option in node["options"])
        raise ValueError(f"/{command['name']}: a subcommand is needed, one of: {inner}")
    return node, steps


def fill(
    command: Json, path: list[str], values: Mapping[str, Any], pen: Pen, focused: str | None = None
) -> Filled:
    """Check `values` against a command's options and give them as the interaction's data.

    `focused` names the option that is being typed (autocomplete); then none is required yet.
    """
    node, steps = leaf(command, path)
    known: dict[str, Json] = {option["name"]: option for option in node.get("options", [])}
    title = f"/{' '.join([command['name'], *path])}"
    for name in [*values, *([focused] if focused else [])]:
        if name not in known:
            there = ", ".join(known) or "none"
            raise ValueError(f"{title}: no option {name!r}; there are: {there}")
    if focused and not known[focused].get("autocomplete"):
        raise ValueError(f"{title} {focused}: has no autocomplete")
    filled = Filled()
    for name, option in known.items():
        if name in values or name == focused:
            typed = name == focused
            value = values.get(name, "")
            if not typed:
                value = _checked(option, value, f"{title} {name}", pen, filled)
            about = {"name": name, "type": option["type"], "value": value}
            filled.options.append(about | {"focused": True} if typed else about)
        elif option.get("required") and focused is None:
            raise ValueError(f"{title}: the option {name!r} is required")
    for name, kind in reversed(steps):
        filled.options = [{"name": name, "type": kind, "options": filled.options}]
    return filled


def _checked(option: Json, value: Any, where: str, pen: Pen, filled: Filled) -> Any:
    if option.get("choices"):
        return _chosen(option["choices"], value, where)
    kind = option["type"]
    if kind in (kinds.STRING, kinds.INTEGER, kinds.BOOLEAN, kinds.NUMBER):
        return _plain(option, value, where)
    found = resolve(kind, value, pen, filled.resolved)
    if found is None:
        raise ValueError(f"{where}: {value!r} is not {_NAMES[kind]} here")
    return found


def _chosen(choices: list[Json], value: Any, where: str) -> Any:
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    offered = ", ".join(str(choice["name"]) for choice in choices)
    raise ValueError(f"{where}: {value!r} is not a choice; there are: {offered}")


def _plain(option: Json, value: Any, where: str) -> Any:
    kind = option["type"]
    types: dict[int, type | tuple[type, ...]] = {
        kinds.STRING: str,
        kinds.INTEGER: int,
        kinds.BOOLEAN: bool,
        kinds.NUMBER: (int, float),
    }
    truth = isinstance(value, bool)
    fits = isinstance(value, types[kind]) and truth == (kind == kinds.BOOLEAN)
    if not fits:
        raise ValueError(f"{where}: {value!r} is not {_NAMES[kind]}")
    size: Any = value
    bounds = ("min_value", "max_value")
    if kind == kinds.STRING:
        size, bounds = len(value), ("min_length", "max_length")
        if not value:
            raise ValueError(f"{where}: is empty")
    low, high = option.get(bounds[0]), option.get(bounds[1])
    what = "its length" if kind == kinds.STRING else str(value)
    if low is not None and size < low:
        raise ValueError(f"{where}: {what} must be {low} or more")
    if high is not None and size > high:
        raise ValueError(f"{where}: {what} must be {high} or less")
    return value


def resolve(kind: int, value: Any, pen: Pen, resolved: dict[str, Json]) -> str | None:
    """Find what `value` (object, id or name) means, note it in `resolved`, and give its id."""
    guild, world = pen.channel.guild, pen.world
    if kind == kinds.ATTACHMENT:
        if not (isinstance(value, tuple) and len(value) == 2):
            return None
        stored = pen.store(File(0, value[0], value[1]), {})
        resolved.setdefault("attachments", {})[str(stored.id)] = stored.json()
        return str(stored.id)
    if kind in (kinds.USER, kinds.MENTIONABLE):
        for user in world.users.values():
            if _means(value, user, user.name):
                resolved.setdefault("users", {})[str(user.id)] = user.json()
                if guild and user.id in guild.members:
                    member = guild.members[user.id].partial_json()
                    member["permissions"] = str(int(pen.channel.permissions(user)))
                    resolved.setdefault("members", {})[str(user.id)] = member
                return str(user.id)
    if kind in (kinds.ROLE, kinds.MENTIONABLE):
        for role in guild.roles.values() if guild else ():
            if _means(value, role, role.name):
                resolved.setdefault("roles", {})[str(role.id)] = role.json()
                return str(role.id)
    if kind == kinds.CHANNEL:
        for channel in guild.channels.values() if guild else ():
            if _means(value, channel, channel.name):
                about = {key: channel.json()[key] for key in ("id", "type", "name", "parent_id")}
                about["permissions"] = str(int(channel.permissions(pen.author)))
                resolved.setdefault("channels", {})[str(channel.id)] = about
                return str(channel.id)
    return None


def _means(value: Any, thing: User | Role | Channel, name: str) -> bool:
    return value is thing or str(value) in (name, str(thing.id), f"@{name}", f"#{name}")
