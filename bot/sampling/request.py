"""What is asked of a style, and the refusal that answers what it cannot meet."""

from collections.abc import Callable
from dataclasses import dataclass

ALL_BLOCKED = "Every name that fits is blocked here. Try something else."
"""The refusal where only names fit that are not allowed, or where another would have to say one."""


class RequestError(ValueError):
    """The request cannot be met; the message is one line for the person who asked.

    `template` has a `{}` for each of `values`, the parts that are somebody's text: whoever shows
    the message quotes them as its medium needs.
    """

    def __init__(self, template: str, *values: str) -> None:
        super().__init__(template.format(*(f"“{value}”" for value in values)))
        self.template = template
        self.values = values


@dataclass(frozen=True)
class Request:
    """What is asked of a style; every name of the answer meets all of it.

    `prefix`, `suffix` and `contains` are met in the spelling of the style and may overlap.
    `temperature` divides the logits, `top_p` keeps the likeliest characters that together have
    that probability (1 keeps all). Lengths are in characters, both inclusive (`max_length` None:
    the longest sample of the corpus). `new_only` leaves out the training samples, `is_allowed`
    whatever it is false for: it is asked of names that meet all else, once for each. The same
    `seed` gives the same names. Raises `ValueError` for what has no meaning.
    """

    prefix: str = ""
    count: int = 5
    temperature: float = 1.0
    top_p: float = 1.0
    max_length: int | None = None
    seed: int | None = None
    suffix: str = ""
    contains: str = ""
    min_length: int = 0
    new_only: bool = False
    is_allowed: Callable[[str], bool] | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count is {self.count}; ask for at least 1 name")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if self.min_length < 0:
            raise ValueError(f"min_length is {self.min_length}; it cannot be below 0")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length is {self.max_length}; it must be at least 1")
