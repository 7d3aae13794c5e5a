"""Discord's Markdown, as the terminal chat reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback.terminal.markdown import Span, parse, plain_text


def named(kind: str, number: int) -> str:
    return f"{kind}{number}"


def looks(text: str) -> list[list[tuple[str, str]]]:
    """Return the lines of a text: each piece, and how it looks."""
    return [[(s.text, " ".join(sorted(s.styles))) for s in line] for line in parse(text, named)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a", [("a", "")]),
        ("**a**", [("a", "bold")]),
        ("*a*", [("a", "italic")]),
        ("_a_", [("a", "italic")]),
        ("__a__", [("a", "underline")]),
        ("~~a~~", [("a", "strike")]),
        ("||a||", [("a", "spoiler")]),
        ("`a`", [("a", "code")]),
        ("``a`b``", [("a`b", "code")]),
        ("***a***", [("a", "bold italic")]),
        ("**a _b_**", [("a ", "bold"), ("b", "bold italic")]),
        ("a_b_c", [("a_b_c", "")]),
        ("2 * 3 * 4", [("2 * 3 * 4", "")]),
        ("`**a**`", [("**a**", "code")]),
        (r"\*a\*", [("*", ""), ("a", ""), ("*", "")]),
        ("**a", [("**a", "")]),
        ("# a", [("a", "heading")]),
        ("-# a", [("a", "small")]),
        ("> a", [("│ ", ""), ("a", "")]),
        ("- a", [("• ", ""), ("a", "")]),
        ("[a](https://b.c)", [("a", "underline"), (" (https://b.c)", "")]),
        ("<https://a_b_c.d>", [("https://a_b_c.d", "")]),
        ("https://a_b_c.d", [("https://a_b_c.d", "")]),
        ("<@1> <@!2> <@&3> <#4>", [("@1", "bold"), (" ", ""), ("@2", "bold"), (" ", ""),
                                   ("@&3", "bold"), (" ", ""), ("#4", "bold")]),
        ("</name:5>", [("/name", "")]),
        ("<:elf:6>", [(":elf:", "")]),
        ("<t:99999999999>", [("invalid date", "")]),
    ],
)  # fmt: skip
def test_a_line_looks_as_on_discord(text: str, pieces: list[tuple[str, str]]) -> None:
    if "99999999999" in text:
        assert re.fullmatch(r"invalid date|\d\d \w+ \d{4} \d\d:\d\d", looks(text)[0][0][0])
    else:
        assert looks(text) == [pieces]


def test_emphasis_goes_on_to_the_next_line() -> None:
    assert looks("**a\nb** c") == [[("a", "bold")], [("b", "bold"), (" c", "")]]


def test_a_block_of_code_is_shown_as_it_is() -> None:
    assert looks("a\n```py\n**b**\n\nc```\nd") == [
        [("a", "")],
        [("**b**", "code")],
        [("", "code")],
        [("c", "code")],
        [("d", "")],
    ]


def test_a_moment_can_be_told_from_now() -> None:
    assert re.fullmatch(r"\d+ years ago", looks("<t:0:R>")[0][0][0])


def test_code_within_a_line_keeps_its_marks_as_plain_text() -> None:
    assert [plain_text(line) for line in parse("say `a` now\n`b`", named)] == ["say `a` now", "b"]


@pytest.mark.parametrize("text", ["", "\n", "a\n\nb", " a ", "\n\na"])
def test_what_has_no_marks_is_shown_as_it_is(text: str) -> None:
    assert "\n".join(plain_text(line) for line in parse(text, named)) == text


MARKS = st.sampled_from([*"*_~|`<>#@[]()\\-\n ", "**", "```", "<t:1:R>", "](http://a)", "a"])
MARKED = st.lists(MARKS | st.text(max_size=3), max_size=30).map("".join)


@given(MARKED)
def test_any_text_is_read_as_lines_without_line_ends(text: str) -> None:
    for line in parse(text, named):
        assert all(isinstance(span, Span) and "\n" not in span.text for span in line)


@given(st.text(st.characters(categories=("L", "Nd")), max_size=60))
def test_letters_are_never_lost(text: str) -> None:
    assert (
        "\n".join(plain_text(line) for line in parse(f"**{text}**" if text else "", named)) == text
    )


@pytest.mark.parametrize("mark", ["*", "_", "**", "||", "`", "[", "\\", "<", "```", "> "])
def test_thousands_of_marks_are_read_at_once(mark: str) -> None:
    parse((mark * 4000)[:4000], named)
    parse((mark + "a ") * (4000 // (len(mark) + 2)), named)
