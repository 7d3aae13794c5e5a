"""Pages of a list: which entries a page shows, and the buttons that turn it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from discord import ui

from ..i18n import gettext as _
from .base import PersistentComponent

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` and `last` count from 0, `size` is entries per page."""

    number: int
    last: int
    size: int

    @classmethod
    def of(cls, count: int, number: int, size: int) -> Self:
        """Return the page `number` of `count` entries, or the last page if there are fewer."""
        last = max(0, count - 1) // size
        return cls(min(number, last), last, size)

    @property
    def offset(self) -> int:
        """Index of the page's first entry."""
        return self.number * self.size

    @property
    def note(self) -> str:
        """Text for the footer, such as ` · page 2 of 3`; empty if there is only one page."""
        if not self.last:
            return ""
        text = _("page {page} of {pages}").format(page=self.number + 1, pages=self.last + 1)
        return f" · {text}"

    def slice(self, entries: Sequence[T]) -> Sequence[T]:
        """Return the page's part of all `entries`."""
        return entries[self.offset : self.offset + self.size]


def page_buttons(
    page: Page,
    labels: tuple[str, str],
    component: type[PersistentComponent],
    custom_id: Callable[[int], str],
) -> Iterator[PersistentComponent]:
    """Yield the buttons for the previous and next page; none if there is only one page.

    `custom_id` returns the custom id of the button that opens a page.
    """
    if not page.last:
        return
    at_end = (page.number == 0, page.number == page.last)
    targets = (page.number - 1, page.number + 1)
    for label, target, disabled in zip(labels, targets, at_end, strict=True):
        yield component(
            ui.Button(label=label, custom_id=custom_id(max(0, target)), disabled=disabled)
        )
