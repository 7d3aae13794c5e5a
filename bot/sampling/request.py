"""Request: the options of one query, and the error for a query that can't be met."""

from collections.abc import Callable
from dataclasses import dataclass

ALL_BLOCKED = "Every name that fits contains a blocked word. Try something else."
"""The message if no name that fits is allowed, or if the real message would quote a blocked one."""


class RequestError(ValueError):
    """The request can't be met; the message is one line for the user.

    `template` has a `{}` for each of `values`, which are untrusted text. Code that shows the
    message escapes the values for its medium.
    """

    def __init__(self, template: str, *values: str) -> None:
        super().__init__(template.format(*(f"“{value}”" for value in values)))
        self.template = template
        self.values = values


def hide_blocked(error: RequestError, is_allowed: Callable[[str], bool] | None) -> RequestError:
    """Return `error`, or the `ALL_BLOCKED` error if `error` quotes a text that is not allowed."""
    if is_allowed is None or all(map(is_allowed, error.values)):
        return error
    return RequestError(ALL_BLOCKED)


@dataclass(frozen=True)
class Request:
    """A query for names; every name of the answer meets all of it.

    `prefix`, `suffix` and `contains` are matched in the spelling of the style; they may overlap in
    a name. `temperature` divides the logits; `top_p` is the probability mass of the nucleus (1: no
    cut). Lengths are in characters and inclusive (`max_length` None: the corpus's longest sample).
    `new_only` excludes samples of the corpus. `is_allowed` is called once for each name that meets
    everything else. The same `seed` gives the same names. Raises `ValueError` for invalid values.
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
            raise ValueError(f"count is {self.count}; it must be at least 1")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if self.min_length < 0:
            raise ValueError(f"min_length is {self.min_length}; it must be at least 0")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length is {self.max_length}; it must be at least 1")
