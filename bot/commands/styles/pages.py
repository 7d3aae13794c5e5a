"""Pages of a list, with buttons that turn them and keep nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import discord
from discord import ui

from ..controls import Control

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """The `entries` of the page `number`, from 0; `last` is the last one's number."""

    entries: Sequence[T]
    number: int
    last: int

    @property
    def note(self) -> str:
        """Which page it is, for the small print; nothing where it is the only one."""
        return f" · page {self.number + 1} of {self.last + 1}" if self.last else ""


def page_of(entries: Sequence[T], number: int, size: int) -> Page[T]:
    """Return the page `number` of `entries`, the last one where there are not so many."""
    last = max(0, len(entries) - 1) // size
    number = min(number, last)
    return Page(entries[number * size : (number + 1) * size], number, last)


def turning(
    page: Page[Any], labels: tuple[str, str], control: type[Control], named: Callable[[int], str]
) -> ui.View | None:
    """Return the two buttons beside `page`, None where it is the only one.

    `named` gives the custom id of the button that leads to a page.
    """
    if not page.last:
        return None
    view = ui.View(timeout=None)
    ends = (page.number == 0, page.number == page.last)
    for label, to, off in zip(labels, (page.number - 1, page.number + 1), ends, strict=True):
        secondary = discord.ButtonStyle.secondary
        button: ui.Button[Any] = ui.Button(
            label=label, style=secondary, custom_id=named(max(0, to)), disabled=off
        )
        view.add_item(control(button))
    return view
