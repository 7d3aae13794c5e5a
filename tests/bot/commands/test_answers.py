"""How names are shown: inert, and so that they can be read back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answers import names_answer
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
from ..conftest import RunBot, names_in, no_bot, send

ANYTHING = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
MARKS = st.text(r"\`*_~|<>[]():#@-+.1a/", min_size=1)
NAMES = st.lists(ANYTHING | MARKS, min_size=1, max_size=25, unique=True)

HOSTILE = [
    "@everyone",
    "**bold**",
    "_slanted_",
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
    "> said",
    "||no||",
    "a\\*b",
]


@given(NAMES, st.sets(st.integers(0, 24)))
def test_names_shown_are_read_back_whatever_they_hold(names: list[str], which: set[int]) -> None:
    known = {name for place, name in enumerate(names) if place in which}
    assert parse_names(format_names(names, known)) == names


@given(ANYTHING | MARKS)
def test_a_name_alone_is_read_back_whatever_it_holds(name: str) -> None:
    assert parse_name(format_name(name)) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_could_act_is_escaped_in_an_embed_and_code_in_a_text(name: str) -> None:
    shown_text = escape_markdown(name)
    for mark in "*_~|`<>[]()#@":
        assert shown_text.count(mark) == shown_text.count(f"\\{mark}")
    assert "s://" not in shown_text
    assert not shown_text.startswith(("-", "+", "1. "))
    text = format_name(name)
    assert text[0] == text[-1] == "`"


@pytest.mark.parametrize("name", ["Anna", "Jean-Luc", "O'Neil", "St. John", "Žofie", "李 白"])
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert escape_markdown(name) == format_name(name) == name


@given(st.text())
def test_quoted_text_cannot_leave_its_quotes(text: str) -> None:
    inside = inline_code(text)
    assert inside.count("`") == 2
    assert inside[0] == inside[-1] == "`"
    assert "\n" not in inside
    assert 3 <= len(inside) <= 202


@given(NAMES, st.text())
def test_no_answer_is_longer_than_discord_takes(names: list[str], title: str) -> None:
    answer = names_answer(names, title, ["seed 9007199254740991"], names)
    if answer.embed:
        assert len(answer.embed) <= 6000
        assert len(answer.embed.description or "") <= 4096
        assert len(answer.embed.title or "") <= 256
    else:
        assert 1 <= len(answer.content or "") <= 2000


@no_bot
@pytest.mark.usefixtures("bot")
async def test_nothing_in_a_name_can_act(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "hostile.onnx", HOSTILE)
    async with run_bot(discord, names={"style": str(style), "count": 25}):
        for _ in range(5):
            answer = await send(discord, "!name")
            assert not answer.mention_everyone
            assert len(names_in(answer)) == 25
            alone = await send(discord, "!name 1")
            assert not alone.mention_everyone
            assert not alone.embeds
        refusal = await send(discord, "!name @everyone?")
        assert not refusal.mention_everyone


@no_bot
@pytest.mark.usefixtures("bot")
async def test_names_too_long_for_an_embed_come_as_a_file(
    discord: Loopback, run_bot: RunBot, tmp_path: Path
) -> None:
    style = write_artifact(tmp_path / "long.onnx", ["ab" * 300, "cd" * 300])
    async with run_bot(discord, names={"style": str(style)}):
        answer = await send(discord, "!name abab 25 seed:5")
        assert answer.content.startswith("25 names, seed 5")
        (file,) = answer.attachments
        assert file.filename == "names.txt"
        names = file.data.decode().splitlines()
        assert len(names) == 25
        assert all(name.startswith("abab") for name in names)
