"""Every character is ordinary text. The start and end tokens are not characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.batches import END, START, Vocabulary, VocabularyError


@given(st.lists(st.text(min_size=1), min_size=1))
def test_decode_reverses_encode(samples: list[str]) -> None:
    vocabulary = Vocabulary.from_samples(samples)
    for sample in samples:
        ids = vocabulary.encode(sample)
        assert not {START, END} & set(ids)
        assert vocabulary.decode([*ids, END]) == sample


def test_ids_are_in_code_point_order() -> None:
    vocabulary = Vocabulary.from_samples(["b a", "#=", "é<"])
    assert vocabulary.tokens == ("<start>", "<end>", " ", "#", "<", "=", "a", "b", "é")
    assert len(vocabulary) == 9


def test_decode_stops_at_the_end_token() -> None:
    vocabulary = Vocabulary.from_samples(["ab"])
    assert vocabulary.decode([2, END, 3]) == "a"


def test_unknown_character_is_named() -> None:
    with pytest.raises(VocabularyError, match="The character 'ö' in 'Jörg' isn't in"):
        Vocabulary.from_samples(["Jorg"]).encode("Jörg")
