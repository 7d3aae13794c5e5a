"""What was asked, packed into custom ids and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.components import pack_custom_ids, unpack_custom_ids
from bot.commands.names import NameQuery

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ASKS = st.builds(
    NameQuery,
    asker=st.integers(0, 2**64 - 1),
    style=TEXTS,
    prefix=TEXTS,
    suffix=TEXTS,
    contains=TEXTS,
    count=st.integers(1, 25),
    temperature=st.floats(0.1, 2.0),
    least=st.integers(0, 10**6),
    most=st.none() | st.integers(1, 10**6),
    new_only=st.booleans(),
    seed=st.integers(0, 2**53 - 1),
)


@given(ASKS, st.integers(1, 4), st.integers(50, 100))
def test_what_was_asked_is_packed_and_unpacked_or_does_not_fit(
    asked: NameQuery, parts: int, room: int
) -> None:
    packed = pack_custom_ids(asked, parts, room)
    if packed is not None:
        assert len(packed) == parts
        assert all(len(part) <= room for part in packed)
        assert unpack_custom_ids(NameQuery, packed) == asked


@given(st.lists(st.text(max_size=100) | st.from_regex(r"[\w-]*", fullmatch=True), max_size=4))
def test_no_text_in_custom_ids_does_harm(parts: list[str]) -> None:
    with pytest.raises(ValueError, match="no request is written as"):
        unpack_custom_ids(NameQuery, parts)


def test_an_ordinary_request_fits_its_buttons() -> None:
    asked = NameQuery(
        2**63, "surnames", "New Amster", "dam", "ste", 25, 1.25, 5, 20, True, 2**53 - 1
    )
    assert pack_custom_ids(asked, 3, 83)
