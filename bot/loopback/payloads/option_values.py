"""Option and select values: checks a user's input as Discord's own client does.

Invalid input raises a `ValueError` of one line before anything reaches the bot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..state.encoding import Json
from ..state.guilds import Channel
from ..state.users import Role, User
from .application_commands import OptionType
from .components import CHANNEL_SELECT, MENTIONABLE_SELECT, ROLE_SELECT, STRING_SELECT, USER_SELECT
from .message_requests import Sender, UploadedFile

_TYPE_NAMES: dict[int, str] = {
    OptionType.STRING: "text",
    OptionType.INTEGER: "a whole number",
    OptionType.BOOLEAN: "true or false",
    OptionType.USER: "a user",
    OptionType.CHANNEL: "a channel",
    OptionType.ROLE: "a role",
    OptionType.MENTIONABLE: "a user or a role",
    OptionType.NUMBER: "a number",
    OptionType.ATTACHMENT: "a file, (name, bytes)",
}

_PLAIN_TYPES: dict[int, Any] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.BOOLEAN: bool,
    OptionType.NUMBER: (int, float),
}

_SELECT_OPTION_TYPES = {
    USER_SELECT: OptionType.USER,
    ROLE_SELECT: OptionType.ROLE,
    MENTIONABLE_SELECT: OptionType.MENTIONABLE,
    CHANNEL_SELECT: OptionType.CHANNEL,
}
"""The option type that takes the same values as each select."""


@dataclass
class FilledOptions:
    """A command's options as an interaction carries them, and the objects that they name."""

    options: list[Json] = field(default_factory=list)
    resolved: dict[str, Json] = field(default_factory=dict)

    def json(self) -> Json:
        """Return both as fields of the interaction's data."""
        data: Json = {"options": self.options} if self.options else {}
        return data | ({"resolved": self.resolved} if self.resolved else {})


def find_subcommand(command: Json, path: list[str]) -> tuple[Json, list[tuple[str, int]]]:
    """Return the (sub)command at `path`, and the name and type of each step to it."""
    node, steps = command, []
    for name in path:
        subcommands = _subcommands(node)
        found = next((option for option in subcommands if option["name"] == name), None)
        if found is None:
            known = ", ".join(option["name"] for option in subcommands) or "none"
            raise ValueError(f"/{command['name']}: no subcommand {name!r}; there are: {known}")
        steps.append((name, found["type"]))
        node = found
    if _subcommands(node):
        known = ", ".join(option["name"] for option in node["options"])
        raise ValueError(f"/{command['name']}: a subcommand is needed, one of: {known}")
    return node, steps


def _subcommands(node: Json) -> list[Json]:
    types = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)
    return [option for option in node.get("options", []) if option["type"] in types]


def fill_options(
    command: Json,
    path: list[str],
    values: Mapping[str, Any],
    sender: Sender,
    focused: str | None = None,
) -> FilledOptions:
    """Check `values` against a command's options, and return them as interaction data.

    `focused` names the option being typed (autocomplete); no option is required then.
    """
    node, steps = find_subcommand(command, path)
    known: dict[str, Json] = {option["name"]: option for option in node.get("options", [])}
    title = f"/{' '.join([command['name'], *path])}"
    for name in [*values, *([focused] if focused else [])]:
        if name not in known:
            raise ValueError(
                f"{title}: no option {name!r}; there are: {', '.join(known) or 'none'}"
            )
    if focused and not known[focused].get("autocomplete"):
        raise ValueError(f"{title} {focused}: has no autocomplete")
    filled = FilledOptions()
    for name, option in known.items():
        if name == focused:
            value = values.get(name, "")
            filled.options.append(
                {"name": name, "type": option["type"], "value": value, "focused": True}
            )
        elif name in values:
            value = _checked_value(option, values[name], f"{title} {name}", sender, filled)
            filled.options.append({"name": name, "type": option["type"], "value": value})
        elif option.get("required") and focused is None:
            raise ValueError(f"{title}: the option {name!r} is required")
    for name, option_type in reversed(steps):
        filled.options = [{"name": name, "type": option_type, "options": filled.options}]
    return filled


def _checked_value(
    option: Json, value: Any, title: str, sender: Sender, filled: FilledOptions
) -> Any:
    if option.get("choices"):
        return _checked_choice(option["choices"], value, title)
    if option["type"] in _PLAIN_TYPES:
        return _checked_plain_value(option, value, title)
    found_id = resolve(option["type"], value, sender, filled.resolved)
    if found_id is None:
        raise ValueError(f"{title}: {value!r} is not {_TYPE_NAMES[option['type']]} here")
    return found_id


