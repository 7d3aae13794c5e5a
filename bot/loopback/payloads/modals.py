"""Modals: validates a modal that the bot opens, and builds its submission by a user.

Discord's pages "Component Reference" and "Receiving and Responding", "Modal Submit".
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from ..state.encoding import Json, drop_nulls
from ..state.errors import FormErrors
from .application_commands import OptionType
from .components import LABEL, ROW, SELECTS, TEXT_INPUT, check_structure, normalize, walk
from .message_requests import Sender
from .option_values import fill_select, resolve

FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
"""Component types that only modals have."""


def validate_modal(data: Json) -> Json:
    """Return a modal with numbered components, or raise `DiscordError` (50035)."""
    errors = FormErrors()
    for key, limit in (("custom_id", 100), ("title", 45)):
        if not data.get(key):
            errors.add_missing(f"data.{key}")
        errors.check_max_length(f"data.{key}", data.get(key), limit)
    components = drop_nulls(data.get("components") or [])
    if not 1 <= len(components) <= 5:
        text = "Must be between 1 and 5 in length."
        errors.add("data.components", "BASE_TYPE_BAD_LENGTH", text)
    for component in walk(components):
        check_structure(component, errors)
        if component.get("type") == TEXT_INPUT and not component.get("custom_id"):
            errors.add_missing("data.components.custom_id")
    errors.raise_if_any()
    ids = count(1)
    return data | {
        "components": [normalize(part, ids, lambda url: {"url": url}) for part in components]
    }


def fill_modal(modal: Json, values: Mapping[str, Any], sender: Sender) -> Json:
    """Return the data of the submission, with `values` by custom id.

    Raises `ValueError` for a field that does not exist, is missing, or does not fit.
    """
    fields = {part["custom_id"]: part for part in walk(modal["components"]) if "custom_id" in part}
    for name in values:
        if name not in fields:
            raise ValueError(f"the form has no field {name!r}; there are: {', '.join(fields)}")
    resolved: dict[str, Json] = {}
    components = [_fill_component(part, values, sender, resolved) for part in modal["components"]]
    data: Json = {"custom_id": modal["custom_id"], "components": components}
    return data | ({"resolved": resolved} if resolved else {})


def _fill_component(
    component: Json, values: Mapping[str, Any], sender: Sender, resolved: dict[str, Json]
) -> Json:
    data: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == ROW:
        inner = component["components"]
        return data | {
            "components": [_fill_component(part, values, sender, resolved) for part in inner]
        }
    if component["type"] == LABEL:
        field = component["component"] | {"label": component["label"]}
        return data | {"component": _fill_component(field, values, sender, resolved)}
    if "custom_id" not in component:
        return data
    data["custom_id"] = component["custom_id"]
    value = values.get(component["custom_id"])
    return data | _submitted_value(component, value, sender, resolved)


def _submitted_value(field: Json, value: Any, sender: Sender, resolved: dict[str, Json]) -> Json:
    kind, title = field["type"], f"the field {field.get('label') or field['custom_id']!r}"
    if kind == TEXT_INPUT:
        text = field.get("value") if value is None else value
        return {"value": _checked_text(field, text, title)}
    if kind == CHECKBOX:
        return {"value": bool(field.get("default") if value is None else value)}
    if value is None and field.get("required", True) and field.get("min_values") != 0:
        raise ValueError(f"{title} is required")
    if kind == RADIO_GROUP:
        return {"value": _option_value(field, value, title) if value is not None else None}
    if kind == CHECKBOX_GROUP:
        return {"values": [_option_value(field, item, title) for item in value or []]}
    if kind == FILE_UPLOAD:
        files = value or []
        return {"values": [resolve(OptionType.ATTACHMENT, f, sender, resolved) for f in files]}
    if kind in SELECTS:
        return {"values": fill_select(sender, field, value, resolved) if value else []}
    raise ValueError(f"{title} has the component type {kind}, which cannot be filled in")


def _checked_text(field: Json, value: Any, title: str) -> str:
    text = value or ""
    if not isinstance(text, str):
        raise ValueError(f"{title}: {value!r} is not text")  # noqa: TRY004 - see `fill_modal`
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if not text and field.get("required", True):
        raise ValueError(f"{title} is required")
    if text and not low <= len(text) <= high:
        raise ValueError(f"{title} must have {low} to {high} characters, not {len(text)}")
    return text


def _option_value(field: Json, value: Any, title: str) -> str:
    for option in field["options"]:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise ValueError(f"{title} has no {value!r}")
