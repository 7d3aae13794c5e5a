"""Mixes as text, such as `norse*2+towns`: two to four styles with weights, parsed and formatted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..sampling import Phrase, RequestError

MAX_STYLES = 4
MAX_LENGTH = 200
"""Characters of a mix that are parsed."""

_MAX_WEIGHT = 100.0
_WEIGHT = re.compile(r"[0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12}")


@dataclass(frozen=True)
class WeightedStyle:
    """A style of a mix; `weight` is 0.01 to 100, with up to two decimals."""

    style: str
    weight: float = 1.0


def is_mix(text: str) -> bool:
    """Whether `text` means a mix, unless a style has exactly this name."""
    return "+" in text or "*" in text


def parse_mix(text: str) -> list[WeightedStyle]:
    """Return the styles of a mix, as they are spelled in `text`.

    Raises `RequestError`, one line that names the part at fault.
    """
    if len(text) > MAX_LENGTH:
        raise RequestError(
            "A mix of styles has at most {} characters. Write, for example, norse*2+towns.",
            MAX_LENGTH,
        )
    parts = [_parse_part(part, text) for part in text.split("+")]
    if len(parts) < 2:
        raise RequestError(
            "A mix has at least two styles, and {} is one. Write, for example, norse*2+towns.", text
        )
    if len(parts) > MAX_STYLES:
        raise RequestError(
            "A mix has at most {} styles, and {} is one more. Leave some out.",
            MAX_STYLES,
            parts[MAX_STYLES].style,
        )
    return distinct(parts)


def distinct(parts: list[WeightedStyle]) -> list[WeightedStyle]:
    """Return `parts`; raises `RequestError` if a style is among them twice."""
    seen = set[str]()
    for part in parts:
        if part.style.casefold() in seen:
            raise RequestError(
                "{} is in the mix twice. To get more of it, give it a weight, such as *2.",
                part.style,
            )
        seen.add(part.style.casefold())
    return parts


def _parse_part(part: str, text: str) -> WeightedStyle:
    style, star, weight = (piece.strip() for piece in part.partition("*"))
    if not style:
        raise RequestError("A style is missing in {}. Write, for example, norse*2+towns.", text)
    if not star:
        return WeightedStyle(style)
    number = round(float(weight), 2) if _WEIGHT.fullmatch(weight) else 0
    if not 0 < number <= _MAX_WEIGHT:
        limits = Phrase("A weight is a number from 0.01 to {}, such as 2 or 0.5.", int(_MAX_WEIGHT))
        if not weight:
            raise RequestError("The weight of {} is missing. {}", style, limits)
        raise RequestError("The weight of {} can't be {}. {}", style, weight, limits)
    return WeightedStyle(style, number)


def format_mix(parts: Sequence[WeightedStyle]) -> str:
    """Return the text of a mix, without spaces and without weights of 1."""
    return "+".join(
        part.style if part.weight == 1 else f"{part.style}*{part.weight:g}" for part in parts
    )


def split_last_style(text: str) -> tuple[str, str]:
    """Split a mix that someone is typing into what is complete, with its +, and the rest.

    The first is empty if there is no +.
    """
    start = text.rfind("+") + 1
    return text[:start], text[start:]
