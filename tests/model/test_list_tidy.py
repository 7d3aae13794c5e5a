"""Clutter around names is counted, and removed on request only."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.list_tidy import find_clutter, tidy
from tests.corpora import admins

NAMES = admins.creatures(100)


@pytest.mark.parametrize(
    ("kind", "decorate"),
    [
        ("numbers", lambda i, name: f"{i}. {name}"),
        ("numbers", lambda i, name: f"{i}) {name}"),
        ("numbers", lambda i, name: f"{i}.{name}"),
        ("numbers", lambda i, name: f"{i} {name}"),
        ("bullets", lambda i, name: f"- {name}"),
        ("bullets", lambda i, name: f"• {name}"),
        ("bullets", lambda i, name: f"[x] {name}"),
        ("quotes", lambda i, name: f'"{name}"'),
        ("quotes", lambda i, name: f"„{name}“"),
        ("quotes", lambda i, name: f"«{name}»"),
        ("commas", lambda i, name: f"{name},"),
        ("counts", lambda i, name: f"{name} {i}"),
        ("counts", lambda i, name: f"{name} ({i},000)"),
        ("counts", lambda i, name: f"{name}: {i}"),
        ("counts", lambda i, name: f"{name} x{i}"),
        ("tags", lambda i, name: f"<li class='a'>{name}</li>"),
    ],
)
def test_decorations(kind: str, decorate: Callable[[int, str], str]) -> None:
    lines = [decorate(i, name) for i, name in enumerate(NAMES, 1)]
    assert find_clutter(lines) == {kind: 100}
    assert tidy(lines) == NAMES


def test_quotes_before_commas() -> None:
    assert tidy([f'"{name}",' for name in NAMES]) == NAMES


def test_stray_lines() -> None:
    lines = ["List of elves:", "# a comment", *NAMES, "", "Page 1", "ann@example.org"]
    lines += ["https://example.org/elves", NAMES[0].upper(), NAMES[1], "Tom &amp; Jerry"]
    assert find_clutter(lines) == {
        "comments": 1,
        "addresses": 2,
        "headings": 2,
        "entities": 1,
        "cases": 1,
    }
    assert tidy(lines) == [*NAMES, "", NAMES[1], "Tom & Jerry"]


@pytest.mark.parametrize(
    "lines",
    [
        NAMES,
        [f"Agent {i}" for i in range(100)],
        [f"#{i:06x}" for i in range(100)],
        [f"{7 * i % 13} {name}" for i, name in enumerate(NAMES)],
        [f"{name[:3]}'{name[3:]}" for name in NAMES],
        [f"'{name[:3]}'{name[3:]}'" for name in NAMES],
        [f"{name}-{i}" for i, name in enumerate(NAMES)],
        [f"{name} & {name[::-1]}" for name in NAMES],
        [f"{name} @ {name}" for name in NAMES],
        [f"{name}#" for name in NAMES],
    ],
    ids=lambda lines: lines[1],
)
def test_names_are_no_clutter(lines: list[str]) -> None:
    assert find_clutter(lines) == {}
    assert tidy(lines) == lines


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=20), max_size=30))
def test_tidying_removes_what_was_counted(lines: list[str]) -> None:
    stripped = [line.strip() for line in lines]
    if not find_clutter(lines):
        assert tidy(lines) == stripped


@pytest.mark.parametrize(
    "line",
    [
        "1" * 2000,
        "(" * 2000,
        "a" + " " * 1999 + "b",
        "<" * 2000,
        "&" * 2000,
        "a@" * 1000,
        "x 1," * 500,
        "'" * 2000,
    ],
)
def test_time_is_linear(line: str) -> None:
    before = time.process_time()
    find_clutter([line] * 1000)
    assert time.process_time() - before < 5
