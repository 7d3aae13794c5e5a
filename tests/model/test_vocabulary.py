"""Every character is text; start and end are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.vocabulary import END, START, Vocabulary, VocabularyError


@given(st.lists(st.text(min_size=1), min_size=1))
def test_what_is_encoded_decodes_to_the_same(samples: list[str]) -> None:
    vocabulary = Vocabulary.of(samples)
    for sample in samples:
        ids = vocabulary.encode(sample)
        assert not {START, END} & set(ids)
        assert vocabulary.decode([*ids, END]) == sample


def test_ids_follow_start_and_end_in_code_point_order() -> None:
    vocabulary = Vocabulary.of(["b a", "#=", "é<"])
    assert vocabulary.tokens == ("<start>", "<end>", " ", "#", "<", "=", "a", "b", "é")
    assert len(vocabulary) == 9


def test_decoding_stops_at_the_first_end() -> None:
    vocabulary = Vocabulary.of(["ab"])
    assert vocabulary.decode([2, END, 3]) == "a"


def test_a_character_never_learnt_is_named() -> None:
    with pytest.raises(VocabularyError, match="the character 'ö' of 'Jörg' is not in"):
        Vocabulary.of(["Jorg"]).encode("Jörg")
