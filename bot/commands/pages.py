"""Pages of a list, with buttons that turn them and keep nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from discord import ui

from .controls import Control

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """The page `number`, from 0, of entries of which each page has `size`; `last` is the last."""

    number: int
    last: int
    size: int

    @classmethod
    def of(cls, count: int, number: int, size: int) -> Self:
        """Return the page `number` of `count` entries, the last one where there are fewer."""
        last = max(0, count - 1) // size
        return cls(min(number, last), last, size)

    @property
    def offset(self) -> int:
        """How many entries stand on the pages before."""
        return self.number * self.size

    @property
    def note(self) -> str:
        """Which page it is, for the small print; nothing where it is the only one."""
        return f" · page {self.number + 1} of {self.last + 1}" if self.last else ""

    def cut(self, entries: Sequence[T]) -> Sequence[T]:
        """Return those of all `entries` that stand on it."""
        return entries[self.offset : self.offset + self.size]


def turning(
    page: Page, labels: tuple[str, str], control: type[Control], named: Callable[[int], str]
) -> Iterator[Control]:
    """Yield the two buttons beside `page`, none where it is the only one.

    `named` gives the custom id of the button that leads to a page.
    """
    if not page.last:
        return
    ends = (page.number == 0, page.number == page.last)
    for label, to, off in zip(labels, (page.number - 1, page.number + 1), ends, strict=True):
        yield control(ui.Button(label=label, custom_id=named(max(0, to)), disabled=off))
