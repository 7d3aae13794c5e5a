"""Card search: matches, typing errors, groups and suggestions."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import StyleCard
from bot.library.card_search import (
    by_group,
    find_card,
    search_cards,
    suggest_cards,
)

CARDS = [
    StyleCard("names", "First names", group="People", tags=("english", "given")),
    StyleCard("surnames", "Surnames", group="People", tags=("family", "english")),
    StyleCard("english-women", "English women", group="People", tags=("female",)),
    StyleCard("elves", "Elves", group="Fantasy", tags=("elf", "fey", "forest")),
    StyleCard("dwarves", "Dwarves", group="Fantasy", tags=("dwarf", "mountain")),
    StyleCard("dragons", "Dragons", group="Fantasy", tags=("beast", "wyrm")),
    StyleCard("dinosaurs", "Dinosaurs", group="Nature", tags=("animal", "fossil")),
    StyleCard("pokal", "Pökal", layer="guild"),
    StyleCard("plain", "Plain"),
]


def found(typed: str) -> list[str]:
    return [card.name for card in search_cards(CARDS, typed)]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("elves", ["elves"]),
        ("ELV", ["elves"]),
        ("na", ["names", "dinosaurs", "surnames"]),
        ("names", ["names", "surnames"]),
        ("first n", ["names"]),
        ("english", ["english-women", "names", "surnames"]),
        ("english women", ["english-women"]),
        ("women", ["english-women"]),
        ("forest", ["elves"]),
        ("fanta", ["elves", "dwarves", "dragons"]),
        ("POKAL", ["pokal"]),
        ("elvs", ["elves"]),
        ("evles", ["elves"]),
        ("dwarfes", ["dwarves"]),
        ("dianosuar", ["dinosaurs"]),
        ("dragn", ["dragons"]),
        ("fosill", ["dinosaurs"]),
        ("wommen", ["english-women"]),
        ("x", []),
        ("zz", []),
        ("quixotic", []),
    ],
)
def test_matches(typed: str, names: list[str]) -> None:
    assert found(typed) == names


def test_empty_text_matches_everything() -> None:
    assert found(" ") == [card.name for card in CARDS]


def test_style_is_found_by_name_before_title() -> None:
    cards = [StyleCard("one", "Two"), StyleCard("two", "One")]
    assert find_card(cards, "TWO") is cards[1]
    assert find_card(CARDS, " first NAMES") is CARDS[0]
    assert find_card(CARDS, "first") is None


def test_groups_are_ordered() -> None:
    cards = [*CARDS, StyleCard("x", "X", group="Alien"), StyleCard("y", "Y", group="Modern")]
    assert list(by_group(cards)) == [
        "This server", "People", "Nature", "Fantasy", "Modern", "Alien", "Other",
    ]  # fmt: skip


def test_suggestions_are_varied() -> None:
    names = [card.name for card in suggest_cards(CARDS, ["dragons", "gone", "names", "dragons"])]
    assert names[:2] == ["dragons", "names"]
    assert names[2:5] == ["pokal", "dinosaurs", "elves"]
    assert sorted(names) == sorted(card.name for card in CARDS)


@given(st.text())
def test_any_text_can_be_searched(typed: str) -> None:
    assert set(found(typed)) <= {card.name for card in CARDS}


def test_search_is_bounded() -> None:
    tags = tuple(f"tag{'abcdefgh' * 3}{i}" for i in range(10))
    cards = [StyleCard(f"s{i}", "abcdefgh " * 11, tags=tags) for i in range(2000)]
    started = time.thread_time()
    assert search_cards(cards, "hgfedcba" * 1000) == []
    assert time.thread_time() - started < 0.5
