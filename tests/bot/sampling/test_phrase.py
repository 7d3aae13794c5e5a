"""Phrases: lists in words, in every language."""

import pytest

from bot.sampling import AnyOf, Phrase
from bot.sampling.phrase import Value

JAPANESE = {
    "Try {}.": "{}を試す。",
    ", ": "、",
    "{} and {}": "{}と{}",
    "{} or {}": "{}か{}",
}


@pytest.mark.parametrize(
    ("value", "english", "japanese"),
    [
        (("a",), "Try “a”.", "“a”を試す。"),
        (("a", 2), "Try “a” and 2.", "“a”と2を試す。"),
        (("a", "b", "c"), "Try “a”, “b” and “c”.", "“a”、“b”と“c”を試す。"),
        (AnyOf("a"), "Try “a”.", "“a”を試す。"),
        (AnyOf("abc"), "Try “a”, “b” or “c”.", "“a”、“b”か“c”を試す。"),
    ],
)
def test_lists(value: Value, english: str, japanese: str) -> None:
    phrase = Phrase("Try {}.", value)
    assert phrase.render(lambda text: f"“{text}”") == english
    assert phrase.render(lambda text: f"“{text}”", lambda text: JAPANESE[text]) == japanese
