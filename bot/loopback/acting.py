"""What people do to a bot besides writing: commands, buttons, selects, forms.

Each checks, as Discord's client does, that the person could do it, with a `ValueError` of one
line if not, and sends the interaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .payloads import commands as kinds
from .payloads.choosing import choose
from .payloads.components import BUTTON, LINK, PREMIUM, SELECTS, find, walk
from .payloads.composing import Pen
from .payloads.forms import filled
from .payloads.options import fill, resolve
from .rest import interactions
from .rest.backend import Backend
from .rest.interactions import Interaction
from .state.messages import Message
from .state.people import User
from .state.permissions import Permission
from .state.places import Channel
from .state.wire import Json


def invoke(
    backend: Backend,
    user: User,
    channel: Channel,
    line: str,
    values: Mapping[str, Any],
    focused: str | None = None,
) -> Interaction:
    """Use the slash command `line` (`style train`); `focused` asks for that option's choices."""
    word, *path = line.removeprefix("/").split()
    command = _command(backend, user, channel, word, kinds.SLASH)
    pen = Pen(backend.world, channel, user)
    data = _command_data(command) | fill(command, path, values, pen, focused).json()
    kind = interactions.AUTOCOMPLETE if focused else interactions.COMMAND
    return backend.interactions.start(kind, user, channel, data, " ".join([word, *path]))


def menu(
    backend: Backend, user: User, channel: Channel, name: str, target: User | Message
) -> Interaction:
    """Use a context-menu command on a user or a message."""
    on_user = isinstance(target, User)
    kind = kinds.USER_MENU if on_user else kinds.MESSAGE_MENU
    command = _command(backend, user, channel, name, kind)
    resolved: dict[str, Json] = {}
    if isinstance(target, Message):
        _see(user, target)
        resolved["messages"] = {str(target.id): target.json()}
    else:
        resolve(kinds.USER, target, Pen(backend.world, channel, user), resolved)
    data = _command_data(command) | {"target_id": str(target.id), "resolved": resolved}
    return backend.interactions.start(interactions.COMMAND, user, channel, data, name)


def _command(backend: Backend, user: User, channel: Channel, name: str, kind: int) -> Json:
    guild = channel.guild
    command = backend.commands.named(name, guild.id if guild else None, kind)
    if command is None:
        there = [c for scope in backend.commands.scopes for c in backend.commands.of(scope)]
        known = ", ".join(sorted({f"/{c['name']}" for c in there})) or "none"
        raise ValueError(f"no command /{name} is registered; there are: {known}")
    if refusal := _refusal(command, user, channel):
        raise ValueError(f"/{name}: {refusal}")
    return command


def usable(backend: Backend, user: User, channel: Channel) -> list[Json]:
    """Give the commands that Discord's client offers someone here; a guild's own come first."""
    found: dict[tuple[str, int], Json] = {}
    for scope in (channel.guild.id if channel.guild else None, None):
        for command in backend.commands.of(scope):
            found.setdefault((command["name"], command["type"]), command)
    return [command for command in found.values() if not _refusal(command, user, channel)]


_PLACES = ("servers", "direct messages", "groups")


def _refusal(command: Json, user: User, channel: Channel) -> str | None:
    """Say why someone may not use a command here, or None."""
    guild = channel.guild
    place = 0 if guild else 2 if channel.others else 1  # of Discord's interaction contexts
    if place == 1 and not command["dm_permission"]:
        return "not in direct messages"
    if command["contexts"] is not None and place not in command["contexts"]:
        return f"not in {_PLACES[place]}"
    if place == 2 and 1 not in (command["integration_types"] or ()):
        return "only where the bot is"
    granted = channel.permissions(user)
    needed = Permission(int(command["default_member_permissions"] or 0))
    closed = command["default_member_permissions"] == "0"
    needed |= Permission.USE_APPLICATION_COMMANDS
    lacks = closed and not granted & Permission.ADMINISTRATOR
    if guild and (lacks or granted & needed != needed):
        missing = (needed & ~granted).name or "Administrator"
        return f"{user.name} lacks the permission {missing}"
    return None


def _command_data(command: Json) -> Json:
    about = {key: command[key] for key in ("id", "name", "type")}
    return about | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


def _see(user: User, message: Message) -> None:
    if message.deleted:
        raise ValueError("the message has been deleted")
    hidden = message.visible_to not in (None, user)
    if hidden or not message.channel.permissions(user) & Permission.VIEW_CHANNEL:
        raise ValueError(f"{user.name} does not see that message")


def _usable(user: User, message: Message, custom_id: str, types: Sequence[int]) -> Json:
    _see(user, message)
    component = find(message.components, custom_id)
    if component is None or component["type"] not in types:
        there = ", ".join(_custom_ids(message, types)) or "none"
        raise ValueError(f"no {_title(types)} {custom_id!r} in the message; there are: {there}")
    if component.get("disabled"):
        raise ValueError(f"the {_title(types)} {custom_id!r} is disabled")
    return component


def _title(types: Sequence[int]) -> str:
    return "button" if BUTTON in types else "select"


def _custom_ids(message: Message, types: Sequence[int]) -> list[str]:
    every = walk(message.components)
    return [c["custom_id"] for c in every if c["type"] in types and "custom_id" in c]


def _component(
    backend: Backend, user: User, message: Message, component: Json, more: Json
) -> Interaction:
    data: Json = {"custom_id": component["custom_id"], "component_type": component["type"]}
    data |= {"id": component["id"]} | more
    name = component["custom_id"]
    kind = interactions.COMPONENT
    return backend.interactions.start(kind, user, message.channel, data, name, source=message)


def press(backend: Backend, user: User, message: Message, custom_id: str) -> Interaction:
    """Press a button."""
    button = _usable(user, message, custom_id, [BUTTON])
    if button["style"] in (LINK, PREMIUM):
        raise ValueError(f"the button {custom_id!r} only opens a page; the bot never hears of it")
    return _component(backend, user, message, button, {})


def select(
    backend: Backend, user: User, message: Message, custom_id: str, values: Sequence[Any]
) -> Interaction:
    """Choose from a select: values (or labels) of a string select, else things or their names."""
    component = _usable(user, message, custom_id, SELECTS)
    resolved: dict[str, Json] = {}
    chosen = choose(Pen(backend.world, message.channel, user), component, values, resolved)
    more: Json = {"values": chosen} | ({"resolved": resolved} if resolved else {})
    return _component(backend, user, message, component, more)


def submit(
    backend: Backend, user: User, call: Interaction, values: Mapping[str, Any]
) -> Interaction:
    """Send the form that `call` opened, with `values` by the custom ids of its fields."""
    if call.modal is None:
        raise ValueError(f"{call.name}: the bot opened no form")
    if user is not call.user:
        raise ValueError(f"the form is open for {call.user.name}, not for {user.name}")
    data = filled(call.modal, values, Pen(backend.world, call.channel, user))
    return backend.interactions.start(
        interactions.MODAL_SUBMIT, user, call.channel, data, call.name, call.source, call
    )
