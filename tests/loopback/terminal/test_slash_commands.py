"""Slash-command parser: `/command option:value`."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback.payloads.application_commands import OptionType
from bot.loopback.terminal.slash_commands import (
    convert_value,
    parse_command,
    parse_partial,
    quote,
    read_file,
)

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "name",
        "options": [
            {"name": "prefix", "type": OptionType.STRING},
            {"name": "ends-with", "type": OptionType.STRING},
            {"name": "count", "type": OptionType.INTEGER},
        ],
    },
    {
        "name": "style",
        "options": [
            {
                "name": "best",
                "type": OptionType.SUBCOMMAND_GROUP,
                "options": [
                    {
                        "name": "show",
                        "type": OptionType.SUBCOMMAND,
                        "options": [{"name": "n", "type": OptionType.NUMBER, "required": True}],
                    }
                ],
            }
        ],
    },
    {"name": "help"},
]

ANY_TEXT = st.text(max_size=40)


@pytest.mark.parametrize(
    ("line", "command", "values"),
    [
        ("/help", "help", {}),
        ("/name prefix:Tr", "name", {"prefix": "Tr"}),
        ("/name  prefix: a b  count:3 ", "name", {"prefix": "a b", "count": 3}),
        ("/name count:3 ends-with:a", "name", {"count": 3, "ends-with": "a"}),
        ('/name prefix:"a count:b" count:2', "name", {"prefix": "a count:b", "count": 2}),
        ("/name prefix:http://a", "name", {"prefix": "http://a"}),
        ('/name prefix:"a', "name", {"prefix": '"a'}),
        ("/style best show n:2.5", "style best show", {"n": 2.5}),
    ],
)
def test_parse_command(line: str, command: str, values: dict[str, object]) -> None:
    assert parse_command(line, COMMANDS) == (command, values)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "/",
            "There's no command /. Choose from /name, /style, /help. Write options as name:value.",
        ),
        ("/nam", "There's no command /nam. Choose from /name, /style, /help. Write options"),
        ("/name Tr", "/name: write options as name:value, not 'Tr'."),
        ("/name bent:1", "/name has no option 'bent'. Its options: prefix, ends-with, count."),
        ("/name count:x", "count: 'x' isn't a number."),
        ("/help a:1", "/help has no option 'a'. Its options: none."),
        ("/style", "/style needs a subcommand. Choose from /style best."),
        ("/style best", "/style best needs a subcommand. Choose from /style best show."),
        ("/style worst", "There's no command /style worst. Choose from /style best."),
        ("/style best show", "/style best show needs more options: /style best show n:…"),
        ("/style best show n:inf", "n: 'inf' isn't a number."),
    ],
)
def test_errors_are_one_line(line: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}") as caught:
        parse_command(line, COMMANDS)
    assert "\n" not in str(caught.value)


@given(ANY_TEXT)
def test_any_line_parses_or_fails_cleanly(line: str) -> None:
    parse_partial(line, COMMANDS)
    try:
        command, values = parse_command(line, COMMANDS)
    except ValueError:
        return
    assert command.split()[0] in {"name", "style", "help"}
    assert set(values) <= {"prefix", "ends-with", "count", "n"}


@given(ANY_TEXT.filter(lambda text: '"' not in text), st.integers(-(2**53), 2**53))
def test_quoted_values_round_trip(text: str, count: int) -> None:
    line = f"/name prefix:{quote(text)} count:{count}"
    assert parse_command(line, COMMANDS) == ("name", {"prefix": text, "count": count})


@given(st.integers(1, 11), ANY_TEXT | st.just("9" * 5000))
def test_value_has_option_type(kind: int, text: str) -> None:
    expected: dict[int, type] = {
        OptionType.INTEGER: int,
        OptionType.NUMBER: float,
        OptionType.BOOLEAN: bool,
    }
    try:
        found = convert_value({"name": "x", "type": kind}, text)
    except ValueError:
        return
    if kind != OptionType.ATTACHMENT:
        assert isinstance(found, expected.get(kind, str))


def test_choice_by_name_or_value() -> None:
    option = {"name": "x", "type": OptionType.INTEGER, "choices": [{"name": "one", "value": 1}]}
    assert [convert_value(option, "one"), convert_value(option, "1")] == ["one", 1]


def test_attachment_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"Anna")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_file(str(tmp_path / "a.txt")) == read_file("~/a.txt") == ("a.txt", b"Anna")
    for path in (str(tmp_path), "/no/where", "~nobody-at-all/x", "a\0b", "/dev/zero", ""):
        with pytest.raises(ValueError, match=r"^Can't read "):
            read_file(path)
