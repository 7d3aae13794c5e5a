"""Patterns: parsed, formatted, and refused with a line that names the part at fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sampling import RequestError
from bot.sampling.pattern import MAX_CHARACTERS, MAX_PARTS, Part, Pattern, parse_pattern

_plain = st.characters(exclude_categories=("Cc", "Cn", "Co", "Cs", "Zl", "Zp"))
_styles = st.text("abcdefgh-_+*123", min_size=1, max_size=6)
_parts = st.lists(_styles, min_size=1, max_size=3).map(lambda styles: Part(tuple(styles)))
_literals = st.text(st.sampled_from("ab{} 'é.|"), min_size=1, max_size=6)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """A pattern in its only form: no two literal texts in a row, no blanks around it."""
    elements: list[str | Part] = []
    for part in draw(st.lists(_parts, min_size=1, max_size=MAX_PARTS)):
        if draw(st.booleans()):
            elements.append(draw(_literals))
        elements.append(part)
    if draw(st.booleans()):
        elements.append(draw(_literals))
    if isinstance(elements[0], str):
        elements[0] = elements[0].lstrip()
    if isinstance(elements[-1], str):
        elements[-1] = elements[-1].rstrip()
    return Pattern(tuple(element for element in elements if element))


@given(patterns())
def test_a_formatted_pattern_parses_to_itself(pattern: Pattern) -> None:
    if len(str(pattern)) <= MAX_CHARACTERS:
        assert parse_pattern(str(pattern)) == pattern


@given(st.one_of(st.text(_plain, max_size=40), st.text("{}|ab ", max_size=40), st.text()))
def test_any_text_is_a_pattern_or_gets_one_line(text: str) -> None:
    parsed: Pattern | RequestError
    try:
        parsed = parse_pattern(text)
    except RequestError as error:
        parsed = error
    if isinstance(parsed, Pattern):
        assert parse_pattern(str(parsed)) == parsed
    else:
        assert len(str(parsed).splitlines()) == 1


def test_literal_text_and_parts() -> None:
    pattern = parse_pattern(" The {colours} { dogs | cats } {{sic}} ")
    parts = Part(("colours",)), Part(("dogs", "cats"))
    assert pattern.elements == ("The ", parts[0], " ", parts[1], " {sic}")
    assert pattern.styles == ("colours", "dogs", "cats")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A pattern needs a style in braces, such as “{elves} of {kingdoms}”. This one has"),
        ("The Fox", "A pattern needs a style in braces"),
        ("{{fauns}}", "A pattern needs a style in braces"),
        ("{fauns} {towns", "The part “{towns” isn't closed."),
        ("fauns} of", "The closing brace after “fauns” has no opening brace."),
        ("{fauns} {}", "The part “{}” lacks the name of a style. Write one, such as “{elves}”."),
        ("{fauns||towns}", "The part “{fauns||towns}” lacks the name of a style."),
        ("{a}" * 9, "A pattern can have at most 8 parts. This one has 9."),
        ("{a}" + "x" * 198, "A pattern can have at most 200 characters. This one has 201."),
        ("{a}\n{b}", "A pattern can't have the character “line break”. Remove it."),
    ],
)
def test_an_error_names_the_part_at_fault(text: str, message: str) -> None:
    with pytest.raises(RequestError) as raised:
        parse_pattern(text)
    assert str(raised.value).startswith(message)
