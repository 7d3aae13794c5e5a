"""Custom ids: queries are encoded in them and decoded again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.base import pack_custom_ids, unpack_custom_ids
from bot.commands.names import NameQuery

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
QUERIES = st.builds(
    NameQuery,
    user_id=st.integers(0, 2**64 - 1),
    style=TEXTS,
    prefix=TEXTS,
    suffix=TEXTS,
    contains=TEXTS,
    count=st.integers(1, 25),
    temperature=st.floats(0.1, 2.0),
    min_length=st.integers(0, 10**6),
    max_length=st.none() | st.integers(1, 10**6),
    new_only=st.booleans(),
    seed=st.integers(0, 2**53 - 1),
)


@given(QUERIES, st.integers(1, 4), st.integers(50, 100))
def test_queries_can_be_decoded(query: NameQuery, parts: int, max_size: int) -> None:
    custom_ids = pack_custom_ids(query, parts, max_size)
    if custom_ids is not None:
        assert len(custom_ids) == parts
        assert all(len(custom_id) <= max_size for custom_id in custom_ids)
        assert unpack_custom_ids(NameQuery, custom_ids) == query


@given(st.lists(st.text(max_size=100) | st.from_regex(r"[\w-]*", fullmatch=True), max_size=4))
def test_invalid_text_is_rejected(parts: list[str]) -> None:
    with pytest.raises(ValueError, match="does not encode a NameQuery"):
        unpack_custom_ids(NameQuery, parts)


def test_typical_query_fits() -> None:
    query = NameQuery(
        2**63, "surnames", "New Amster", "dam", "ste", 25, 1.25, 5, 20, True, 2**53 - 1
    )
    assert pack_custom_ids(query, 3, 83)
