"""Choices of select menus in the terminal: what a number or a letter chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback.payloads.components import STRING_SELECT
from bot.loopback.state.encoding import Json
from bot.loopback.terminal.components import describe_choices, parse_choices, require_count


def menu(*labels: str, **fields: int) -> Json:
    """Return a select menu whose values are `v0`, `v1` and so on."""
    options = [{"label": label, "value": f"v{n}"} for n, label in enumerate(labels)]
    return {"type": STRING_SELECT, "options": options} | fields


def test_numbers_are_told_apart_from_labels() -> None:
    assert describe_choices(menu("Default", "10 names")) == "1) Default  2) 10 names"
    assert describe_choices(menu("Default", "1", "2")) == "a) Default  b) 1  c) 2"


def test_label_that_is_a_number_is_chosen_by_it() -> None:
    numbers = menu("Default", "1", "2", "10")
    assert [parse_choices(numbers, text) for text in ("1", "2", "10", "a", "D")] == [
        ["v1"],
        ["v2"],
        ["v3"],
        ["v0"],
        ["v3"],
    ]
    with pytest.raises(ValueError, match=r"'3' isn't a choice. Choose from a\) Default  b\) 1"):
        parse_choices(numbers, "3")


LABELS = st.lists(
    st.one_of(st.integers(1, 30).map(str), st.sampled_from(["Default", "Elf", "5 names"])),
    min_size=1,
    max_size=25,
    unique=True,
)


@given(LABELS)
def test_each_shown_key_chooses_its_option(labels: list[str]) -> None:
    data = menu(*labels)
    shown = [part.partition(") ") for part in describe_choices(data).split("  ")]
    assert [label for _, _, label in shown] == labels
    for index, (key, _, label) in enumerate(shown):
        assert parse_choices(data, key) == [f"v{index}"]
        assert parse_choices(data, label) == [f"v{index}"]


def test_wrong_count_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Choose 1, not 0\.$"):
        require_count(menu("a"), [])
    with pytest.raises(ValueError, match=r"^Style: choose 1 to 2, not 3\.$"):
        require_count(menu("a", "b", "c", max_values=2), ["a", "b", "c"], "Style: ")
