"""The profanity filter blocks words in every disguise and lets ordinary names through."""

import codecs
import sys
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.profanity import ProfanityFilter
from bot.profanity.allowlist import INNOCENT_CONTEXTS, ORDINARY_NAMES
from bot.profanity.filter import collapse_repeats, has_substitutes, letters_only, read_entries
from bot.profanity.make_wordlist import LANGUAGES, SOURCES, WHOLE_ONLY, digest

ROOT = Path(__file__).parents[2]
CORPORA = ROOT / "model" / "corpora"
PACKAGE = ROOT / "bot" / "profanity"
FILTER = ProfanityFilter()
ENTRIES = read_entries()


def words_in(text: str) -> list[str]:
    return text.split()


COMMON = words_in(
    codecs.decode(
        """
    nany nahf nefr nefrubyr nff nffubyr onfgneq orfgvnyvgl ovngpu ovgpu ovgpurf oybjwbo obare obbo
    obbof ohyyfuvg ohggubyr pnecrgzhapure puvax pyvg pyvgbevf pyhfgreshpx pbpx pbpxurnq pbpxf
    pbpxfhpxre pbba phz phzzvat phzfubg phaavyvathf phag phagf qnza qvpx qvpxurnq qvyqb qlxr
    rwnphyngvba snt snttbg sryyngvb shpx shpxrq shpxre shpxurnq shpxva shpxvat shpxf shqtrcnpxre
    tnatonat tbngfr tbqqnza unaqwbo ubzb ubaxrl ubbxre ubeal wnpxbss wnc wvfz wvmm xvxr znfgreongr
    znfgheongr zbgureshpxre zhss anmv arteb avttn avttre avttref avccyr betnfz cnxv crpxre cravf
    cvff cvffre cvffvat cynlobl cbbc cbea cbeab cbeabtencul cevpx chffl dhrrs encr encvfg erpghz
    ergneq evzwbo evzzvat fpuybat fpebghz frzra furznyr fuvg fuvgurnq fuvgf fuvggre fuvggvat
    fuvggl fxnax fyhg fyhgf fzhg fbqbzl fcvp fchax grfgvpyr guerrfbzr gvg gvgf gvggvrf gvggl
    gbffre gheq gjng intvan ivoengbe ihyin jnax juber kkk
    """,
        "rot13",
    )
)
"""English words that at least ten public lists have, in ROT13."""

