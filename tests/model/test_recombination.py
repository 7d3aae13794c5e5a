"""Recombination: new phrases of the patterns and words of a list."""

from hypothesis import given
from hypothesis import strategies as st

from model.recombination import recombine

COLOURS = ["Amber", "Black", "Copper", "Dark", "Grey", "Golden", "Pale", "Red"]
ANIMALS = ["Boar", "Cat", "Dog", "Eel", "Fox", "Goat", "Hare", "Stag"]
SIGNS = [f"The {colour} {animal}" for colour, animal in zip(COLOURS, ANIMALS, strict=True)]


def test_words_stay_in_their_place() -> None:
    signs = recombine(SIGNS, 64)
    assert len(signs) == 64
    assert set(SIGNS) < set(signs)
    for sign in signs:
        article, colour, animal = sign.split()
        assert (article, colour in COLOURS, animal in ANIMALS) == ("The", True, True)


def test_rare_patterns_are_left_alone() -> None:
    assert recombine([*SIGNS[:7], "Rose and Crown"], 100) == sorted([*SIGNS[:7], "Rose and Crown"])


def test_single_words_are_left_alone() -> None:
    assert recombine(ANIMALS, 100) == ANIMALS


@given(st.lists(st.text("Aab of", min_size=1, max_size=12)), st.integers(0, 50))
def test_list_is_kept_sorted_and_reproducible(samples: list[str], count: int) -> None:
    phrases = recombine(samples, count)
    assert set(samples) <= set(phrases)
    assert len(phrases) <= max(count, len(set(samples)))
    assert phrases == sorted(set(phrases)) == recombine(samples, count)


def test_parts_of_compounds_are_words() -> None:
    epithets = [f"{colour}-Footed" for colour in COLOURS] + ["Bold"]
    assert recombine(epithets, 100) == sorted(epithets)
    beasts = [f"{c}-{a}" for c, a in zip(COLOURS, ANIMALS, strict=True)]
    assert len(recombine(beasts, 100)) == 64
