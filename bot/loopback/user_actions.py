"""User actions that start an interaction: commands, context menus, buttons, selects, modals.

Each function checks, as Discord's client does, that the user can act, and raises a `ValueError`
of one line otherwise.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .payloads.application_commands import CommandType, OptionType
from .payloads.components import BUTTON, LINK, PREMIUM, SELECTS, find, walk
from .payloads.message_requests import Sender
from .payloads.modals import fill_modal
from .payloads.option_values import fill_options, fill_select, resolve
from .rest.interactions import Context, Interaction, InteractionType, context_of
from .rest.routing import Backend
from .state.encoding import Json
from .state.guilds import Channel
from .state.messages import Message
from .state.permissions import Permission
from .state.users import User


def invoke(
    backend: Backend,
    user: User,
    channel: Channel,
    command_line: str,
    values: Mapping[str, Any],
    focused: str | None = None,
) -> Interaction:
    """Use a slash command (`manage-styles train`), or request choices for the option `focused`."""
    name, *path = command_line.removeprefix("/").split()
    command = _find_command(backend, user, channel, name, CommandType.SLASH)
    sender = Sender(backend.state, channel, user)
    options = fill_options(command, path, values, sender, focused)
    data = _command_data(command) | options.json()
    interaction_type = InteractionType.AUTOCOMPLETE if focused else InteractionType.COMMAND
    full_name = " ".join([name, *path])
    return backend.interactions.start(interaction_type, user, channel, data, full_name)


def use_context_menu(
    backend: Backend, user: User, channel: Channel, name: str, target: User | Message
) -> Interaction:
    """Use a context-menu command on a user or a message."""
    command_type = CommandType.USER if isinstance(target, User) else CommandType.MESSAGE
    command = _find_command(backend, user, channel, name, command_type)
    resolved: dict[str, Json] = {}
    if isinstance(target, Message):
        _require_visible(user, target)
        resolved["messages"] = {str(target.id): target.json()}
    else:
        resolve(OptionType.USER, target, Sender(backend.state, channel, user), resolved)
    data = _command_data(command) | {"target_id": str(target.id), "resolved": resolved}
    return backend.interactions.start(InteractionType.COMMAND, user, channel, data, name)


def press(backend: Backend, user: User, message: Message, custom_id: str) -> Interaction:
    """Press a button."""
    button = _find_component(user, message, custom_id, [BUTTON])
    if button["style"] in (LINK, PREMIUM):
        raise ValueError(f"the button {custom_id!r} is a link; it sends nothing to the bot")
    return _start_component(backend, user, message, button, {})


def select(
    backend: Backend, user: User, message: Message, custom_id: str, values: Sequence[Any]
) -> Interaction:
    """Choose from a select: option values or labels, or objects, their ids or names."""
    component = _find_component(user, message, custom_id, SELECTS)
    resolved: dict[str, Json] = {}
    sender = Sender(backend.state, message.channel, user)
    chosen = fill_select(sender, component, values, resolved)
    data: Json = {"values": chosen} | ({"resolved": resolved} if resolved else {})
    return _start_component(backend, user, message, component, data)


def submit_modal(
    backend: Backend, user: User, interaction: Interaction, values: Mapping[str, Any]
) -> Interaction:
    """Submit the modal that `interaction` opened, with `values` by custom id."""
    if interaction.modal is None:
        raise ValueError(f"{interaction.name}: the bot opened no form")
    if user is not interaction.user:
        raise ValueError(f"the form is open for {interaction.user.name}, not for {user.name}")
    sender = Sender(backend.state, interaction.channel, user)
    return backend.interactions.start(
        InteractionType.MODAL_SUBMIT,
        user,
        interaction.channel,
        fill_modal(interaction.modal, values, sender),
        interaction.name,
        interaction.source,
        interaction,
    )


def available_commands(backend: Backend, user: User, channel: Channel) -> list[Json]:
    """Return the commands that Discord's client offers a user here, a guild's own first."""
    commands: dict[tuple[str, int], Json] = {}
    for scope in (channel.guild.id if channel.guild else None, None):
        for command in backend.commands.commands(scope):
            commands.setdefault((command["name"], command["type"]), command)
    return [c for c in commands.values() if not _reason_unavailable(backend, c, user, channel)]


def _find_command(
    backend: Backend, user: User, channel: Channel, name: str, command_type: CommandType
) -> Json:
    guild_id = channel.guild.id if channel.guild else None
    command = backend.commands.find(name, guild_id, command_type)
    if command is None:
        registry = backend.commands
        names = {f"/{c['name']}" for scope in registry.scopes for c in registry.commands(scope)}
        known = ", ".join(sorted(names)) or "none"
        raise ValueError(f"no command /{name} is registered; there are: {known}")
    if reason := _reason_unavailable(backend, command, user, channel):
        raise ValueError(f"/{name}: {reason}")
    return command


_CONTEXT_NAMES = {
    Context.GUILD: "servers",
    Context.BOT_DM: "direct messages",
    Context.PRIVATE_CHANNEL: "groups",
}


def _reason_unavailable(
    backend: Backend, command: Json, user: User, channel: Channel
) -> str | None:
    """Return why a user cannot use a command here, or None if they can."""
    context = context_of(channel)
    if context == Context.BOT_DM and not command["dm_permission"]:
        return "not in direct messages"
    if command["contexts"] is not None and context not in command["contexts"]:
        return f"not in {_CONTEXT_NAMES[context]}"
    is_user_installable = 1 in (command["integration_types"] or ())
    if context == Context.PRIVATE_CHANNEL and not is_user_installable:
        return "only where the bot is"
    if context != Context.GUILD:
        return None
    granted = channel.permissions(user)
    required = Permission.USE_APPLICATION_COMMANDS
    if not granted & Permission.ADMINISTRATOR:
        override = _find_override(backend, command, user, channel)
        if override is False:
            return f"not allowed for {user.name} in Server Settings → Integrations"
        if override is None:
            if command["default_member_permissions"] == "0":
                required |= Permission.ADMINISTRATOR
            required |= Permission(int(command["default_member_permissions"] or 0))
    if granted & required != required:
        return f"{user.name} lacks the permission {(required & ~granted).name}"
    return None


def _find_override(backend: Backend, command: Json, user: User, channel: Channel) -> bool | None:
    """Return what a server's admins chose in Integrations, None where they chose nothing.

    Discord's page "Application Commands", "Permissions": a denied channel denies all; a user's
    override counts before those of roles, of which one that allows is enough; everyone comes last.
    """
    guild = channel.guild
    assert guild is not None  # noqa: S101, `_reason_unavailable` asks for servers only
    overrides = backend.commands.overrides.get((guild.id, int(command["id"])), {})
    channel_id = channel.parent.id if channel.parent else channel.id
    if not overrides.get(channel_id, overrides.get(guild.id - 1, True)):
        return False
    if user.id in overrides:
        return overrides[user.id]
    roles = [role.id for role in guild.members[user.id].roles if role.id != guild.id]
    of_roles = [overrides[role_id] for role_id in roles if role_id in overrides]
    return any(of_roles) if of_roles else overrides.get(guild.id)


def _command_data(command: Json) -> Json:
    data = {key: command[key] for key in ("id", "name", "type")}
    return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


def _require_visible(user: User, message: Message) -> None:
    if message.deleted:
        raise ValueError("the message has been deleted")
    is_hidden = message.visible_to not in (None, user)
    if is_hidden or not message.channel.permissions(user) & Permission.VIEW_CHANNEL:
        raise ValueError(f"{user.name} does not see that message")


def _find_component(user: User, message: Message, custom_id: str, types: Sequence[int]) -> Json:
    """Find an enabled component of one of the `types` in a message that `user` sees."""
    _require_visible(user, message)
    component = find(message.components, custom_id)
    type_name = "button" if BUTTON in types else "select"
    if component is None or component["type"] not in types:
        custom_ids = [
            c["custom_id"]
            for c in walk(message.components)
            if c["type"] in types and "custom_id" in c
        ]
        known = ", ".join(custom_ids) or "none"
        raise ValueError(f"no {type_name} {custom_id!r} in the message; there are: {known}")
    if component.get("disabled"):
        raise ValueError(f"the {type_name} {custom_id!r} is disabled")
    return component


def _start_component(
    backend: Backend, user: User, message: Message, component: Json, data: Json
) -> Interaction:
    custom_id = component["custom_id"]
    data = {
        "custom_id": custom_id,
        "component_type": component["type"],
        "id": component["id"],
    } | data
    return backend.interactions.start(
        InteractionType.COMPONENT, user, message.channel, data, custom_id, source=message
    )