SEPARATORS = ("", " ", ".", "-", "_", "'", "·", " / ", "\u200b", "\u3000")
SUBSTITUTES = {
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
"""Signs that people write for a letter: digits, symbols, accents, letters of other alphabets."""

INNOCENT = words_in(
    """
    Adcock Analiese Arsenault Assunta Atwater Babcock Bassett Benedick Buttermere Cassandra
    Cassius Charlotte Clitheroe Cockburn Cummings Dickens Dickinson Essex Fukuda Fukuoka Hancock
    Hans-Peter Heraclitus Hiscock Hitchcock Ignazio Janus Kinoshita Lautrec Lightwater
    Matsushita Middlesex Montenegro Nazir Nigeria Nishitani Pakistan Penistone Pennistone Phuket
    Pissarro Porntip Sacramento Scunthorpe Shitara Slutskaya Spicer Sturdivant Sussex Swank
    Thorndike Titus Uranus Vandyke Virginia Weatherspoon Yamashita Dick Fanny Gay Jesus Mona
    Pedro Peter Randi Randy Regina Wang Willy
    """
)


@st.composite
def disguises(draw: st.DrawFn) -> str:
    """A common word in any case, with substitutes, stretched letters and separators."""
    separator, parts = draw(st.sampled_from(SEPARATORS)), []
    for letter in draw(st.sampled_from(COMMON)):
        sign = draw(st.sampled_from((letter, letter.upper(), *SUBSTITUTES.get(letter, ""))))
        parts.append(sign * draw(st.sampled_from((1, 1, 1, 3, 4))))
    return separator.join(parts)


def is_ordinary(text: str) -> bool:
    return text.lower() in ORDINARY_NAMES


@settings(max_examples=500)
@given(disguises(), st.sampled_from(("", "Anna ", "van der ")), st.sampled_from(("", " Lee")))
def test_every_disguise_is_blocked(word: str, before: str, after: str) -> None:
    if not is_ordinary(word):
        assert FILTER.matches(before + word + after)


def test_common_words_are_blocked() -> None:
    assert len(COMMON) > 80
    passed = {word for word in COMMON if not FILTER.matches(word.title())}
    assert passed <= ORDINARY_NAMES


@pytest.mark.parametrize("language", [code for code in LANGUAGES.split() if code != "en"])
def test_other_languages_are_blocked(language: str) -> None:
    words = [e.word for e in ENTRIES if language in e.languages.split(",") and len(e.word) >= 3]
    assert len(words) >= 25
    assert not any(map(has_substitutes, words))
    for word in words:
        for text in (word, word.upper(), " ".join(word)):
            assert FILTER.matches(text) or is_ordinary(text), language


def test_worst_words_are_blocked_within_names() -> None:
    exceptions = WHOLE_ONLY | ORDINARY_NAMES
    worst = [word for word in COMMON if len(word) >= 4 and word not in exceptions]
    assert len(worst) > 50
    for word in worst:
        assert FILTER.matches(f"{word.title()}son")
        assert FILTER.matches(f"Van{word.title()}")
        assert FILTER.matches(f"Anna-Ma{word}ella")


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_names_pass(name: str) -> None:
    assert not FILTER.matches(name)
    assert not FILTER.matches(name.upper())
    assert not FILTER.matches(f"{name} Lee")


@pytest.mark.parametrize("pair", ["Chris Lutz", "Max Exner", "Eva Nusser", "Lars Ehrlich"])
def test_words_across_two_names_pass(pair: str) -> None:
    assert not FILTER.matches(pair)


@pytest.mark.parametrize(
    ("corpus", "max_share"), [("names", 0.0005), ("surnames", 0.001), ("dinosaurs", 0)]
)
def test_few_real_names_are_blocked(corpus: str, max_share: float) -> None:
    names = (CORPORA / f"{corpus}.txt").read_text(encoding="utf-8").splitlines()
    assert sum(map(FILTER.matches, names)) <= max_share * len(names)


def test_disguised_ordinary_name_is_blocked() -> None:
    assert not FILTER.matches("Dick")
    assert FILTER.matches("D1ck")
    assert FILTER.matches("D i c k")


def test_innocent_context_covers_only_itself() -> None:
    within = {collapse_repeats(e.word): e.word for e in ENTRIES if e.scope == "within"}
    for letters, contexts in INNOCENT_CONTEXTS.items():
        assert not any(map(FILTER.matches, contexts)), letters
        assert FILTER.matches(f"{contexts[0]}{within[letters]}")


def test_every_exception_is_listed() -> None:
    listed = {entry.word for entry in ENTRIES}
    assert listed >= WHOLE_ONLY
    assert listed >= ORDINARY_NAMES


@pytest.mark.parametrize("name", ["Bozo", "Bozos", "McBozo", "BO-ZO", "b0zzo", "Bózo", "B o z o"])
def test_custom_word_is_blocked_anywhere(name: str) -> None:
    assert not FILTER.matches(name)
    assert FILTER.with_words(("bozo",)).matches(name)
    assert FILTER.with_words(("other",)).with_words(("BOZO ",)).matches(name)


def test_custom_word_can_lack_letters() -> None:
    profanity = FILTER.with_words(("1488", "\N{AUBERGINE}", " ", "", "-"))
    assert profanity.matches("Ann1488")
    assert profanity.matches("\N{AUBERGINE}")
    assert profanity.matches("Anna-Lena")
    assert not profanity.matches("Anna")
    assert not profanity.matches("Abba")


def test_with_words_makes_a_new_filter() -> None:
    FILTER.with_words(("anna",))
    assert not FILTER.matches("Anna")


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_any_text_can_be_checked(name: str, custom_words: list[str]) -> None:
    profanity = FILTER.with_words(tuple(custom_words))
    assert profanity.matches(name) in (True, False)
    if FILTER.matches(name):
        assert profanity.matches(name)


HOSTILE = [
    *("1 ", "1", "a b ", "f u ", "scunthorpe", "gnazi", "ashita", "ab", "a", "k", "K k ", "aab "),
    *("\ufdfa", "a\u0301\u0327", "\u200d", "\u202ea", "\uac00", "\N{AUBERGINE}", "\u0645 "),
]
HOSTILE_FILTER = FILTER.with_words(("bozo", "aab", "aaaaaaab", "abababac", "\u0645\u0645"))


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("".join))
@settings(max_examples=40, deadline=None)
def test_time_grows_in_proportion_to_the_text(part: str) -> None:
    """Counted in lines of Python that run, which is the same on every machine."""
    text = part * (600 // len(part))
    if not HOSTILE_FILTER.matches(text * 2):
        once = _operations(lambda: HOSTILE_FILTER.matches(text))
        assert _operations(lambda: HOSTILE_FILTER.matches(text * 2)) <= 2.5 * once


def _operations(work: Callable[[], object]) -> int:
    """Return how many lines of Python `work` runs."""
    count = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("part", ["a", "ab", "aab", "aaaaaab"])
def test_custom_words_are_found_in_linear_time(part: str) -> None:
    """The regular expression's time, compared within one run."""
    profanity = FILTER.with_words(("a" * 30 + "b" * 30, "abababac"))
    seconds = []
    for size in (50_000, 100_000):
        text = (part * size)[:size]
        seconds.append(min(timeit.repeat(partial(profanity.matches, text), number=1, repeat=5)))
    assert seconds[1] < 3.5 * seconds[0] + 0.01


def test_wordlist_matches_its_digest() -> None:
    lines = (PACKAGE / "wordlist.txt").read_text(encoding="ascii").splitlines()
    words = [line for line in lines if not line.startswith("#")]
    assert f"# sha256 of the lines below: {digest(words)}" in lines


def test_wordlist_is_folded_and_unique() -> None:
    words = [entry.word for entry in ENTRIES]
    assert words == sorted(set(words))
    assert [letters_only(word) for word in words] == words


@pytest.mark.parametrize("source", SOURCES)
def test_licenses_count_the_words(source: str) -> None:
    words = sum(source in entry.sources for entry in ENTRIES)
    only = sum(source == entry.sources for entry in ENTRIES)
    rows = (PACKAGE / "LICENSES.md").read_text(encoding="utf-8").splitlines()
    row = next(row for row in rows if row.startswith(f"| `{source}` |"))
    assert row.endswith(f" | {words:,} | {only:,} |")


def test_every_word_has_a_known_source() -> None:
    assert {source for entry in ENTRIES for source in entry.sources} == set(SOURCES)
