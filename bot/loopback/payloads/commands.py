"""The application commands that the bot has registered, globally and for guilds.

Discord's page "Application Commands": names, limits, and what is answered.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ..state.errors import DiscordError, Form, Problem
from ..state.wire import Json, Snowflakes

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER = 1, 2, 3, 4, 5, 6
CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 7, 8, 9, 10, 11
"""Types of options."""

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
"""Types of commands."""

LIMIT = 100  # commands of one type in one scope
_NAME = re.compile(r"[-_'\w]{1,32}")


@dataclass(eq=False)
class Commands:
    """Registered commands by scope: None for global ones, or a guild's id."""

    application_id: int
    snowflakes: Snowflakes
    scopes: dict[int | None, dict[int, Json]] = field(default_factory=dict)
    registered: bool = False

    def of(self, scope: int | None) -> list[Json]:
        """Give the commands of a scope, as Discord lists them."""
        return list(self.scopes.get(scope, {}).values())

    def get(self, scope: int | None, command_id: int) -> Json:
        """Give one command, or raise `DiscordError` (10063)."""
        try:
            return self.scopes[scope][command_id]
        except KeyError:
            raise DiscordError(Problem.UNKNOWN_COMMAND) from None

    def named(self, name: str, guild_id: int | None, kind: int = SLASH) -> Json | None:
        """Find the command that a person in a guild (None: in a DM) means by `name`."""
        for scope in dict.fromkeys((guild_id, None)):
            for command in self.of(scope):
                if (command["name"], command["type"]) == (name, kind):
                    return command
        return None

    def overwrite(self, scope: int | None, bodies: list[Json]) -> list[Json]:
        """Put `bodies` in place of all commands of a scope; same name and type, same id."""
        form = Form()
        keys = [(body.get("name"), body.get("type") or SLASH) for body in bodies]
        for index, body in enumerate(bodies):
            _check(body, form, f"{index}.")
            if keys[index] in keys[:index]:
                text = "Application command names must be unique"
                form.wrong(f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        form.check()
        fresh = [self._made(scope, body) for body in bodies]
        self._put(scope, {int(command["id"]): command for command in fresh})
        return fresh

    def upsert(self, scope: int | None, body: Json) -> tuple[Json, bool]:
        """Register one command; True with it if there was none of its name and type."""
        form = Form()
        _check(body, form)
        form.check()
        known = self.scopes.get(scope, {})
        command = self._made(scope, body)
        new = int(command["id"]) not in known
        self._put(scope, known | {int(command["id"]): command})
        return command, new

    def edit(self, scope: int | None, command_id: int, body: Json) -> Json:
        """Change parts of a command."""
        merged = self.get(scope, command_id) | body
        form = Form()
        _check(merged, form)
        form.check()
        command = self._made(scope, merged) | {"id": str(command_id)}
        self._put(scope, self.scopes[scope] | {command_id: command})
        return command

    def remove(self, scope: int | None, command_id: int) -> None:
        """Take a command away."""
        self.get(scope, command_id)
        del self.scopes[scope][command_id]

    def _put(self, scope: int | None, commands: dict[int, Json]) -> None:
        for kind in (SLASH, USER_MENU, MESSAGE_MENU):
            if sum(command["type"] == kind for command in commands.values()) > LIMIT:
                raise DiscordError(Problem.TOO_MANY_COMMANDS)
        self.scopes[scope] = commands
        self.registered = True

    def _made(self, scope: int | None, body: Json) -> Json:
        kind = body.get("type") or SLASH
        same = [c for c in self.of(scope) if (c["name"], c["type"]) == (body["name"], kind)]
        number = same[0]["id"] if same else str(self.snowflakes.next())
        about: Json = {"id": number, "application_id": str(self.application_id), "type": kind}
        about |= {"version": str(self.snowflakes.next()), "name": body["name"]}
        about |= {"description": body.get("description") or "", "nsfw": bool(body.get("nsfw"))}
        wanted = body.get("default_member_permissions")
        about["default_member_permissions"] = None if wanted is None else str(wanted)
        about |= {"contexts": body.get("contexts"), "dm_permission": _in_direct(body)}
        about["integration_types"] = body.get("integration_types") or [0]
        for key in ("name_localizations", "description_localizations"):
            about[key] = body.get(key)
        if options := [_without_nulls(option) for option in body.get("options") or []]:
            about["options"] = options
        return about if scope is None else about | {"guild_id": str(scope)}


def _in_direct(body: Json) -> bool:
    contexts = body.get("contexts")
    return 1 in contexts if contexts is not None else body.get("dm_permission") is not False


def _without_nulls(option: Json) -> Json:
    """Give an option as it is listed: what is null, false or empty by default is left out."""
    kept = {key: value for key, value in option.items() if value is not None}
    for key in ("options", "choices"):
        if key in kept:
            kept[key] = [_without_nulls(inner) for inner in kept[key]]
            if not kept[key]:
                del kept[key]
    return {key: value for key, value in kept.items() if value is not False}


def _check(body: Json, form: Form, where: str = "") -> None:
    form.typed(body, {"name": str, "description": str, "type": int, "options": list})
    form.check()
    slash = (body.get("type") or SLASH) == SLASH
    name = body.get("name")
    if not name:
        form.required(f"{where}name")
    elif slash:
        _check_name(name, form, f"{where}name")
    if slash and not body.get("description"):
        form.required(f"{where}description")
    form.at_most(f"{where}description", body.get("description"), 100)
    if slash:
        _check_options(body.get("options") or [], form, f"{where}options")


def _check_name(name: Any, form: Form, where: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
        text = "Command name is invalid"
        form.wrong(where, "APPLICATION_COMMAND_INVALID_NAME", text)


def _check_options(options: list[Json], form: Form, where: str) -> None:
    form.at_most(where, options, 25)
    names: set[str] = set()
    optional_before = False
    for index, option in enumerate(options):
        at = f"{where}.{index}"
        _check_name(option.get("name"), form, f"{at}.name")
        if option.get("name") in names:
            text = "Option name already exists"
            form.wrong(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
        names.add(str(option.get("name")))
        if option.get("required") and optional_before:
            text = "Required options must be placed before non-required options"
            form.wrong(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_before |= not option.get("required")
        if not option.get("description"):
            form.required(f"{at}.description")
        form.at_most(f"{at}.description", option.get("description"), 100)
        form.at_most(f"{at}.choices", option.get("choices"), 25)
        _check_options(option.get("options") or [], form, f"{at}.options")
