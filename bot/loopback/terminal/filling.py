"""A form that the bot opened, asked question by question."""

from collections.abc import Mapping
from typing import Any

from ..payloads import commands as kinds
from ..payloads.components import LABEL, SELECTS, TEXT, TEXT_INPUT, walk
from ..payloads.forms import CHECKBOX, CHECKBOX_GROUP, FILE_UPLOAD, RADIO_GROUP
from ..state.wire import Json
from .controls import bounds, chosen, labels, offer
from .pipe import Console
from .slash import upload, value

_PARAGRAPH = 2
"""The style of a text that may have several lines; here they are typed with `\\n` between."""

_GROUPS = (*SELECTS, RADIO_GROUP, CHECKBOX_GROUP)


async def fill(modal: Json, console: Console, before: Mapping[str, str]) -> dict[str, str] | None:
    """Ask for every field, and return what was typed by custom id; None if it was left.

    `before` is what was typed the last time: it stands there to be mended.
    """
    if console.live:
        await console.tell(f"{modal['title']} (Ctrl-C leaves this form)")
    typed: dict[str, str] = {}
    label: Json = {}
    for part in walk(modal["components"]):
        if part["type"] == LABEL:
            label = part
        elif part["type"] == TEXT and console.live:
            await console.tell(*part["content"].split("\n"))
        elif "custom_id" in part:
            field = label | part if label.get("component") is part else part
            answer = await _answer(field, console, before.get(part["custom_id"], _default(part)))
            if answer is None:
                return None
            typed[part["custom_id"]] = answer
    return typed


def values(modal: Json, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a form's fields that `typed` means, without those left empty."""
    fields = (part for part in walk(modal["components"]) if part.get("custom_id") in typed)
    meant = {part["custom_id"]: _meant(part, typed[part["custom_id"]]) for part in fields}
    return {name: found for name, found in meant.items() if found is not None}


async def _answer(field: Json, console: Console, default: str) -> str | None:
    """Ask until the answer is acceptable."""
    while (typed := await console.ask(_question(field), default)) is not None:
        try:
            _meant(field, typed.strip())
        except ValueError as error:
            await console.tell(str(error))
            default = typed if console.live else default
        else:
            return typed.strip()
    return None


def _question(field: Json) -> str:
    """Return the label, then how to answer."""
    about = [field["description"].rstrip(".")] if field.get("description") else []
    if field["type"] == CHECKBOX:
        about.append("yes or no")
    elif field["type"] == FILE_UPLOAD:
        about.append("the path of a file" if bounds(field)[1] == 1 else "paths, commas between")
    elif field["type"] in _GROUPS:
        about.append(offer(field))
    elif field.get("style") == _PARAGRAPH:
        about.append(r"\n between lines")
    told = field["type"] == CHECKBOX or (field["type"] in _GROUPS and bounds(field)[0] == 0)
    if not (_required(field) or told):
        about.append("may be empty")
    return f"{_label(field)} ({'; '.join(about)}): " if about else f"{_label(field)}: "


def _default(field: Json) -> str:
    """Return what stands there before anything is typed."""
    if field["type"] == TEXT_INPUT:
        return str(field.get("value") or "").replace("\n", r"\n")
    if field["type"] == CHECKBOX:
        return "yes" if field.get("default") else "no"
    return labels(field)


def _meant(field: Json, typed: str) -> Any:
    """Return the value that is sent for `typed`; raises `ValueError`, one line, if none can be."""
    kind, name = field["type"], _label(field)
    if kind == CHECKBOX:
        return value({"name": name, "type": kinds.BOOLEAN}, typed or "no")
    if not typed and _required(field):
        raise ValueError(f"{name}: something is needed here")
    if kind == TEXT_INPUT:
        lines = field.get("style") == _PARAGRAPH
        return _measured(field, typed.replace(r"\n", "\n") if lines else typed)
    if not typed:
        return None
    found = _files(typed) if kind == FILE_UPLOAD else chosen(field, typed)
    low, high = bounds(field)
    if not low <= len(found) <= high:
        many = f"{low}" if low == high else f"{low} to {high}"
        raise ValueError(f"{name}: {many} can be chosen here, not {len(found)}")
    return found[0] if kind == RADIO_GROUP else found


def _files(typed: str) -> list[Any]:
    return [upload(path.strip()) for path in typed.split(",")]


def _measured(field: Json, typed: str) -> str:
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if typed and not low <= len(typed) <= high:
        many = f"{low} to {high}" if low else f"at most {high}"
        raise ValueError(f"{_label(field)}: {many} characters, not {len(typed)}")
    return typed


def _required(field: Json) -> bool:
    return bool(field.get("required", True)) and field.get("min_values") != 0


def _label(field: Json) -> str:
    return str(field.get("label") or field.get("placeholder") or field["custom_id"])
