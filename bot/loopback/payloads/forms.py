"""Forms (Discord says modals): checked when the bot opens one, filled in by a person.

Discord's pages "Component Reference" and "Receiving and Responding", "Modal Submit".
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from ..state.errors import Form
from ..state.wire import Json
from .choosing import choose
from .commands import ATTACHMENT
from .components import LABEL, ROW, SELECTS, TEXT_INPUT, numbered, walk
from .composing import Pen
from .options import resolve

FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
"""Components that only forms have."""


def opened(data: Json) -> Json:
    """Give a form as it is opened, its components numbered; raises `DiscordError` (50035)."""
    form = Form()
    for key, limit in (("custom_id", 100), ("title", 45)):
        if not data.get(key):
            form.required(f"data.{key}")
        form.at_most(f"data.{key}", data.get(key), limit)
    parts = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        text = "Must be between 1 and 5 in length."
        form.wrong("data.components", "BASE_TYPE_BAD_LENGTH", text)
    form.check()
    numbers = count(1)
    return data | {
        "components": [numbered(part, numbers, lambda url: {"url": url}) for part in parts]
    }


def filled(modal: Json, values: Mapping[str, Any], pen: Pen) -> Json:
    """Give the data of the submission: `values` by custom id, checked against the fields.

    Raises `ValueError` for a field that does not exist, is missing, or does not fit.
    """
    fields = {part["custom_id"]: part for part in walk(modal["components"]) if "custom_id" in part}
    for name in values:
        if name not in fields:
            raise ValueError(f"the form has no field {name!r}; there are: {', '.join(fields)}")
    resolved: dict[str, Json] = {}
    parts = [_part(part, values, pen, resolved) for part in modal["components"]]
    about: Json = {"custom_id": modal["custom_id"], "components": parts}
    return about | ({"resolved": resolved} if resolved else {})


def _part(part: Json, values: Mapping[str, Any], pen: Pen, resolved: dict[str, Json]) -> Json:
    about: Json = {"type": part["type"], "id": part["id"]}
    if part["type"] == ROW:
        return about | {"components": [_part(p, values, pen, resolved) for p in part["components"]]}
    if part["type"] == LABEL:
        inner = part["component"] | {"label": part["label"]}
        return about | {"component": _part(inner, values, pen, resolved)}
    if "custom_id" not in part:
        return about
    about["custom_id"] = part["custom_id"]
    return about | _value(part, values.get(part["custom_id"]), pen, resolved)


def _value(field: Json, value: Any, pen: Pen, resolved: dict[str, Json]) -> Json:
    kind, where = field["type"], f"the field {field.get('label') or field['custom_id']!r}"
    if kind == TEXT_INPUT:
        return {"value": _text(field, field.get("value") if value is None else value, where)}
    if kind == CHECKBOX:
        return {"value": bool(field.get("default") if value is None else value)}
    if value is None and field.get("required", True) and field.get("min_values") != 0:
        raise ValueError(f"{where} is required")
    if kind == RADIO_GROUP:
        return {"value": _offered(field, value, where) if value is not None else None}
    if kind == CHECKBOX_GROUP:
        return {"values": [_offered(field, one, where) for one in value or []]}
    if kind == FILE_UPLOAD:
        return {"values": [resolve(ATTACHMENT, one, pen, resolved) for one in value or []]}
    if kind in SELECTS:
        return {"values": choose(pen, field, value, resolved) if value else []}
    raise ValueError(f"{where} is of a type ({kind}) that cannot be filled in here")


def _text(field: Json, value: Any, where: str) -> str:
    text = value or ""
    if not isinstance(text, str):
        raise ValueError(f"{where}: {value!r} is not text")  # noqa: TRY004 - see `filled`
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if not text and field.get("required", True):
        raise ValueError(f"{where} is required")
    if text and not low <= len(text) <= high:
        raise ValueError(f"{where} must be of {low} to {high} characters, not {len(text)}")
    return text


def _offered(field: Json, value: Any, where: str) -> str:
    for option in field["options"]:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise ValueError(f"{where} has no {value!r}")
