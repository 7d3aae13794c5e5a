"""Answers and their Markdown: names are inert, and can be read back from the message."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answer_formats import names_answer
from bot.commands.markdown import (
    escape_markdown,
    format_name,
    format_names,
    inline_code,
    parse_name,
    parse_names,
)
from bot.loopback import Loopback

from ..artifacts import write_artifact
from ..conftest import RunBot, footer_of, names_in, no_bot, send

PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
SYNTAX = st.text(r"\`*_~|<>[]():#@-+.1a/", min_size=1)
NAMES = st.lists(PRINTABLE | SYNTAX, min_size=1, max_size=25, unique=True)

HOSTILE = [
    "@everyone",
    "**bold**",
    "_italic_",
    "<@1>",
    "<#1>",
    "<t:0:R>",
    "https://a.example",
    "[a](https://a.example)",
    "```",
    "`x`",
    "# big",
    "-# small",
    "- item",
    "1. item",
    "> quote",
    "||no||",
    "a\\*b",
]


@given(NAMES, st.sets(st.integers(0, 24)))
def test_lists_can_be_parsed(names: list[str], indices: set[int]) -> None:
    known = {name for index, name in enumerate(names) if index in indices}
    assert parse_names(format_names(names, known)) == names


@given(PRINTABLE | SYNTAX)
def test_single_names_can_be_parsed(name: str) -> None:
    assert parse_name(format_name(name)) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_syntax_is_escaped(name: str) -> None:
    """In an embed by backslashes, in a message by code."""
    escaped = escape_markdown(name)
    for mark in "*_~|`<>[]()#@":
        assert escaped.count(mark) == escaped.count(f"\\{mark}")
    assert "s://" not in escaped
    assert not escaped.startswith(("-", "+", "1. "))
    text = format_name(name)
    assert text[0] == text[-1] == "`"


@pytest.mark.parametrize("name", ["Anna", "Jean-Luc", "O'Neil", "St. John", "Žofie", "李 白"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert escape_markdown(name) == format_name(name) == name


@given(st.text())
def test_code_cannot_be_closed_by_text(text: str) -> None:
    code = inline_code(text)
    assert code.count("`") == 2
    assert code[0] == code[-1] == "`"
    assert "\n" not in code
    assert 3 <= len(code) <= 202


@given(NAMES, st.text())
def test_answers_fit_discords_limits(names: list[str], title: str) -> None:
    answer = names_answer(names, title, ["seed 9007199254740991"], names)
    if answer.embed:
        assert len(answer.embed) <= 6000
        assert len(answer.embed.description or "") <= 4096
        assert len(answer.embed.title or "") <= 256
    else:
        assert 1 <= len(answer.content or "") <= 2000


@no_bot
@pytest.mark.usefixtures("bot")
async def test_hostile_names_mention_nobody(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "hostile.onnx", HOSTILE)
    async with run_bot(discord, names={"style": str(style), "count": 25, "new_only": False}):
        for _ in range(5):
            answer = await send(discord, "!name")
            assert not answer.mention_everyone
            assert len(names_in(answer)) == 25
            single = await send(discord, "!name 1")
            assert not single.mention_everyone
            assert not single.embeds
        error = await send(discord, "!name @everyone?")
        assert not error.mention_everyone


@no_bot
@pytest.mark.usefixtures("bot")
async def test_long_lists_are_a_file(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 25 seed:5")
        assert footer_of(answer).startswith("seed 5")
        assert all(len(name) == 100 for name in names_in(answer)[:5])
        (file,) = answer.attachments
        assert file.filename == "names.txt"
        names = file.data.decode().splitlines()
        assert len(names) == 25
        assert all(name.startswith("abab") for name in names)
