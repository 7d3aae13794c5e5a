"""The options of `/name`, in text and slash commands: equal meanings, equal errors."""

import contextlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.errors import InvalidOptionError
from bot.commands.options import LengthRange, NameOptions, parse_length_range
from bot.loopback import Loopback

from ..artifacts import write_artifact
from ..conftest import RunBot, footer_of, invoke, italic_names, names_in, send

uses_bot = pytest.mark.usefixtures("bot")


@uses_bot
async def test_count_follows_the_prefix(discord: Loopback) -> None:
    assert len(names_in(await send(discord, "!NAME A 25"))) == 25


@uses_bot
async def test_text_takes_all_options(discord: Loopback) -> None:
    text = "!name Ma 4 ends:a has:r LENGTH:5-7 Temperature:1.2 new:yes"
    answer = await send(discord, text)
    names = names_in(answer)
    assert len(names) == 4
    for name in names:
        assert name.startswith("Ma")
        assert name.endswith("a")
        assert "r" in name
        assert 5 <= len(name) <= 7
    assert italic_names(answer) == []
    assert "temperature 1.2" in footer_of(answer)
    assert "length 5\N{EN DASH}7" in footer_of(answer)


@uses_bot
async def test_slash_takes_all_options(discord: Loopback) -> None:
    options = {"prefix": "Ma", "count": 4, "suffix": "a", "contains": "r", "length": "5-7"}
    options |= {"style": "names", "temperature": 1.2, "new": True, "seed": 3}
    by_slash = await invoke(discord, "name", options)
    text = "!name Ma 4 ends:a has:r length:5-7 style:NAMES temperature:1.2 new:yes seed:3"
    assert names_in(await send(discord, text)) == names_in(by_slash)
    error = await invoke(discord, "name", {"length": "8-5"})
    assert error.ephemeral
    assert error.content.startswith("length: no name has the length `8-5`. Give the shorter")
    assert "Usage" not in error.content


async def test_prefix_can_be_any_text(discord: Loopback, run_bot: RunBot, tmp_path: Path) -> None:
    samples = ["New York", "New Delhi", "C 64", "C 65", "Re:Zero", "Re:One", "style: x"]
    style = write_artifact(tmp_path / "odd.onnx", samples)
    async with run_bot(discord, names={"style": str(style), "new_only": False}):
        for text, prefix, count in (
            ("!name New York 2", "New ", 2),
            ('!name "C 6" 2', "C 6", 2),
            ('!name "C 6"', "C 6", None),
            ("!name Re:Z", "Re:", None),
            ('!name "style: x"', "style: x", None),
            ("!name \u201cNew Y\u201d 2", "New Y", 2),
        ):
            answer = await send(discord, f"{text} temperature:2")
            names = [answer.content.strip("`")] if answer.content else names_in(answer)
            assert all(name.startswith(prefix) for name in names)
            assert count is None or len(names) <= count


@uses_bot
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("!name T5r", ["doesn't use the character `5`.", "ABCDEF"]),
        ("!name ``", ["doesn't use the character `\u02cb`"]),
        (f"!name {'A' * 16}", ["has 16 characters", "at most 15"]),
        (
            "!name Tr 101",
            ["count: `101` is out of range. Choose 1 to 100.", "Usage: `!name [prefix] [count]"],
        ),
        ("!name Tr 0", ["count: `0` is out of range"]),
        ("!name Tr temperature:9", ["temperature: `9.0` is out of range. Choose 0.1 to 2.0."]),
        ("!name Tr temperature:nan", ["temperature: `nan` is out of range. Choose 0.1 to 2.0."]),
        ("!name Tr temperature:hot", ["temperature: that's not a number."]),
        ("!name Tr count:many", ["count: that's not a number."]),
        ("!name count:3 count:4", ["count: give it only once."]),
        ("!name Tr ends:", ["suffix: give a value after the colon."]),
        ("!name new:perhaps", ["new: choose yes or no."]),
        ("!name length:long", ["length: that's not a length. Give `5`, `5-8`, `5-` or `-8`."]),
        (
            "!name length:8-5",
            ["length: no name has the length `8-5`. Give the shorter"],
        ),
        ("!name seed:-1", ["seed: `-1` is out of range. Choose 0 to 9007199254740991."]),
        ("!name style:fauns", ["There is no style `fauns`. `/style list` "]),
        ("!name Tr ends:qqq", ["ends with `qqq`"]),
        ("!style pattern", ["You need the permission Manage Server for that."]),
    ],
)
async def test_errors_say_what_to_do(discord: Loopback, text: str, parts: list[str]) -> None:
    answer = await send(discord, text)
    assert "\n" not in answer.content
    for part in parts:
        assert part in answer.content


