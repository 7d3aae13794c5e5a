"""A worker tells what a list holds, in plain data, or in one line what is wrong with it."""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from model.corpus import MAX_LENGTH
from model.job import preview
from tests.corpora import admins

SOUND: dict[str, Callable[[], list[str]]] = {
    "creatures": admins.creatures,
    "towns": admins.towns,
    "cyrillic": admins.cyrillic,
    "arabic": admins.arabic,
    "japanese": admins.japanese,
    "devanagari": admins.devanagari,
    "emoji": admins.emoji,
}
TAB = (
    "elves.txt:1: control character U+0009 at character 7; "
    "remove it (one sample a line, plain text)"
)
BUILTINS = {dict, list, str, int, float, bool, bytes, type(None)}


def seen(corpus: bytes, name: str = "elves.txt", *, stopped: bool = False) -> dict[str, Any]:
    told: list[object] = []
    found = preview(corpus, name, on_progress=told.append, is_cancelled=lambda: stopped)
    assert told == []
    return found


def kinds(value: object) -> set[type]:
    """The types that `value` is made of."""
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    else:
        inner = value if isinstance(value, list) else []
    return {type(value)}.union(*map(kinds, inner))


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_list_is_told_whole_and_unwarned(kind: str) -> None:
    lines = SOUND[kind]()
    found = seen("\n".join(lines).encode(), f"{kind}.txt")
    assert found["samples"] == len(lines)
    alphabet = sorted(set("".join(lines)))
    assert (found["distinct_characters"], found["alphabet"]) == (len(alphabet), alphabet[:200])
    assert found["characters"] == sum(map(len, lines))
    assert found["lengths"] == [list(pair) for pair in sorted(Counter(map(len, lines)).items())]
    assert found["warnings"] == []


def test_the_samples_shown_are_spread_over_the_list() -> None:
    lines = admins.towns(2000)
    shown = [lines.index(name) for name in seen("\n".join(lines).encode())["examples"]]
    assert (shown[0], shown[-1], len(shown)) == (0, 1999, 12)
    assert {after - before for before, after in pairwise(shown)} <= {181, 182}


def test_what_falls_away_is_counted() -> None:
    lines = admins.creatures()
    found = seen("\r\n".join([*lines, "", " ", lines[3]]).encode())
    assert (found["samples"], found["duplicates"], found["blank_lines"]) == (200, 1, 2)
    assert found["digest"] == seen("\n".join(lines).encode())["digest"]


def test_who_looks_at_a_list_need_not_wait_for_torch() -> None:
    told = "import sys, model.job; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_all_that_crosses_is_plain_data() -> None:
    for corpus in (admins.table(), admins.utf16()):
        found = seen(corpus)
        assert kinds(found) <= BUILTINS
        assert pickle.loads(pickle.dumps(found)) == found


def test_fifty_megabytes_are_read() -> None:
    found = seen(admins.huge())
    assert found["characters"] > 50_000_000
    assert found["lengths"][-1][1] == found["samples"] - 1


def test_it_stops_within_four_thousand_lines_of_being_told_to() -> None:
    corpus = "\n".join(admins.towns(10_000)).encode()
    asked = iter([False, True])
    found = preview(corpus, "towns.txt", on_progress=print, is_cancelled=lambda: next(asked))
    assert found == {"cancelled": True}
    assert list(asked) == []


@pytest.mark.parametrize(
    ("corpus", "line"),
    [
        (admins.utf16(), "elves.txt:1: is UTF-16, not UTF-8; save the file as UTF-8"),
        (
            admins.repeated(),
            "elves.txt: holds 1 distinct sample; add lines until there are 20 at least",
        ),
        (b"", "elves.txt: is empty; it needs one sample a line, 20 at least"),
        (
            b"Elrond\n\xff\xfe\n",
            "elves.txt:2: byte 1 (0xff) is not UTF-8; save the file as UTF-8",
        ),
        (b"Elrond\tof Rivendell\n" * 30, TAB),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(500),
            "elves.txt:1: byte 1 (0x89) is not UTF-8; save the file as UTF-8",
        ),
        (
            b"x" * (MAX_LENGTH * 5),
            "elves.txt:1: sample longer than 2,000 characters; shorten it, or raise max_length",
        ),
    ],
    ids=["utf16", "repeated", "empty", "torn", "tabs", "picture", "one line"],
)
def test_a_list_that_cannot_be_learnt_is_refused_in_one_line(corpus: bytes, line: str) -> None:
    assert seen(corpus) == {"refused": line}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a/b/elves.txt", "elves.txt"), ("..", ".."), ("", "list"), ("el\nves.txt", "el?ves.txt")],
)
def test_the_line_names_the_file_without_a_folder_and_on_one_line(name: str, shown: str) -> None:
    assert seen(b"", name)["refused"].startswith(f"{shown}: is empty; ")
