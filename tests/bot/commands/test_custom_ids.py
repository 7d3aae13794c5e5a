"""Custom ids: queries are encoded in them and decoded again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.blend import BlendQuery
from bot.commands.errors import UserError
from bot.commands.names import NameQuery

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
QUERIES = st.builds(
    NameQuery,
    user_id=st.integers(0, 2**63 - 1),
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
    custom_ids = query.pack(parts, max_size)
    if custom_ids is not None:
        assert len(custom_ids) == parts
        assert all(len(custom_id) <= max_size for custom_id in custom_ids)
        assert NameQuery.unpack(custom_ids) == query


@given(st.lists(st.text(max_size=100) | st.from_regex(r"[\w-]*", fullmatch=True), max_size=4))
def test_invalid_text_is_rejected(parts: list[str]) -> None:
    for kind in (NameQuery, BlendQuery):
        with pytest.raises(UserError, match=r"^This button has expired\. Run the command again\.$"):
            kind.unpack(parts)


@pytest.mark.parametrize(
    ("custom_ids", "new_only"),
    [
        (["WzUsIm5hbWVzIiwiQW5u", "IiwiIiwiIiw1LDAuNSww", "LG51bGwsZmFsc2UsN10"], False),
        (["WzUsIm5hbWVzIiwiQW5u", "IiwiIiwiIiw1LDAuNSww", "LG51bGwsdHJ1ZSw3XQ"], True),
    ],
)
def test_sent_buttons_keep_their_meaning(custom_ids: list[str], new_only: bool) -> None:
    query = NameQuery(5, "names", "Ann", "", "", 5, 0.5, 0, None, new_only, 7)
    assert NameQuery.unpack(custom_ids) == query
    assert query.pack(3, 83) == custom_ids


def test_sent_blend_buttons_show_names_of_the_list() -> None:
    query = BlendQuery.unpack(["WzUsIm5hbWVzIiwiTWFyaW5hIiwiSXNhYmVsbGEiLDVd"])
    assert query == BlendQuery(5, "names", "Marina", "Isabella", 5, new_only=False)


@given(
    st.builds(
        BlendQuery,
        user_id=st.integers(0, 2**63 - 1),
        style=TEXTS,
        first=TEXTS,
        second=TEXTS,
        count=st.integers(1, 25),
        new_only=st.booleans(),
        third=TEXTS,
        drawn_style=TEXTS,
    )
)
def test_blend_queries_can_be_decoded(query: BlendQuery) -> None:
    custom_ids = query.pack(2, 1000)
    assert custom_ids
    assert BlendQuery.unpack(custom_ids) == query


def test_defaults_take_no_room() -> None:
    query = BlendQuery(5, "names", "Marina", "Isabella", 5)
    assert query.pack(1, 44) == ["WzUsIm5hbWVzIiwiTWFyaW5hIiwiSXNhYmVsbGEiLDVd"]


def test_typical_query_fits() -> None:
    query = NameQuery(
        2**63, "surnames", "New Amster", "dam", "ste", 25, 1.25, 5, 20, True, 2**53 - 1
    )
    assert query.pack(3, 83)
