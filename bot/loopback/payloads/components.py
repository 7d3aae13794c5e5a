"""Message components: validates buttons, selects and layouts, and numbers them.

Discord's page "Component Reference". A legacy message has up to five action rows, each with up
to five buttons or one select. With the flag IS_COMPONENTS_V2, it has up to forty components.
"""

from collections.abc import Callable, Iterator
from itertools import count

from ..state.encoding import Json, drop_nulls
from ..state.errors import TYPE_ERRORS, FormErrors

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
LINK, PREMIUM = 5, 6  # button styles that send no interaction

MAX_ROWS = 5
MAX_COMPONENTS = 40
MAX_ROW_WIDTH = 5

_V2_TOP_LEVEL = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)

_DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"name": None, "size": None, "spoiler": False},
}

MediaResolver = Callable[[str], Json]
"""Returns the media object for a URL, `attachment://` ones included."""


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component, each before the ones inside it."""
    for component in components:
        yield component
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk([*(component.get("components") or []), *inner])


def find(components: list[Json], custom_id: str) -> Json | None:
    """Find the component with this custom id, or None."""
    return next((c for c in walk(components) if c.get("custom_id") == custom_id), None)


def validate(
    raw: list[Json] | None, errors: FormErrors, resolve: MediaResolver, *, is_v2: bool
) -> list[Json]:
    """Return components as Discord sends them back; add invalid fields to `errors`.

    `is_v2` means that the message has the flag IS_COMPONENTS_V2.
    """
    top_level = drop_nulls(raw or [])
    allowed = _V2_TOP_LEVEL if is_v2 else (ROW,)
    if not is_v2:
        errors.check_max_length("components", top_level, MAX_ROWS)
    for index, component in enumerate(top_level):
        if component.get("type") not in allowed:
            text = f'Value of field "type" must be one of {set(allowed)}.'
            errors.add(f"components.{index}.type", "UNION_TYPE_CHOICES", text)
    components = list(walk(top_level))
    errors.check_max_length("components", components, MAX_COMPONENTS)
    _check_custom_ids(components, errors)
    for component in components:
        check_structure(component, errors)
    if not errors.is_empty:
        return []
    used_ids = {component.get("id") for component in components}
    free_ids = (number for number in count(1) if number not in used_ids)
    return [normalize(component, free_ids, resolve) for component in top_level]


def _check_custom_ids(components: list[Json], errors: FormErrors) -> None:
    used: set[str] = set()
    for component in components:
        kind, custom_id = component.get("type"), component.get("custom_id")
        is_button = kind == BUTTON and component.get("style") not in (LINK, PREMIUM)
        if (kind in SELECTS or is_button) and not custom_id:
            errors.add_missing("components.custom_id")
        elif custom_id in used:
            text = "Component custom id cannot be duplicated"
            errors.add("components.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        errors.check_max_length("components.custom_id", custom_id, 100)
        errors.check_max_length("components.label", component.get("label"), 80)
        if custom_id:
            used.add(custom_id)
        if kind == STRING_SELECT and not 1 <= len(component.get("options") or []) <= 25:
            text = "Must be between 1 and 25 in length."
            errors.add("components.options", "BASE_TYPE_BAD_LENGTH", text)


def check_structure(component: Json, errors: FormErrors) -> None:
    """Add an error for each part that a component of its type lacks."""
    if not isinstance(component.get("type"), int):
        errors.add("components.type", *TYPE_ERRORS[int])
    if component.get("type") == ROW:
        _check_row(component, errors)
    if component.get("type") == LABEL and not component.get("component"):
        errors.add_missing("components.component")
    media = [component[key] for key in ("media", "file") if component.get(key)]
    media += [item.get("media") or {} for item in component.get("items") or []]
    for item in media:
        if not item.get("url"):
            errors.add_missing("components.media.url")


def _check_row(row: Json, errors: FormErrors) -> None:
    inner = row.get("components") or []
    width = sum(MAX_ROW_WIDTH if c.get("type") in SELECTS else 1 for c in inner)
    if not inner:
        text = "Must be between 1 and 5 in length."
        errors.add("components.components", "BASE_TYPE_BAD_LENGTH", text)
    elif width > MAX_ROW_WIDTH:
        text = "The specified component exceeds the maximum width"
        errors.add("components.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def normalize(component: Json, free_ids: Iterator[int], resolve: MediaResolver) -> Json:
    """Return a component with its defaults, an id and resolved media, and so its children."""
    result = _DEFAULTS.get(component["type"], {}) | component
    result["id"] = component.get("id") or next(free_ids)
    if "components" in result:
        result["components"] = [normalize(c, free_ids, resolve) for c in result["components"]]
    for key in ("accessory", "component"):
        if key in result:
            result[key] = normalize(result[key], free_ids, resolve)
    for key in ("media", "file"):
        if key in result:
            result[key] = resolve(result[key]["url"])
    if "items" in result:
        result["items"] = [
            _DEFAULTS[THUMBNAIL] | item | {"media": resolve(item["media"]["url"])}
            for item in result["items"]
        ]
    if "default_values" in result:
        result["default_values"] = [
            value | {"id": str(value.get("id"))} for value in result["default_values"]
        ]
    return result
