"""`/command option:value`, read from a line."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.loopback.payloads import commands as kinds
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
            {"name": "prefix", "type": kinds.STRING},
            {"name": "ends-with", "type": kinds.STRING},
            {"name": "count", "type": kinds.INTEGER},
        ],
    },
    {
        "name": "style",
        "options": [
            {
                "name": "best",
                "type": kinds.GROUP,
                "options": [
                    {
                        "name": "show",
                        "type": kinds.SUBCOMMAND,
                        "options": [{"name": "n", "type": kinds.NUMBER, "required": True}],
                    }
                ],
            }
        ],
    },
    {"name": "help"},
]

ANYTHING = st.text(max_size=40)


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
def test_a_line_is_a_command_and_its_options(
    line: str, command: str, values: dict[str, object]
) -> None:
    assert parse_command(line, COMMANDS) == (command, values)


@pytest.mark.parametrize(
    ("line", "told"),
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
def test_what_does_not_fit_is_told_in_one_line(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}") as refusal:
        parse_command(line, COMMANDS)
    assert "\n" not in str(refusal.value)


@given(ANYTHING)
def test_any_line_is_read_or_refused(line: str) -> None:
    parse_partial(line, COMMANDS)
    try:
        command, values = parse_command(line, COMMANDS)
    except ValueError:
        return
    assert command.split()[0] in {"name", "style", "help"}
    assert set(values) <= {"prefix", "ends-with", "count", "n"}


@given(ANYTHING.filter(lambda text: '"' not in text), st.integers(-(2**53), 2**53))
def test_what_is_quoted_where_it_must_be_is_read_whole(text: str, count: int) -> None:
    line = f"/name prefix:{quote(text)} count:{count}"
    assert parse_command(line, COMMANDS) == ("name", {"prefix": text, "count": count})


@given(st.integers(1, 11), ANYTHING | st.just("9" * 5000))
def test_a_value_fits_its_option_or_is_refused(kind: int, text: str) -> None:
    expected = {kinds.INTEGER: int, kinds.NUMBER: float, kinds.BOOLEAN: bool}
    try:
        found = convert_value({"name": "x", "type": kind}, text)
    except ValueError:
        return
    if kind != kinds.ATTACHMENT:
        assert isinstance(found, expected.get(kind, str))


def test_a_choice_is_named_whatever_its_type() -> None:
    option = {"name": "x", "type": kinds.INTEGER, "choices": [{"name": "one", "value": 1}]}
    assert [convert_value(option, "one"), convert_value(option, "1")] == ["one", 1]


def test_a_file_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"Anna")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_file(str(tmp_path / "a.txt")) == read_file("~/a.txt") == ("a.txt", b"Anna")
    for path in (str(tmp_path), "/no/where", "~nobody-at-all/x", "a\0b", "/dev/zero", ""):
        with pytest.raises(ValueError, match=r"^Can't read "):
            read_file(path)
