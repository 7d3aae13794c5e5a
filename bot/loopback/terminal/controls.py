"""Buttons and select menus as numbered choices: `1` presses the first, `2 elves` chooses there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..payloads.components import BUTTON, LINK, PREMIUM, SELECTS, walk
from ..payloads.forms import CHECKBOX_GROUP
from ..state.messages import Message
from ..state.people import User
from ..state.wire import Json

_NOUNS = {5: "a person", 6: "a role", 7: "a person or a role", 8: "a channel"}
"""What each select of things offers, by the select's type."""


@dataclass(frozen=True)
class Control:
    """A button or a select; `number` is what a person types for it, None for a link."""

    number: int | None
    part: Json

    @property
    def is_select(self) -> bool:
        """Whether something is chosen here, rather than pressed."""
        return self.part["type"] in SELECTS

    @property
    def disabled(self) -> bool:
        """Whether it is shown and does nothing."""
        return bool(self.part.get("disabled")) or self.part.get("style") == PREMIUM

    @property
    def label(self) -> str:
        """What stands on it: a select says what is chosen, or else what it is for."""
        if self.is_select:
            return f"{labels(self.part) or self.part.get('placeholder') or 'Choose'} ▾"
        emoji = (self.part.get("emoji") or {}).get("name")
        return " ".join(filter(None, (emoji, self.part.get("label")))) or "button"

    def __str__(self) -> str:
        if self.number is None:
            return f"[{self.label}: {self.part.get('url', '')}]"
        return f"[{self.number} {self.label}{' (off)' if self.disabled else ''}]"


def controls(message: Message) -> list[Control]:
    """Return what can be pressed or chosen from in `message`, as it stands there."""
    found: list[Control] = []
    number = 0
    for part in walk(message.components):
        if part["type"] == BUTTON and part.get("style") == LINK:
            found.append(Control(None, part))
        elif part["type"] in (BUTTON, *SELECTS):
            number += 1
            found.append(Control(number, part))
    return found


def numbered(message: Message) -> dict[int, Control]:
    """Return the controls of `message` by their numbers, without the links."""
    return {one.number: one for one in controls(message) if one.number is not None}


def latest(messages: Iterable[Message], user: User) -> Message | None:
    """Return the message whose controls are meant: the last to come or change that has some."""
    seen = (one for one in messages if one.visible_to in (None, user) and numbered(one))
    return max(seen, key=lambda one: one.edited or one.sent, default=None)


def bar(found: Sequence[Control]) -> str:
    """Return controls in one line: `[1 Again] [2 Longer]`."""
    return " ".join(map(str, found))


def options(part: Json) -> list[Json]:
    """Return what a string select, or a form's group of boxes, offers."""
    return list(part.get("options") or [])


def labels(part: Json) -> str:
    """Return what is chosen before anyone has chosen, with commas between."""
    return ", ".join(option["label"] for option in options(part) if option.get("default"))


def offer(part: Json) -> str:
    """Say in one line what can be chosen: the options with their numbers, or of what kind."""
    low, high = bounds(part)
    offered = enumerate(options(part), start=1)
    listed = "  ".join(f"{number} {option['label']}" for number, option in offered)
    told = [_NOUNS.get(part["type"], listed)]
    told += [f"up to {high}, with commas between"] if high > 1 else []
    told += ["nothing is a choice too"] if low == 0 else []
    return "; ".join(told)


def chosen(part: Json, typed: str) -> list[str]:
    """Return the values that `typed` means: names with commas between, or numbers of options.

    A name that is a number wins over the option of that number. Raises `ValueError`, one line.
    """
    whole = [typed] if part["type"] not in _NOUNS and _value(part, typed) else None
    words = whole or [word.strip() for word in typed.split(",") if word.strip()]
    return [_value(part, word) or _by_number(part, word) for word in words]


def bounds(part: Json) -> tuple[int, int]:
    """Return how few and how many may be chosen."""
    most = len(options(part)) if part["type"] == CHECKBOX_GROUP else 1
    return part.get("min_values", 1), part.get("max_values", most)


def _value(part: Json, word: str) -> str | None:
    if part["type"] in _NOUNS:
        return word
    folded = word.casefold()
    for option in options(part):
        if folded in (option["label"].casefold(), str(option["value"]).casefold()):
            return str(option["value"])
    return None


def _by_number(part: Json, word: str) -> str:
    offered = options(part)
    if word.isdecimal() and 1 <= int(word) <= len(offered):
        return str(offered[int(word) - 1]["value"])
    raise ValueError(f"{word!r} is not offered; there are: {offer(part)}")
