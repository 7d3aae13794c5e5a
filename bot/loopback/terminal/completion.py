"""Tab completion: commands, options, option values, component numbers, paths, local commands."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..payloads.application_commands import CommandType, OptionType
from ..payloads.components import CHANNEL_SELECT, MENTIONABLE_SELECT, ROLE_SELECT, USER_SELECT
from ..server import Loopback
from ..state.encoding import Json
from ..state.guilds import Channel
from ..state.users import User
from .components import components_by_number, latest_interactive_message, select_options
from .local_commands import LOCAL_COMMANDS, message_commands
from .session import channels_by_name, people_by_name
from .slash_commands import ParsedLine, convert_value, last_value, parse_partial, quote

_LIMIT = 25
"""Maximum number of suggestions, as in Discord's client."""

_SELECT_LINE = re.compile(r"([0-9]{1,3})\s+(?:.*,)?\s*([^,]*)", re.DOTALL)

_OPTION_TYPES = {
    USER_SELECT: OptionType.USER,
    ROLE_SELECT: OptionType.ROLE,
    MENTIONABLE_SELECT: OptionType.MENTIONABLE,
    CHANNEL_SELECT: OptionType.CHANNEL,
}

Candidate = tuple[str, str]
"""A text to insert, and its description."""


@dataclass(frozen=True)
class Suggestion:
    """`text` replaces the last `replaced_length` characters of the line."""

    text: str
    replaced_length: int
    label: str
    description: str = ""


async def suggest(discord: Loopback, line: str, author: User, channel: Channel) -> list[Suggestion]:
    """Return the texts that can follow `line`, best first."""
    line = line.lstrip()
    word, space, rest = line.partition(" ")
    if line.startswith("/"):
        found = await _slash_suggestions(discord, line, author, channel)
    elif space and word in LOCAL_COMMANDS:
        typed = rest.lstrip("#@ ")
        found = list(_matching(_local_arguments(discord, word, author, channel, typed), typed))
    elif match := _SELECT_LINE.fullmatch(line):
        choices = _select_choices(discord, int(match[1]), author, channel)
        found = list(_matching(choices, match[2]))
    else:
        candidates = _line_starts(discord, author, channel, with_commands=not line)
        found = list(_matching(candidates, line))
    return found[:_LIMIT]


def _matching(candidates: Iterable[Candidate], typed: str) -> Iterator[Suggestion]:
    """Yield the candidates that begin with `typed`."""
    for name, description in candidates:
        if name.casefold().startswith(typed.casefold()):
            yield Suggestion(name, len(typed), name.strip(), description)


def _line_starts(
    discord: Loopback, author: User, channel: Channel, *, with_commands: bool
) -> Iterator[Candidate]:
    """Yield component numbers, then slash commands if wanted, then local commands."""
    if message := latest_interactive_message(discord.messages(channel).values(), author):
        for number, component in components_by_number(message).items():
            if not component.is_disabled:
                yield f"{number}{' ' * component.is_select}", component.label
    if with_commands:
        for command in _slash_commands(discord, author, channel):
            yield f"/{command['name']} ", _describe(command)
    for word, local_command in LOCAL_COMMANDS.items():
        yield f"{word} ", local_command.description


def _local_arguments(
    discord: Loopback, word: str, author: User, channel: Channel, typed: str
) -> list[Candidate]:
    """Return the arguments of a local command: members, channels, message commands or files."""
    if word == ".attach":
        return [(path, "") for path in _matching_paths(typed)]
    names: dict[str, Iterable[str]]
    names = {".as": people_by_name(discord), ".in": channels_by_name(discord, author)}
    names[".apps"] = message_commands(discord, author, channel)
    return [(name, "") for name in names.get(word, ())]


def _select_choices(
    discord: Loopback, number: int, author: User, channel: Channel
) -> list[Candidate]:
    """Return the choices of the select menu with this number."""
    message = latest_interactive_message(discord.messages(channel).values(), author)
    component = components_by_number(message).get(number) if message else None
    if component is None or not component.is_select:
        return []
    if option_type := _OPTION_TYPES.get(component.data["type"]):
        return [(name, "") for name in _names(discord, option_type, channel)]
    options = select_options(component.data)
    return [(one["label"], one.get("description") or "") for one in options]


def _slash_commands(discord: Loopback, author: User, channel: Channel) -> list[Json]:
    return [
        one
        for one in discord.available_commands(author, channel)
        if one["type"] == CommandType.SLASH
    ]


