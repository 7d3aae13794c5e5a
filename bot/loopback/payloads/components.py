"""Buttons, selects and the rest of a message's components: read, checked, numbered, found.

Discord's page "Component Reference". The first kind: up to five action rows, each of up to five
buttons or one select. The second kind (the flag IS_COMPONENTS_V2): forty of any kind, nested.
"""

from collections.abc import Callable, Iterator
from itertools import count

from ..state.errors import NOT, Form
from ..state.wire import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
LINK, PREMIUM = 5, 6  # styles of buttons that nobody hears of when pressed

_NEW_TOP = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)

_DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"name": None, "size": None, "spoiler": False},
}

Resolve = Callable[[str], Json]
"""Gives the media object of a URL, `attachment://` ones too."""


def walk(components: list[Json]) -> Iterator[Json]:
    """Give every component, each before those within it."""
    for component in components:
        yield component
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk([*(component.get("components") or []), *inner])


def find(components: list[Json], custom_id: str) -> Json | None:
    """Find the component with this custom id, or None."""
    return next((c for c in walk(components) if c.get("custom_id") == custom_id), None)


def read(raw: list[Json] | None, form: Form, resolve: Resolve, *, new: bool) -> list[Json]:
    """Give components as they are sent back, numbered; note in `form` what is wrong.

    `new` says that the message has the flag IS_COMPONENTS_V2.
    """
    top = raw or []
    allowed = _NEW_TOP if new else (ROW,)
    if not new:
        form.at_most("components", top, 5)
    for index, component in enumerate(top):
        if component.get("type") not in allowed:
            choices = f'Value of field "type" must be one of {set(allowed)}.'
            form.wrong(f"components.{index}.type", "UNION_TYPE_CHOICES", choices)
    every = list(walk(top))
    form.at_most("components", every, 40)
    _check_ids(every, form)
    for component in every:
        _check_parts(component, form)
    if not form.valid:
        return []
    taken = {component.get("id") for component in every}
    numbers = (number for number in count(1) if number not in taken)
    return [numbered(component, numbers, resolve) for component in top]


def _check_ids(every: list[Json], form: Form) -> None:
    seen: set[str] = set()
    for component in every:
        kind, custom_id = component.get("type"), component.get("custom_id")
        heard = kind in SELECTS or (
            kind == BUTTON and component.get("style") not in (LINK, PREMIUM)
        )
        if heard and not custom_id:
            form.required("components.custom_id")
        elif custom_id in seen:
            text = "Component custom id cannot be duplicated"
            form.wrong("components.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        form.at_most("components.custom_id", custom_id, 100)
        form.at_most("components.label", component.get("label"), 80)
        if custom_id:
            seen.add(custom_id)
        if kind == STRING_SELECT and not 1 <= len(component.get("options") or []) <= 25:
            text = "Must be between 1 and 25 in length."
            form.wrong("components.options", "BASE_TYPE_BAD_LENGTH", text)


def _check_parts(component: Json, form: Form) -> None:
    if not isinstance(component.get("type"), int):
        form.wrong("components.type", *NOT[int])
    if component.get("type") == ROW:
        _check_row(component, form)
    media = [component[key] for key in ("media", "file") if component.get(key)]
    media += [item.get("media") or {} for item in component.get("items") or []]
    for one in media:
        if not one.get("url"):
            form.required("components.media.url")


def _check_row(row: Json, form: Form) -> None:
    inner = row.get("components") or []
    width = sum(5 if c.get("type") in SELECTS else 1 for c in inner)
    if not inner:
        text = "Must be between 1 and 5 in length."
        form.wrong("components.components", "BASE_TYPE_BAD_LENGTH", text)
    elif width > 5:
        text = "The specified component exceeds the maximum width"
        form.wrong("components.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def numbered(component: Json, numbers: Iterator[int], resolve: Resolve) -> Json:
    """Give a component with its defaults, its id (else the next of `numbers`), its media."""
    kept = {key: value for key, value in component.items() if value is not None}
    done = _DEFAULTS.get(component["type"], {}) | kept
    done["id"] = component.get("id") or next(numbers)
    if "components" in done:
        done["components"] = [numbered(c, numbers, resolve) for c in done["components"]]
    for key in ("accessory", "component"):
        if key in done:
            done[key] = numbered(done[key], numbers, resolve)
    for key in ("media", "file"):
        if key in done:
            done[key] = resolve(done[key]["url"])
    if "items" in done:
        done["items"] = [
            _DEFAULTS[THUMBNAIL] | item | {"media": resolve(item["media"]["url"])}
            for item in done["items"]
        ]
    if "default_values" in done:
        done["default_values"] = [
            one | {"id": str(one.get("id"))} for one in done["default_values"]
        ]
    if isinstance(done.get("emoji"), dict):
        done["emoji"] = {key: value for key, value in done["emoji"].items() if value is not None}
    return done
