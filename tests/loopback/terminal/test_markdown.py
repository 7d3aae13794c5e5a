"""Discord Markdown parsed to spans."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback.terminal.markdown import Span, parse, plain_text


def format_mention(kind: str, number: int) -> str:
    return f"{kind}{number}"


def spans(text: str) -> list[list[tuple[str, str]]]:
    """Return each line's spans, as (text, styles) pairs."""
    return [
        [(s.text, " ".join(sorted(s.styles))) for s in line] for line in parse(text, format_mention)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_line(text: str, expected: list[tuple[str, str]]) -> None:
    if "99999999999" in text:
        assert re.fullmatch(r"invalid date|\d\d \w+ \d{4} \d\d:\d\d", spans(text)[0][0][0])
    else:
        assert spans(text) == [expected]


def test_bold_spans_lines() -> None:
    assert spans("**a\nb** c") == [[("a", "bold")], [("b", "bold"), (" c", "")]]


def test_code_block_is_literal() -> None:
    assert spans("a\n```py\n**b**\n\nc```\nd") == [
        [("a", "")],
        [("**b**", "code")],
        [("", "code")],
        [("c", "code")],
        [("d", "")],
    ]


def test_relative_timestamp() -> None:
    assert re.fullmatch(r"\d+ years ago", spans("<t:0:R>")[0][0][0])


def test_plain_inline_code_keeps_backticks() -> None:
    assert [plain_text(line) for line in parse("say `a` now\n`b`", format_mention)] == [
        "say `a` now",
        "b",
    ]


@pytest.mark.parametrize("text", ["", "\n", "a\n\nb", " a ", "\n\na"])
def test_text_without_markup_is_unchanged(text: str) -> None:
    assert "\n".join(plain_text(line) for line in parse(text, format_mention)) == text


MARKERS = st.sampled_from([*"*_~|`<>#@[]()\\-\n ", "**", "```", "<t:1:R>", "](http://a)", "a"])
MARKUP = st.lists(MARKERS | st.text(max_size=3), max_size=30).map("".join)


@given(MARKUP)
def test_spans_have_no_line_breaks(text: str) -> None:
    for line in parse(text, format_mention):
        assert all(isinstance(span, Span) and "\n" not in span.text for span in line)


@given(st.text(st.characters(categories=("L", "Nd")), max_size=60))
def test_letters_are_preserved(text: str) -> None:
    assert (
        "\n".join(plain_text(line) for line in parse(f"**{text}**" if text else "", format_mention))
        == text
    )


@pytest.mark.parametrize("mark", ["*", "_", "**", "||", "`", "[", "\\", "<", "```", "> "])
def test_many_markers_parse_quickly(mark: str) -> None:
    parse((mark * 4000)[:4000], format_mention)
    parse((mark + "a ") * (4000 // (len(mark) + 2)), format_mention)
