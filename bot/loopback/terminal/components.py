"""Numbered buttons and select menus: `1` presses the first, `2 Elf` chooses in the second."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from ..payloads.components import BUTTON, LINK, PREMIUM, SELECTS, walk
from ..payloads.modals import CHECKBOX_GROUP
from ..state.encoding import Json
from ..state.messages import Message
from ..state.users import User

_NOUNS = {5: "a member", 6: "a role", 7: "a member or a role", 8: "a channel"}
"""What the select menus of Discord objects offer, by component type."""


@dataclass(frozen=True)
class Component:
    """A button or select menu with its payload; `number` is None for a link button."""

    number: int | None
    data: Json

    @property
    def is_select(self) -> bool:
        """Whether this is a select menu."""
        return self.data["type"] in SELECTS

    @property
    def is_disabled(self) -> bool:
        """Whether it cannot be used."""
        return bool(self.data.get("disabled")) or self.data.get("style") == PREMIUM

    @property
    def label(self) -> str:
        """The button's label, or the select menu's choice or placeholder."""
        if self.is_select:
            return f"{default_labels(self.data) or self.data.get('placeholder') or 'Choose'} ▾"
        emoji = (self.data.get("emoji") or {}).get("name")
        return " ".join(filter(None, (emoji, self.data.get("label")))) or "button"

    def __str__(self) -> str:
        if self.number is None:
            return f"[{self.label}: {self.data.get('url', '')}]"
        return f"[{self.number} {self.label}{' (off)' if self.is_disabled else ''}]"


def list_components(message: Message) -> list[Component]:
    """Return the buttons and select menus of `message`, in their order."""
    components: list[Component] = []
    number = 0
    for part in walk(message.components):
        if part["type"] == BUTTON and part.get("style") == LINK:
            components.append(Component(None, part))
        elif part["type"] in (BUTTON, *SELECTS):
            number += 1
            components.append(Component(number, part))
    return components


def components_by_number(message: Message) -> dict[int, Component]:
    """Return the components of `message` by number, without links."""
    return {one.number: one for one in list_components(message) if one.number is not None}


def latest_interactive_message(messages: Iterable[Message], user: User) -> Message | None:
    """Return the message with components that `user` sees and that was sent or edited last."""
    candidates = (
        message
        for message in messages
        if message.visible_to in (None, user) and components_by_number(message)
    )
    return max(candidates, key=lambda message: message.edited_at or message.sent_at, default=None)


def format_components(components: Sequence[Component]) -> str:
    """Return components in one line: `[1 Again] [2 Longer]`."""
    return " ".join(map(str, components))


def select_options(data: Json) -> list[Json]:
    """Return the options of a string select, a radio group or a checkbox group."""
    return list(data.get("options") or [])


def default_labels(data: Json) -> str:
    """Return the labels of the default options, separated by commas."""
    return ", ".join(option["label"] for option in select_options(data) if option.get("default"))


def describe_choices(data: Json) -> str:
    """Describe in one line what can be chosen: `1) Elf  2) Orc`, or the kind of object."""
    minimum, maximum = choice_limits(data)
    keys, options = _option_keys(data), select_options(data)
    listed = "  ".join(
        f"{key}) {option['label']}" for key, option in zip(keys, options, strict=True)
    )
    parts = [_NOUNS.get(data["type"], listed)]
    if maximum > 1:
        parts.append(f"up to {maximum}, separated by commas")
    if minimum == 0:
        parts.append("optional")
    return "; ".join(parts)


def parse_choices(data: Json, text: str) -> list[str]:
    """Return the chosen values; `text` holds labels or keys of options, separated by commas.

    Raises `ValueError` for an unknown choice.
    """
    # A label may contain a comma, so the whole text is tried first.
    if data["type"] not in _NOUNS and (whole := _find_value(data, text)):
        return [whole]
    words = [word.strip() for word in text.split(",") if word.strip()]
    return [_find_value(data, word) or _value_by_key(data, word) for word in words]


def choice_limits(data: Json) -> tuple[int, int]:
    """Return the minimum and maximum number of choices."""
    maximum = len(select_options(data)) if data["type"] == CHECKBOX_GROUP else 1
    return data.get("min_values", 1), data.get("max_values", maximum)


def require_count(data: Json, chosen: Sequence[object], label: str = "") -> None:
    """Raise `ValueError` if these are too few or too many choices."""
    minimum, maximum = choice_limits(data)
    if not minimum <= len(chosen) <= maximum:
        allowed = f"{minimum}" if minimum == maximum else f"{minimum} to {maximum}"
        raise ValueError(f"{label}{'c' if label else 'C'}hoose {allowed}, not {len(chosen)}.")


def _find_value(data: Json, word: str) -> str | None:
    if data["type"] in _NOUNS:
        return word
    folded = word.casefold()
    for option in select_options(data):
        if folded in (option["label"].casefold(), str(option["value"]).casefold()):
            return str(option["value"])
    return None


def _option_keys(data: Json) -> list[str]:
    """Return the keys of the options: numbers, or letters if a label is a number itself."""
    options = select_options(data)
    if any(option["label"].isdecimal() for option in options):
        return list(ascii_lowercase[: len(options)])
    return [str(number) for number, _ in enumerate(options, start=1)]


def _value_by_key(data: Json, word: str) -> str:
    keys = _option_keys(data)
    if word.lower() in keys:
        return str(select_options(data)[keys.index(word.lower())]["value"])
    raise ValueError(f"{word!r} isn't a choice. Choose from {describe_choices(data)}.")
