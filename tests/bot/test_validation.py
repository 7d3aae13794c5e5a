"""The errors of msgspec in plain words."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from bot.config import ConfigError, load_settings
from bot.validation import explain


class Inner(Struct, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, lt=5)] = 1
    share: Annotated[float, Meta(gt=0)] = 1.0
    title: Annotated[str, Meta(min_length=1, pattern=r"^a")] = "a"
    ids: list[int] = []
    since: Annotated[datetime, Meta(tz=True)] | None = None
    kind: Literal["x", "y"] = "x"


class Outer(Struct):
    inner: Inner


@pytest.mark.parametrize(
    ("value", "keys", "problem"),
    [
        ({"count": 5}, "inner.count", "must be a whole number, at most 4"),
        ({"count": 0}, "inner.count", "must be a whole number, at least 1"),
        ({"count": "x"}, "inner.count", "must be a whole number, not text"),
        ({"share": 0}, "inner.share", "must be a number, above 0.0"),
        ({"title": ""}, "inner.title", "must be text of length at least 1"),
        ({"title": "b"}, "inner.title", "must be text matching regex '^a'"),
        ({"ids": [1, "x\n"]}, "inner.ids.1", "must be a whole number, not text"),
        ({"ids": 3}, "inner.ids", "must be a list, not a whole number"),
        ({"since": 3.5}, "inner.since", "must be datetime or nothing, not a number"),
        ({"kind": "z\n"}, "inner.kind", r"Invalid enum value 'z\n'"),
        ({"nonsense": 1}, "inner.nonsense", "no such setting"),
        (7, "inner", "must be a table, not a whole number"),
    ],
)
def test_error_names_place_and_problem(value: Any, keys: str, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"inner": value}, Outer)
    assert explain(caught.value) == (keys.split("."), problem)


def test_missing_field_and_malformed_json() -> None:
    with pytest.raises(msgspec.ValidationError) as missing:
        msgspec.convert({}, Outer)
    assert explain(missing.value) == (["inner"], "is missing")
    with pytest.raises(msgspec.DecodeError) as malformed:
        msgspec.json.decode(b"{", type=Outer)
    assert explain(malformed.value)[0] == []


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("On", True), ("1", True), ("no", False), ("FALSE", False)]
)
def test_booleans_in_variables(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("NAMESMITH_BOT__WELCOME", text)
    assert load_settings().bot.welcome is value


@pytest.mark.parametrize(
    ("variable", "text", "line"),
    [
        ("NAMESMITH_LOG__LEVEL", "LOUD", "[log] level: must be one of DEBUG, INFO"),
        ("NAMESMITH_BOT__DISABLED_COMMANDS", '["nam"]', "must be one of name, rate, blend"),
        ("NAMESMITH_BOT__COMMAND_NAMES", '{"nam": "x"}', "must be one of name, rate, blend"),
        ("NAMESMITH_BOT__WELCOME", "maybe", "welcome: must be true or false, not text"),
        ("NAMESMITH_BOT__COMMAND_PREFIX", "!\n", "command_prefix: must be text matching regex"),
        ("NAMESMITH_LIMITS__USER_SECONDS", "nan", "user_seconds: must be a number, above 0.0"),
    ],
)
def test_error_of_a_variable_names_the_choices(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, line: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"environment: {variable}: ")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
