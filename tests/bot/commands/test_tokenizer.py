"""The tokenizer of text commands: quotes, apostrophes and dashes as phones type them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.tokenizer import fold_signs, join_tokens, tokenize

PAIRS = (
    *('""', "“”", "„“", "„”", "””", "‘’", "''", "‚‘", "«»", "»«", "‹›", "›‹"),
    *("「」", "『』", "｢｣", "＂＂", "《》", "〝〞"),
)
APOSTROPHES = "'’‘´`ʼ"
WORDS = st.text(st.sampled_from("abzOÉß"), min_size=1, max_size=6)


def values(text: str) -> list[str]:
    return [token.value for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O’Brien MacDonald", ["O'Brien", "MacDonald"]),
        ("O´B O`B ’Tis Jes’ rock ’n’ roll", ["O'B", "O'B", "'Tis", "Jes'", "rock", "'n'", "roll"]),
        ("'Tis Jes' 'n' x", ["'Tis", "Jes'", "'n'", "x"]),
        ("‘Tis late’", ["'Tis", "late'"]),
        ("d’Artagnan l’Hermitte", ["d'Artagnan", "l'Hermitte"]),
        ("Jean‑Luc – −8 5—8", ["Jean-Luc", "-", "-8", "5-8"]),
        ("New\u00a0York\u3000a\u202fb\tc", ["New", "York", "a", "b", "c"]),
        ('Tr "New York" x', ["Tr", "New York", "x"]),
        ("'O'Brien' ‘O’Brien’", ["O'Brien", "O’Brien"]),
        ('"O\'Brien and" x', ["O'Brien and", "x"]),
        ('"a "b c', ['"a', '"b', "c"]),
        ("“a b", ["“a", "b"]),
        ('a"b c"d', ['a"b', 'c"d']),
        ('"a b”', ["a b"]),
        ("“a b“ c", ["a b", "c"]),
        (r'"a \"b\" c" d', ['a "b" c', "d"]),
        (r'"a\"', ["a\\"]),
        ('"" x', ["", "x"]),
        ("``", ["``"]),
        ("`Tr` 5", ["Tr", "5"]),
        ('"First names"+Elves x', ['"First names"+Elves', "x"]),
        ('style:"First names" x', ['style:"First names"', "x"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize("pair", PAIRS)
@given(st.text())
def test_quoted_text_survives(pair: str, text: str) -> None:
    opening, closing = pair[0], pair[1]
    text = text.replace(closing, "").replace("\\", "")
    if opening in "'‘" and not text:
        return
    if opening in "'‘" and fold_signs(f"'{text}").casefold().startswith(("'t", "'e", "'n", "'c")):
        return  # 'tis, 'em, 'n', 'cause
    if opening in "'‘" and text.casefold().startswith(("round", "bout")):
        return
    assert values(f"a {opening}{text}{closing} 3") == ["a", text, "3"]


@given(st.text())
def test_no_character_is_lost(text: str) -> None:
    kept = "".join("".join(token.text for token in tokenize(text)).split())
    assert kept == "".join(text.split())


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), st.data())
def test_apostrophes_are_equal(words: list[tuple[str, str]], data: st.DataObject) -> None:
    """Inside words; whichever of them a keyboard has."""
    plain = " ".join("'".join(pair) for pair in words)
    typed = " ".join(data.draw(st.sampled_from(APOSTROPHES)).join(pair) for pair in words)
    assert values(typed) == values(plain) == plain.split(" ")


@given(st.text(st.sampled_from("'’‘“”„\"« »ab:=+\\")))
def test_joined_words_are_the_text(text: str) -> None:
    tokens = tokenize(text)
    if len(tokens) > 1:
        assert join_tokens(tokens) == " ".join(fold_signs(token.text) for token in tokens)


@pytest.mark.parametrize("piece", ['"a ', "'a ", "„“ ", "a:", 'a:"', "«", '\\" ', "‘a’b "])
def test_time_is_linear(piece: str) -> None:
    def seconds(count: int) -> float:
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            tokenize(piece * count)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(16_000) < 16 * 4 * max(seconds(1_000), 1e-4)