@uses_bot
async def test_missing_option_names_itself(discord: Loopback) -> None:
    answer = await send(discord, "!style pattern", author="olga")
    assert "name: this is missing. Usage: `!style pattern name pattern " in answer.content


@uses_bot
async def test_discord_checks_slash_options(discord: Loopback) -> None:
    for options in ({"count": 101}, {"count": 0}, {"temperature": 2.5}, {"count": "many"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            await discord.invoke("name", options)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (
            "Tr 5 style:fauns ends:a",
            {"prefix": "Tr", "count": "5", "style": "fauns", "suffix": "a"},
        ),
        ("STYLE: big fauns Has:\u00e9", {"style": "big fauns", "contains": "\u00e9"}),
        ("New York", {"prefix": "New York"}),
        ("New: yes", {"new": "yes"}),
        ("NEW-ONLY:no", {"new": "no"}),
        ("Re:Zero Lifestyle: x", {"prefix": "Re:Zero Lifestyle: x"}),
        ('"style: x" 3 has:"b c"', {"prefix": "style: x", "count": "3", "contains": "b c"}),
        ("7", {"count": "7"}),
        ('"7"', {"prefix": "7"}),
        ("R2D2", {"prefix": "R2D2"}),
        ("Tr 5 count:3", {"prefix": "Tr 5", "count": "3"}),
        ("", {}),
    ],
)
def test_text_is_parsed(text: str, options: dict[str, str]) -> None:
    assert NameOptions.parse_flags(text) == {name: [value] for name, value in options.items()}


@given(st.text())
def test_quoted_text_is_the_prefix(text: str) -> None:
    text = text.replace('"', "")
    expected = {"prefix": [text]}
    assert NameOptions.parse_flags(f'"{text}"') == expected
    assert NameOptions.parse_flags(f'"{text}" 3') == expected | {"count": ["3"]}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5", LengthRange(5, 5)),
        ("5-8", LengthRange(5, 8)),
        ("5 \u2013 8", LengthRange(5, 8)),
        ("\uff15\uff0d\uff18", LengthRange(5, 8)),
        ("5-", LengthRange(5, None)),
        ("5+", LengthRange(5, None)),
        ("-8", LengthRange(0, 8)),
    ],
)
def test_lengths_are_parsed(text: str, length: LengthRange) -> None:
    assert parse_length_range(text) == length


@given(st.text(st.sampled_from("0123456789-+ x")) | st.text())
def test_parsed_lengths_are_possible(text: str) -> None:
    with contextlib.suppress(InvalidOptionError):
        length = parse_length_range(text)
        assert 0 <= length.min <= (length.max or 999_999)
        assert length.min or length.max


@pytest.mark.parametrize("text", ["", "-", "+", "8-5", "five", "5+8", "5 8", "1" * 9])
def test_invalid_lengths_are_errors(text: str) -> None:
    with pytest.raises(InvalidOptionError, match=r"^length: .*\. Give "):
        parse_length_range(text)


@pytest.mark.parametrize("text", ["0", "-0", "0-0", "0-"])
def test_length_zero_is_an_error(text: str) -> None:
    with pytest.raises(InvalidOptionError, match=r"^length: .* at least 1 character\.$"):
        parse_length_range(text)


LONG = ("1 " * 3_000, "scunthorpe" * 600, "\ufdfa" * 6_000, "a\u0301" * 3_000, "\u200d" * 6_000)


@uses_bot
@pytest.mark.parametrize("text", LONG)
@pytest.mark.parametrize(
    ("command", "option", "others"),
    [
        ("name", "prefix", {}),
        ("name", "suffix", {}),
        ("name", "contains", {}),
        ("name", "style", {}),
        ("blend", "first", {"second": "Anna"}),
        ("blend", "third", {"first": "Tess", "second": "Anna"}),
        ("rate", "name", {}),
        ("style info", "style", {}),
    ],
)
async def test_long_text_is_refused(
    discord: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    option: str,
    others: dict[str, str],
    text: str,
) -> None:
    monkeypatch.setattr(sys.modules["bot.profanity"].ProfanityFilter, "matches", pytest.fail)
    error = await invoke(discord, command, {**others, option: text})
    assert error.content == f"{option}: that's too long: {len(text):,} characters, at most 200."


@uses_bot
async def test_long_text_command_is_refused(discord: Loopback) -> None:
    error = await send(discord, f"!rate {'1 ' * 900}")
    assert error.content.startswith("That's too long: 1,799 characters, at most 1,200.")
    error = await send(discord, f"!blend {'1' * 300} Anna")
    assert error.content.startswith("first: that's too long: 300 characters, at most 200.")


@uses_bot
async def test_long_text_has_no_completions(discord: Loopback) -> None:
    typed = {"prefix": "Tr", "style": "names" * 100}
    assert await discord.autocomplete("name", typed, focused="prefix") == []
