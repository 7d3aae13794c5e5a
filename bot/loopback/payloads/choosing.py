"""Choosing from a select, in a message or a form, as Discord's client lets a person do it."""

from collections.abc import Sequence
from typing import Any

from ..state.wire import Json
from . import commands as kinds
from .components import STRING_SELECT
from .composing import Pen
from .options import resolve

_OFFERED = {5: kinds.USER, 6: kinds.ROLE, 7: kinds.MENTIONABLE, 8: kinds.CHANNEL}
"""What kind of thing each select of things offers, by the select's type."""


def choose(
    pen: Pen, component: Json, values: Sequence[Any], resolved: dict[str, Json]
) -> list[str]:
    """Give the values that a select sends for `values`: options' values or labels, or things.

    The things named are noted in `resolved`. Raises `ValueError` for too few or too many, and
    for one that is not on offer.
    """
    where = f"the select {component['custom_id']!r}"
    low, high = component.get("min_values", 1), component.get("max_values", 1)
    if not low <= len(values) <= high:
        raise ValueError(f"{where} takes {low} to {high} values, not {len(values)}")
    found = [_one(pen, component, value, resolved) for value in values]
    for value, sent in zip(values, found, strict=True):
        if sent is None:
            raise ValueError(f"{where} has no {value!r}")
    return [sent for sent in found if sent is not None]


def _one(pen: Pen, component: Json, value: Any, resolved: dict[str, Json]) -> str | None:
    if component["type"] != STRING_SELECT:
        return resolve(_OFFERED[component["type"]], value, pen, resolved)
    for option in component["options"]:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    return None
