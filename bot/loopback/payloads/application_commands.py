"""Application commands: the registry of global and guild commands, with validation.

Discord's page "Application Commands" has the names, the limits and the command object.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ..state.encoding import Json, SnowflakeGenerator
from ..state.errors import DiscordError, ErrorCode, FormErrors


class CommandType(IntEnum):
    """Command types: a slash command, or a context menu of a user or a message."""

    SLASH = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """Option types of slash commands."""

    SUBCOMMAND = 1
    SUBCOMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


MAX_COMMANDS = 100  # of one type in one scope
MAX_OPTIONS = 25
_NAME = re.compile(r"[-_'\w]{1,32}")


@dataclass(eq=False)
class CommandRegistry:
    """Registered commands by scope: None for global commands, or a guild's id.

    `overrides` are what the admins of a guild allow (True) or deny, by the ids of the guild and the
    command; then by that of a role, a user or a channel. The guild's id stands for everyone, and
    one less than it for all channels.
    """

    application_id: int
    snowflakes: SnowflakeGenerator
    scopes: dict[int | None, dict[int, Json]] = field(default_factory=dict)
    registered: bool = False
    overrides: dict[tuple[int, int], dict[int, bool]] = field(default_factory=dict)

    def override(self, name: str, guild_id: int, target_id: int, *, allow: bool) -> None:
        """Allow or deny a command in a guild; raises `ValueError` if there is no such command."""
        command = self.find(name, guild_id)
        if command is None:
            raise ValueError(f"no command /{name} is registered")
        self.overrides.setdefault((guild_id, int(command["id"])), {})[target_id] = allow

    def commands(self, scope: int | None) -> list[Json]:
        """Return the command objects of a scope."""
        return [*self.scopes.get(scope, {}).values()]

    def get(self, scope: int | None, command_id: int) -> Json:
        """Return one command, or raise `DiscordError` (10063)."""
        try:
            return self.scopes[scope][command_id]
        except KeyError:
            raise DiscordError(ErrorCode.UNKNOWN_COMMAND) from None

    def find(
        self, name: str, guild_id: int | None, command_type: int = CommandType.SLASH
    ) -> Json | None:
        """Find a command by name; the guild's own commands override the global ones."""
        for scope in dict.fromkeys((guild_id, None)):
            for command in self.commands(scope):
                if (command["name"], command["type"]) == (name, command_type):
                    return command
        return None

    def replace_all(self, scope: int | None, bodies: list[Json]) -> list[Json]:
        """Replace every command of a scope; the id stays for the same name and type."""
        errors = FormErrors()
        keys = [(body.get("name"), body.get("type") or CommandType.SLASH) for body in bodies]
        for index, body in enumerate(bodies):
            _check_command(body, errors, f"{index}.")
            if keys[index] in keys[:index]:
                text = "Application command names must be unique"
                errors.add(f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        errors.raise_if_any()
        commands = [self._command_json(scope, body) for body in bodies]
        self._store(scope, {int(command["id"]): command for command in commands})
        return commands

    def upsert(self, scope: int | None, body: Json) -> tuple[Json, bool]:
        """Register one command; also return whether its name and type were new."""
        errors = FormErrors()
        _check_command(body, errors)
        errors.raise_if_any()
        known = self.scopes.get(scope, {})
        command = self._command_json(scope, body)
        is_new = int(command["id"]) not in known
        self._store(scope, known | {int(command["id"]): command})
        return command, is_new

    def edit(self, scope: int | None, command_id: int, body: Json) -> Json:
        """Change the fields of a command that `body` has."""
        merged = self.get(scope, command_id) | body
        errors = FormErrors()
        _check_command(merged, errors)
        errors.raise_if_any()
        command = self._command_json(scope, merged) | {"id": str(command_id)}
        self._store(scope, self.scopes[scope] | {command_id: command})
        return command

    def delete(self, scope: int | None, command_id: int) -> None:
        """Delete a command, or raise `DiscordError` (10063)."""
        self.get(scope, command_id)
        del self.scopes[scope][command_id]

    def _store(self, scope: int | None, commands: dict[int, Json]) -> None:
        for command_type in CommandType:
            if sum(c["type"] == command_type for c in commands.values()) > MAX_COMMANDS:
                raise DiscordError(ErrorCode.TOO_MANY_COMMANDS)
        self.scopes[scope] = commands
        self.registered = True

    def _command_json(self, scope: int | None, body: Json) -> Json:
        """Return the command object, with the id of an existing command of its name and type."""
        command_type = body.get("type") or CommandType.SLASH
        existing = next(
            (
                c
                for c in self.commands(scope)
                if (c["name"], c["type"]) == (body["name"], command_type)
            ),
            None,
        )
        command: Json = {
            "id": existing["id"] if existing else str(self.snowflakes.next()),
            "application_id": str(self.application_id),
            "version": str(self.snowflakes.next()),
            "type": command_type,
            "name": body["name"],
            "description": body.get("description") or "",
            "nsfw": bool(body.get("nsfw")),
        }
        permissions = body.get("default_member_permissions")
        command["default_member_permissions"] = None if permissions is None else str(permissions)
        command |= {"contexts": body.get("contexts"), "dm_permission": _works_in_dms(body)}
        command["integration_types"] = body.get("integration_types") or [0]
        for key in ("name_localizations", "description_localizations"):
            command[key] = body.get(key)
        if options := [_normalize_option(option) for option in body.get("options") or []]:
            command["options"] = options
        return command if scope is None else command | {"guild_id": str(scope)}


def _works_in_dms(body: Json) -> bool:
    contexts = body.get("contexts")
    return 1 in contexts if contexts is not None else body.get("dm_permission") is not False


def _normalize_option(option: Json) -> Json:
    """Return an option or a choice as Discord lists it: without null, false and empty fields.

    Localizations are there if they are null, too; nextcord compares them.
    """
    given = {key: value for key, value in option.items() if value is not None}
    for key in ("options", "choices"):
        if key in given:
            given[key] = [_normalize_option(inner) for inner in given[key]]
            if not given[key]:
                del given[key]
    normalized: Json = {key: value for key, value in given.items() if value is not False}
    localizable = ("name",) if "value" in option else ("name", "description")
    return {f"{field}_localizations": None for field in localizable} | normalized


def _check_command(body: Json, errors: FormErrors, prefix: str = "") -> None:
    command_type = body.get("type") or CommandType.SLASH
    if command_type not in list(CommandType):
        values = ", ".join(str(int(value)) for value in CommandType)
        errors.add(f"{prefix}type", "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")
    is_slash = command_type == CommandType.SLASH
    name = body.get("name")
    if not name:
        errors.add_missing(f"{prefix}name")
    elif is_slash:
        _check_name(name, errors, f"{prefix}name")
    if is_slash and not body.get("description"):
        errors.add_missing(f"{prefix}description")
    errors.check_max_length(f"{prefix}description", body.get("description"), 100)
    if is_slash:
        _check_options(body.get("options") or [], errors, f"{prefix}options")


def _check_name(name: Any, errors: FormErrors, path: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(options: list[Json], errors: FormErrors, path: str) -> None:
    errors.check_max_length(path, options, MAX_OPTIONS)
    names: set[str] = set()
    has_optional = False
    for index, option in enumerate(options):
        option_path = f"{path}.{index}"
        _check_name(option.get("name"), errors, f"{option_path}.name")
        if option.get("name") in names:
            text = "Option name already exists"
            errors.add(option_path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
        names.add(str(option.get("name")))
        if option.get("required") and has_optional:
            text = "Required options must be placed before non-required options"
            errors.add(option_path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        has_optional |= not option.get("required")
        if not option.get("description"):
            errors.add_missing(f"{option_path}.description")
        errors.check_max_length(f"{option_path}.description", option.get("description"), 100)
        errors.check_max_length(f"{option_path}.choices", option.get("choices"), 25)
        _check_options(option.get("options") or [], errors, f"{option_path}.options")
