"""Modal forms: prompt for each field, validate the answers, convert them to submitted values."""

from collections.abc import Mapping
from typing import Any

from ..payloads.application_commands import OptionType
from ..payloads.components import LABEL, SELECTS, TEXT, TEXT_INPUT, walk
from ..payloads.modals import CHECKBOX, CHECKBOX_GROUP, FILE_UPLOAD, RADIO_GROUP
from ..state.encoding import Json
from .components import (
    choice_limits,
    default_labels,
    describe_choices,
    parse_choices,
    require_count,
)
from .console import Console
from .slash_commands import convert_value, read_file

_PARAGRAPH = 2
"""The style of a text input with several lines, which are typed with `\\n` between them."""

_CHOICE_TYPES = (*SELECTS, RADIO_GROUP, CHECKBOX_GROUP)


async def prompt_fields(
    modal: Json, console: Console, previous: Mapping[str, str]
) -> dict[str, str] | None:
    """Prompt for every field; return the answers by custom id, or None if the user cancels.

    `previous` holds earlier answers, which become the defaults.
    """
    if console.is_interactive:
        await console.write(f"{modal['title']} (Ctrl-C cancels)")
    answers: dict[str, str] = {}
    label: Json = {}
    for part in walk(modal["components"]):
        if part["type"] == LABEL:
            label = part
        elif part["type"] == TEXT and console.is_interactive:
            await console.write(*part["content"].split("\n"))
        elif "custom_id" in part:
            custom_id = part["custom_id"]
            field = label | part if label.get("component") is part else part
            default = previous.get(custom_id, _default_answer(part))
            answer = await _prompt_field(field, console, default)
            if answer is None:
                return None
            answers[custom_id] = answer
    return answers


def field_values(modal: Json, answers: Mapping[str, str]) -> dict[str, Any]:
    """Convert answers to the values of the fields, without empty optional fields."""
    fields = [part for part in walk(modal["components"]) if part.get("custom_id") in answers]
    values = {field["custom_id"]: _convert(field, answers[field["custom_id"]]) for field in fields}
    return {custom_id: value for custom_id, value in values.items() if value is not None}


async def _prompt_field(field: Json, console: Console, default: str) -> str | None:
    """Prompt until the answer is valid."""
    while (answer := await console.prompt(_question(field), default)) is not None:
        try:
            _convert(field, answer.strip())
        except ValueError as error:
            await console.write_error(str(error))
            default = answer if console.is_interactive else default
        else:
            return answer.strip()
    return None


def _question(field: Json) -> str:
    """Return the field's label, with hints on how to answer."""
    hints = [field["description"].rstrip(".")] if field.get("description") else []
    if field["type"] == CHECKBOX:
        hints.append("yes or no")
    elif field["type"] == FILE_UPLOAD:
        single = choice_limits(field)[1] == 1
        hints.append("path of a file" if single else "paths of files, separated by commas")
    elif field["type"] in _CHOICE_TYPES:
        hints.append(describe_choices(field))
    elif field.get("style") == _PARAGRAPH:
        hints.append(r"\n starts a new line")
    # describe_choices() itself says "optional" where no choice is needed.
    is_choice = field["type"] in _CHOICE_TYPES and choice_limits(field)[0] == 0
    if not (_is_required(field) or is_choice or field["type"] == CHECKBOX):
        hints.append("optional")
    return f"{_label(field)} ({'; '.join(hints)}): " if hints else f"{_label(field)}: "


def _default_answer(field: Json) -> str:
    """Return the answer that the modal itself suggests."""
    if field["type"] == TEXT_INPUT:
        return str(field.get("value") or "").replace("\n", r"\n")
    if field["type"] == CHECKBOX:
        return "yes" if field.get("default") else "no"
    return default_labels(field)


def _convert(field: Json, answer: str) -> Any:
    """Return the value to submit for `answer`; raises `ValueError` if it is invalid."""
    kind, name = field["type"], _label(field)
    if kind == CHECKBOX:
        return convert_value({"name": name, "type": OptionType.BOOLEAN}, answer or "no")
    if not answer and _is_required(field):
        raise ValueError(f"{name}: this field is required.")
    if kind == TEXT_INPUT:
        is_paragraph = field.get("style") == _PARAGRAPH
        return _check_length(field, answer.replace(r"\n", "\n") if is_paragraph else answer)
    if not answer:
        return None
    if kind == FILE_UPLOAD:
        found: list[Any] = [read_file(path.strip()) for path in answer.split(",")]
    else:
        found = parse_choices(field, answer)
    require_count(field, found, f"{name}: ")
    return found[0] if kind == RADIO_GROUP else found


def _check_length(field: Json, text: str) -> str:
    minimum, maximum = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not minimum <= len(text) <= maximum:
        allowed = f"{minimum} to {maximum}" if minimum else f"at most {maximum}"
        raise ValueError(f"{_label(field)}: use {allowed} characters, not {len(text)}.")
    return text


def _is_required(field: Json) -> bool:
    return bool(field.get("required", True)) and field.get("min_values") != 0


def _label(field: Json) -> str:
    return str(field.get("label") or field.get("placeholder") or field["custom_id"])