def _checked_choice(choices: list[Json], value: Any, title: str) -> Any:
    for choice in choices:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    names = ", ".join(str(choice["name"]) for choice in choices)
    raise ValueError(f"{title}: {value!r} is not a choice; there are: {names}")


def _checked_plain_value(option: Json, value: Any, title: str) -> Any:
    """Return a string, a number or a boolean within the option's bounds."""
    option_type = option["type"]
    has_type = isinstance(value, _PLAIN_TYPES[option_type])
    # A Python bool is also an int, but true is no number.
    if not has_type or isinstance(value, bool) != (option_type == OptionType.BOOLEAN):
        raise ValueError(f"{title}: {value!r} is not {_TYPE_NAMES[option_type]}")
    size: Any
    if option_type == OptionType.STRING:
        if not value:
            raise ValueError(f"{title}: is empty")
        size, measured = len(value), "its length"
        low, high = option.get("min_length"), option.get("max_length")
    else:
        size, measured = value, str(value)
        low, high = option.get("min_value"), option.get("max_value")
    if low is not None and size < low:
        raise ValueError(f"{title}: {measured} must be {low} or more")
    if high is not None and size > high:
        raise ValueError(f"{title}: {measured} must be {high} or less")
    return value


def fill_select(
    sender: Sender, component: Json, values: Sequence[Any], resolved: dict[str, Json]
) -> list[str]:
    """Return the values that a select sends for `values`, adding named objects to `resolved`.

    A string select takes the values or labels of its options. Raises `ValueError` for too few
    or too many values, and for a value that the select does not offer.
    """
    title = f"the select {component['custom_id']!r}"
    low, high = component.get("min_values", 1), component.get("max_values", 1)
    if not low <= len(values) <= high:
        raise ValueError(f"{title} takes {low} to {high} values, not {len(values)}")
    sent = []
    for value in values:
        found = _select_value(sender, component, value, resolved)
        if found is None:
            raise ValueError(f"{title} has no {value!r}")
        sent.append(found)
    return sent


def _select_value(
    sender: Sender, component: Json, value: Any, resolved: dict[str, Json]
) -> str | None:
    if component["type"] != STRING_SELECT:
        return resolve(_SELECT_OPTION_TYPES[component["type"]], value, sender, resolved)
    for option in component["options"]:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    return None


def resolve(option_type: int, value: Any, sender: Sender, resolved: dict[str, Json]) -> str | None:
    """Find the object that `value` (object, id or name) names, and return its id.

    Adds the object to `resolved`; returns None if there is no such object.
    """
    guild = sender.channel.guild
    if option_type == OptionType.ATTACHMENT:
        return _resolve_attachment(value, sender, resolved)
    if option_type in (OptionType.USER, OptionType.MENTIONABLE):
        for user in sender.state.users.values():
            if _names(value, user, user.name):
                _add_user(user, sender, resolved)
                return str(user.id)
    if option_type in (OptionType.ROLE, OptionType.MENTIONABLE):
        for role in guild.roles.values() if guild else ():
            if _names(value, role, role.name):
                resolved.setdefault("roles", {})[str(role.id)] = role.json()
                return str(role.id)
    if option_type == OptionType.CHANNEL:
        for channel in guild.channels.values() if guild else ():
            if _names(value, channel, channel.name):
                _add_channel(channel, sender, resolved)
                return str(channel.id)
    return None


def _resolve_attachment(value: Any, sender: Sender, resolved: dict[str, Json]) -> str | None:
    if not (isinstance(value, tuple) and len(value) == 2):
        return None
    filename, data = value
    attachment = sender.store_file(UploadedFile(0, filename, data), {})
    resolved.setdefault("attachments", {})[str(attachment.id)] = attachment.json()
    return str(attachment.id)


def _add_user(user: User, sender: Sender, resolved: dict[str, Json]) -> None:
    resolved.setdefault("users", {})[str(user.id)] = user.json()
    guild = sender.channel.guild
    if guild and user.id in guild.members:
        member = guild.members[user.id].partial_json()
        member["permissions"] = str(int(sender.channel.permissions(user)))
        resolved.setdefault("members", {})[str(user.id)] = member


def _add_channel(channel: Channel, sender: Sender, resolved: dict[str, Json]) -> None:
    partial = {key: channel.json()[key] for key in ("id", "type", "name", "parent_id")}
    partial["permissions"] = str(int(channel.permissions(sender.user)))
    resolved.setdefault("channels", {})[str(channel.id)] = partial


def _names(value: Any, entity: User | Role | Channel, name: str) -> bool:
    """Whether `value` is the entity, its id, or its name with or without @ or #."""
    return value is entity or str(value) in (name, str(entity.id), f"@{name}", f"#{name}")
