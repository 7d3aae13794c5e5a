"""Choices of the `style` options: the styles that match what is typed, with their titles."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from discord import app_commands

from ..i18n import gettext as _
from ..i18n import marked
from ..library import MAX_STYLES, StyleCard, split_last_style
from ..library.card_search import search_cards, suggest_cards
from ..sampling import RequestError
from ..services import RANDOM_STYLE, GuildContext

MAX_CHOICES = 25
"""Discord's limit."""

_MAX_LENGTH = 100
"""Discord's limit for the name and the value of a choice."""

StyleChoices = list[app_commands.Choice[str]]

_RANDOM_TITLE = marked("Random style")


def complete_style(guild_context: GuildContext, recent: str | None, typed: str) -> StyleChoices:
    """Return the offered styles that match `typed`, best first.

    The style used last comes first. If nothing is typed, the default style, `random` and some of
    each group follow. After a +, they are mixes.
    """
    begun, rest = split_last_style(typed)
    if begun:
        return to_choices(_mixes(guild_context.cards, begun, rest))
    cards = _completable_cards(guild_context, recent)
    if not typed.strip():
        return to_choices(suggest_cards(cards, [recent or "", guild_context.style, RANDOM_STYLE]))
    found = search_cards(cards, typed)
    return to_choices(sorted(found, key=lambda card: card.name != recent))


def _mixes(cards: Sequence[StyleCard], begun: str, rest: str) -> list[StyleCard]:
    """Return mixes of `begun`, such as `norse*2+`, and each style that matches `rest`."""
    used = [part.partition("*")[0].strip().casefold() for part in begun.split("+")]
    if len(used) > MAX_STYLES:
        return []
    others = [card for card in cards if card.kind == "network" and card.name not in used]
    found = search_cards(others, rest) if rest.strip() else suggest_cards(others, [])
    return [replace(card, name=begun + card.name) for card in found]


def _completable_cards(guild_context: GuildContext, recent: str | None) -> list[StyleCard]:
    """Return the cards of the offered styles, of `random`, and of a mix that was used last."""
    cards = [*guild_context.cards]
    names = {card.name for card in cards}
    if RANDOM_STYLE not in names:
        cards.append(StyleCard(RANDOM_STYLE, _(_RANDOM_TITLE)))
    if recent and recent not in {*names, RANDOM_STYLE}:
        with contextlib.suppress(RequestError):
            recent = guild_context.resolve_style(recent)
            cards.append(StyleCard(recent, recent))
    return cards


def match_styles(styles: Iterable[str], cards: Sequence[StyleCard], typed: str) -> StyleChoices:
    """Return the distinct `styles`, of which some have a card, that match `typed`."""
    by_name = {card.name: card for card in cards}
    own = [by_name.get(style, StyleCard(style, style)) for style in dict.fromkeys(styles)]
    return to_choices(search_cards(own, typed))


def to_choices(cards: Iterable[StyleCard]) -> StyleChoices:
    """Return a choice for each of the first cards, such as `Elves (elves)`."""
    fitting = [card for card in cards if len(card.name) <= _MAX_LENGTH]
    return [
        app_commands.Choice(name=style_label(card, _MAX_LENGTH), value=card.name)
        for card in fitting[:MAX_CHOICES]
    ]


def style_label(card: StyleCard, max_length: int) -> str:
    """Return the title, shortened if needed, with the name; up to `max_length` characters."""
    room = max_length - len(f" ({card.name})")
    if card.title == card.name or room < 1:
        return card.name
    title = card.title if len(card.title) <= room else f"{card.title[: room - 1]}…"
    return f"{title} ({card.name})"
