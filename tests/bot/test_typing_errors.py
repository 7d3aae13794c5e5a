"""Typing errors: their number, and the nearest word."""

from hypothesis import given
from hypothesis import strategies as st

from bot.typing_errors import nearest_word, typing_errors


def all_cells(text: str, word: str) -> int:
    """Return the fewest errors, from the whole table of Damerau's distance."""
    table = {(i, 0): i for i in range(len(text) + 1)} | {(0, j): j for j in range(len(word) + 1)}
    for i, letter in enumerate(text, 1):
        for j, expected in enumerate(word, 1):
            cost = min(table[i - 1, j] + 1, table[i, j - 1] + 1)
            cost = min(cost, table[i - 1, j - 1] + (letter != expected))
            if i > 1 and j > 1 and letter == word[j - 2] and text[i - 2] == expected:
                cost = min(cost, table[i - 2, j - 2] + 1)
            table[i, j] = cost
    return min(table[len(text), j] for j in range(len(word) + 1))


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(0, 4))
def test_typing_errors_agree_with_the_definition(text: str, word: str, limit: int) -> None:
    assert typing_errors(text, word, limit) == min(all_cells(text, word), limit + 1)


@given(st.text("abcdef", min_size=4, max_size=8), st.data())
def test_one_typing_error_is_one(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    kind = data.draw(st.sampled_from(["drop", "add", "change", "swap"]))
    typed = {
        "drop": word[:at] + word[at + 1 :],
        "add": f"{word[:at]}x{word[at:]}",
        "change": f"{word[:at]}x{word[at + 1 :]}",
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }[kind]
    assert typing_errors(typed, word, 1) <= 1


@given(st.text("abc", max_size=6), st.lists(st.text("abc", max_size=6)), st.integers(0, 3))
def test_nearest_word_is_the_first_with_the_fewest_errors(
    text: str, words: list[str], limit: int
) -> None:
    counts = [(all_cells(text, word), word) for word in words]
    best = min(counts, key=lambda each: each[0], default=(limit + 1, ""))
    assert nearest_word(text, words, limit) == (best if best[0] <= limit else None)
