"""The page of `/settings` on which a manager chooses the styles that the server offers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import discord
from discord import ui

from ..i18n import format_number, marked
from ..i18n import gettext as _
from ..library import StyleCard
from ..library.card_search import by_group, suggest_cards
from ..services import GuildContext
from .answer_formats import EMBED_COLOUR
from .base import PersistentComponent
from .markdown import escape_markdown, truncate
from .pages import Page
from .style_choices import MAX_CHOICES

OFFER_ID = "namesmith-offer:"
"""Start of the custom ids; an action and the page follow."""

_SELECTS = 8
"""Selects on a page, each with a title: a message has at most 40 components."""

_MAX_PLACEHOLDER = 150
"""Discord's limit for a select's placeholder, in characters."""

Component = Callable[[ui.Item[Any]], PersistentComponent]
"""Makes a component with one of these custom ids work."""

_NOTE = marked(
    "-# Members can use these styles. Your own styles and the default style are always offered."
)


@dataclass(frozen=True)
class StyleOffer:
    """The styles of all servers, and those that this server offers, by name."""

    cards: tuple[StyleCard, ...]
    offered: frozenset[str]
    default: str

    @classmethod
    def of(cls, guild_context: GuildContext) -> "StyleOffer":
        """Return the offer of a guild; without its own styles, which it can retire instead."""
        cards = [*guild_context.cards, *guild_context.withheld]
        offered = frozenset(card.name for card in guild_context.cards)
        shared = tuple(c for c in cards if c.layer != "guild" and len(c.name) <= 100)
        return cls(shared, offered, guild_context.style)

    @property
    def summary(self) -> str:
        """How many styles are offered."""
        count = sum(card.name in self.offered for card in self.cards)
        return _format_count(count, len(self.cards))

    def change(self, shown: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
        """Return the setting after a select with the styles `shown`, of which some are `chosen`.

        It is empty for all styles, so that later ones are offered too.
        """
        offered = (self.offered - {*shown}) | {*chosen}
        names = tuple(card.name for card in self.cards if card.name in offered)
        return () if len(names) == len(self.cards) else names or (self.default,)


def offer_view(
    guild: discord.Guild, offer: StyleOffer, component: Component, page_number: int = 0
) -> ui.LayoutView:
    """Return the page: a select for each group, or for a part of 25 styles of one."""
    parts = [
        (group, members[start : start + MAX_CHOICES])
        for group, members in by_group(offer.cards).items()
        for start in range(0, len(members), MAX_CHOICES)
    ]
    page = Page.of(len(parts), page_number, _SELECTS)
    container: ui.Container[Any] = ui.Container(accent_colour=EMBED_COLOUR)
    title = _("## Styles of {server}").format(server=escape_markdown(truncate(guild.name, 80)))
    container.add_item(ui.TextDisplay(title))
    container.add_item(ui.TextDisplay(_(_NOTE)))
    for index, (group, cards) in enumerate(page.slice(parts)):
        count = sum(card.name in offer.offered for card in cards)
        text = f"**{escape_markdown(group)}** {_format_count(count, len(cards))}"
        container.add_item(ui.TextDisplay(text))
        custom_id = f"{OFFER_ID}styles:{page.number}:{index}"
        select = _select(custom_id, group, cards, offer.offered)
        container.add_item(ui.ActionRow(component(select)))
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(*map(component, _buttons(page))))
    return ui.LayoutView(timeout=None).add_item(container)


def _format_count(count: int, total: int) -> str:
    """Return how many of `total` styles are offered."""
    text = _("all {total}") if count == total else _("{count} of {total}")
    return text.format(count=format_number(count), total=format_number(total))


def _select(
    custom_id: str, group: str, cards: Sequence[StyleCard], offered: frozenset[str]
) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=truncate(card.title, 100),
            value=card.name,
            description=card.name if card.title != card.name else None,
            default=card.name in offered,
        )
        for card in cards
    ]
    return ui.Select(
        custom_id=custom_id,
        placeholder=truncate(_("{group}: none").format(group=group), _MAX_PLACEHOLDER),
        min_values=0,
        max_values=len(options),
        options=options,
    )


def _buttons(page: Page) -> Iterator[ui.Button[Any]]:
    labels = {
        "all": _("Offer all"),
        "none": _("Offer only the default"),
        "back": _("Back to settings"),
    }
    for action, label in labels.items():
        yield ui.Button(label=label, custom_id=f"{OFFER_ID}{action}:{page.number}")
    if page.last:
        target = (page.number + 1) % (page.last + 1)
        label = f"{_('More styles')}{page.note}"
        yield ui.Button(label=label, custom_id=f"{OFFER_ID}page:{target}")


def default_style_options(
    offer: StyleOffer, cards: Sequence[StyleCard], current: str | None, max_count: int
) -> list[StyleCard]:
    """Return up to `max_count` styles to choose the default style from, by group.

    They are the current one, then some of each group: first those that the server offers.
    """
    by_offer = sorted(cards, key=lambda card: card.name not in offer.offered)
    varied = suggest_cards(by_offer, [current or ""])
    chosen = {card.name for card in islice(varied, max_count)}
    groups = by_group(card for card in cards if card.name in chosen)
    return [card for members in groups.values() for card in members]