async def _slash_suggestions(
    discord: Loopback, line: str, author: User, channel: Channel
) -> list[Suggestion]:
    """Complete an option's value, or the next subcommand or option name."""
    commands = _slash_commands(discord, author, channel)
    raw, last_word = last_value(line), (re.findall(r"\S+$", line) or [""])[0]
    if raw is None:
        parsed = parse_partial(line.removesuffix(last_word), commands)
        return list(_matching(_next_words(parsed, "/" * last_word.startswith("/")), last_word))
    parsed = parse_partial(line, commands)
    found = await _value_suggestions(discord, parsed, raw.lstrip(), author, channel)
    if ":" not in last_word:
        found += _matching(_next_words(parsed, ""), last_word)
    return found


def _next_words(parsed: ParsedLine, prefix: str) -> list[Candidate]:
    """Return the subcommands and the unused options that can follow."""
    used = {name for name, _ in parsed.values}
    subcommands = [(f"{prefix}{one['name']} ", _describe(one)) for one in parsed.subcommands]
    unused = (one for one in parsed.options if one["name"] not in used)
    return [*subcommands, *((f"{one['name']}:", _describe(one)) for one in unused)]


def _describe(node: Json) -> str:
    return f"{node['description']}{' (required)' if node.get('required') else ''}"


async def _value_suggestions(
    discord: Loopback, parsed: ParsedLine, raw: str, author: User, channel: Channel
) -> list[Suggestion]:
    """Return values for the last option; `raw` is the text they replace."""
    option = parsed.option(parsed.values[-1][0])
    if option is None:
        return []
    text = raw[1:].removesuffix('"') if raw[:1] == '"' else raw
    if option["type"] == OptionType.ATTACHMENT:
        choices = [(path, path) for path in _matching_paths(text)]
    elif option.get("autocomplete"):
        choices = await _autocomplete(discord, parsed, text.strip(), author, channel)
        # After a space, the value may be complete. Then only longer values fit.
        if text[-1:].isspace():
            choices = [choice for choice in choices if _begins_with(choice[0], text)]
    else:
        values = _option_values(discord, option, channel)
        choices = [(value, value) for value in values if _begins_with(value, text)]
    return [Suggestion(quote(value), len(raw), label) for value, label in choices]


def _matching_paths(typed: str) -> list[str]:
    """Return the files and folders whose path begins with `typed`; folders end with a slash."""
    folder, slash, name = typed.rpartition("/")
    with suppress(OSError, RuntimeError, ValueError):  # unreadable, or an unknown home folder
        entries = sorted(Path(f"{folder}{slash}" or ".").expanduser().iterdir())
        return [
            f"{folder}{slash}{entry.name}{'/' * entry.is_dir()}"
            for entry in entries
            if entry.name.startswith(name) and (name or not entry.name.startswith("."))
        ]
    return []


def _begins_with(name: str, typed: str) -> bool:
    return name.lstrip("@#").casefold().startswith(typed.lstrip("@#").casefold())


async def _autocomplete(
    discord: Loopback, parsed: ParsedLine, text: str, author: User, channel: Channel
) -> list[tuple[str, str]]:
    """Return the bot's choices for the last option, as (value, label) pairs.

    The request includes the other options whose values are valid.
    """
    command, focused = " ".join(parsed.path), parsed.values[-1][0]
    other_values: dict[str, Any] = {}
    for name, typed in parsed.values[:-1]:
        option = parsed.option(name)
        if option and name != focused and option["type"] != OptionType.ATTACHMENT:
            with suppress(ValueError):
                other_values[name] = convert_value(option, typed)

    async def request(values: dict[str, Any]) -> list[Json]:
        return await discord.autocomplete(
            command, values, focused=focused, author=author, channel=channel
        )

    with suppress(TimeoutError):
        try:
            choices = await request(other_values | {focused: text})
        except ValueError:  # another option's value is out of range
            choices = await request({focused: text})
        return [(str(choice["value"]), str(choice["name"])) for choice in choices]
    return []


def _option_values(discord: Loopback, option: Json, channel: Channel) -> list[str]:
    """Return the values of an option without autocomplete, if they can be listed."""
    if option["type"] == OptionType.BOOLEAN:
        return ["true", "false"]
    choices = [choice["name"] for choice in option.get("choices", [])]
    return choices or _names(discord, option["type"], channel)


def _names(discord: Loopback, option_type: int, channel: Channel) -> list[str]:
    """Return the names of members, roles or channels."""
    guild = channel.guild
    names: list[str] = []
    if option_type in (OptionType.USER, OptionType.MENTIONABLE):
        names += [member.user.name for member in discord.guild.members.values()]
    if option_type in (OptionType.ROLE, OptionType.MENTIONABLE) and guild:
        names += [role.name for role in guild.roles.values()]
    if option_type == OptionType.CHANNEL and guild:
        names += [channel.name for channel in guild.channels.values()]
    return names
