"""Card search: styles by name, title, tag or group, also with typing errors; and what to suggest.

Case, accents and hyphens make no difference.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, zip_longest

from ..sampling.folding import fold
from ..typing_errors import nearest_word
from .cards import StyleCard

GROUPS = ("People", "Myths", "Places", "Nature", "Fantasy", "Modern")
"""The groups of the shipped styles, in the order in which lists show them."""

_MAX_TYPED = 40
"""Characters of a search text that count."""

_MAX_TYPO_CARDS = 300
"""Cards that are compared with a mistyped text."""


_IGNORED = str.maketrans(dict.fromkeys("-_", " ") | dict.fromkeys("\"'「」『』", ""))
"""What hyphens and quotation marks become."""


def group_name(card: StyleCard) -> str:
    """Return the heading under which lists show a style."""
    if card.layer == "guild":
        return "This server"
    return card.group or "Other"


def by_group(cards: Iterable[StyleCard]) -> dict[str, list[StyleCard]]:
    """Return the cards by group: the server's own, the known groups, others, those without."""
    groups: dict[str, list[StyleCard]] = {}
    for card in cards:
        groups.setdefault(group_name(card), []).append(card)
    known = ("This server", *GROUPS)

    def order(group: str) -> tuple[int, bool, str]:
        place = known.index(group) if group in known else len(known)
        return place, group == "Other", group

    return {group: groups[group] for group in sorted(groups, key=order)}


def find_card(cards: Sequence[StyleCard], text: str) -> StyleCard | None:
    """Return the style with that name, or else with that title; a server's own comes first.

    Case, accents, hyphens and quotation marks make no difference.
    """
    exact, wanted = text.strip().casefold(), _fold(text)
    own_first = sorted(cards, key=lambda card: card.layer != "guild")
    for card in own_first:
        if card.name == exact:
            return card
    if not wanted:
        return None
    for texts in ([card.name for card in own_first], [card.title for card in own_first]):
        for card, found in zip(own_first, texts, strict=True):
            if wanted == _fold_card_text(found):
                return card
    return None


def search_cards(cards: Sequence[StyleCard], typed: str) -> list[StyleCard]:
    """Return the styles that match `typed`, best first; all of them if it is empty.

    First those whose name or title begins with it, then those with a word, a tag or a group that
    does, then those that contain it. If there is none, those that are a typing error away.
    """
    text = _fold(typed)[:_MAX_TYPED]
    ranks = [(_rank(card, text), card) for card in cards]
    found = [(rank, card) for rank, card in ranks if rank is not None]
    if not found:
        typos = ((_typos(card, text), card) for card in cards[:_MAX_TYPO_CARDS])
        found = [(count, card) for count, card in typos if count is not None]
    return [card for _, card in sorted(found, key=lambda entry: entry[0])]


def suggest_cards(cards: Sequence[StyleCard], preferred: Sequence[str]) -> list[StyleCard]:
    """Return the cards for a text not typed yet: the `preferred` styles, then some of each group.

    The first ones of all groups come before the second ones.
    """
    by_name = {card.name: card for card in cards}
    first = [by_name[name] for name in preferred if name in by_name]
    varied = chain.from_iterable(zip_longest(*by_group(cards).values()))
    return list(dict.fromkeys((*first, *(card for card in varied if card))))


def _fold(text: str) -> str:
    """Return `text` in lower case without accents and quotation marks, with spaces for hyphens."""
    return " ".join(fold(text[: 4 * _MAX_TYPED]).translate(_IGNORED).split())


@lru_cache(maxsize=4_096)
def _fold_card_text(text: str) -> str:
    """Return the folded name, title, tag or group of a card, which each search compares."""
    return _fold(text)


def _rank(card: StyleCard, text: str) -> int | None:
    """Return how well the style matches, 0 best; None if it does not."""
    titles = (_fold_card_text(card.name), _fold_card_text(card.title))
    if text in titles:
        return 0
    if any(title.startswith(text) for title in titles):
        return 1
    if any(f" {text}" in title for title in titles):
        return 2
    if any(_fold_card_text(tag).startswith(text) for tag in card.tags):
        return 3
    if _fold_card_text(card.group).startswith(text):
        return 4
    return 5 if any(text in title for title in titles) else None


def _typos(card: StyleCard, text: str) -> int | None:
    """Return the typing errors between `text` and the beginning of a word; None if too many."""
    allowed = min(2, len(text) // 3)
    if not allowed:
        return None
    titles = (_fold_card_text(card.name), _fold_card_text(card.title))
    tags = map(_fold_card_text, card.tags)
    words = {*titles, *chain.from_iterable(map(str.split, titles)), *tags}
    near = nearest_word(text, words, allowed)
    return near[0] if near else None
