"""Mixes as text: parsed, formatted, and refused with one line that names the part at fault."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.library.mix_text import (
    MAX_STYLES,
    WeightedStyle,
    format_mix,
    is_mix,
    parse_mix,
    split_last_style,
)
from bot.sampling import RequestError

STYLES = st.text("abcdefghij0123456789-_é", min_size=1, max_size=20)
WEIGHTS = st.integers(1, 10_000).map(lambda hundredths: hundredths / 100)
MIXES = st.lists(
    st.builds(WeightedStyle, STYLES, WEIGHTS),
    min_size=2,
    max_size=MAX_STYLES,
    unique_by=lambda part: part.style.casefold(),
)


@given(MIXES)
def test_formatted_mix_is_parsed_again(parts: list[WeightedStyle]) -> None:
    text = format_mix(parts)
    assert is_mix(text)
    assert parse_mix(text) == parts
    assert parse_mix(text.replace("+", " + ").replace("*", " * ")) == parts


def parse_or_refuse(text: str) -> tuple[list[WeightedStyle], str]:
    """Return the parts, or the message."""
    try:
        return parse_mix(text), ""
    except RequestError as error:
        return [], error.phrase.template


@given(st.text() | st.text("ab+* 019.-", max_size=250))
@example("+" * 100_000)
@example("a" * 100_000 + "+*")
@example("a*" + "9" * 150 + "+b")
def test_any_text_is_a_mix_or_one_line(text: str) -> None:
    started = time.thread_time()
    parts, message = parse_or_refuse(text)
    assert time.thread_time() - started < 0.1
    assert bool(parts) != bool(message)
    assert len(message) < 500
    assert not set(message) & set("\n\r")
    if parts:
        assert parse_mix(format_mix(parts)) == parts
        assert 2 <= len(parts) <= MAX_STYLES
        assert all(0 < part.weight <= 100 for part in parts)


def test_weights_are_whole_or_decimal() -> None:
    assert parse_mix("a*2+b") == [WeightedStyle("a", 2), WeightedStyle("b")]
    assert parse_mix(" A * 0.5 + b*100 ") == [WeightedStyle("A", 0.5), WeightedStyle("b", 100)]
    assert format_mix([WeightedStyle("a", 1), WeightedStyle("b", 2.5)]) == "a+b*2.5"
    assert not is_mix("new-york")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("norse+", "A style is missing in “norse+”."),
        ("+norse", "A style is missing in “+norse”."),
        ("norse+*2", "A style is missing in “norse+*2”."),
        ("norse*2", "A mix has at least two styles, and “norse*2” is one."),
        ("a+b+c+d+fauns+f", "A mix has at most 4 styles, and “fauns” is one more."),
        ("norse+Norse*2", "“Norse” is in the mix twice."),
        ("norse*0+towns", "The weight of “norse” can't be “0”."),
        ("norse+towns*-1", "The weight of “towns” can't be “-1”."),
        ("norse*two+towns", "The weight of “norse” can't be “two”."),
        ("norse*101+towns", "The weight of “norse” can't be “101”."),
        ("norse*1e3+towns", "The weight of “norse” can't be “1e3”."),
        ("norse*nan+towns", "The weight of “norse” can't be “nan”."),
        ("norse*٣+towns", "The weight of “norse” can't be “٣”."),
        ("norse*+towns", "The weight of “norse” is missing."),
        ("norse*2*3+towns", "The weight of “norse” can't be “2*3”."),
        (f"norse+{'x' * 200}", "A mix of styles has at most 200 characters."),
    ],
)
def test_error_names_the_part_at_fault(text: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_mix(text)
    assert str(refused.value).startswith(message)


def test_last_style_is_split_off() -> None:
    assert split_last_style("norse*2+to") == ("norse*2+", "to")
    assert split_last_style("a+b+") == ("a+b+", "")
    assert split_last_style("nor") == ("", "nor")
