"""A worker describes a list as plain data, or says in one line what is wrong with it."""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from model.corpus_checks import preview
from model.recipes import MAX_LENGTH
from tests.corpora import admins

VALID_LISTS: dict[str, Callable[[], list[str]]] = {
    "creatures": admins.creatures,
    "towns": admins.towns,
    "cyrillic": admins.cyrillic,
    "arabic": admins.arabic,
    "japanese": admins.japanese,
    "devanagari": admins.devanagari,
    "emoji": admins.emoji,
}
TOO_LONG = "elves.txt:1: This line has more than 2,000 characters. Shorten it."
BUILTINS = {dict, list, str, int, float, bool, bytes, type(None)}


def run_preview(
    content: bytes, file_name: str = "elves.txt", *, cancelled: bool = False
) -> dict[str, Any]:
    progress: list[object] = []
    result = preview(
        content, file_name, on_progress=progress.append, is_cancelled=lambda: cancelled
    )
    assert progress == []
    return result


def types_in(value: object) -> set[type]:
    """The types in a nested value."""
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    else:
        inner = value if isinstance(value, list) else []
    return {type(value)}.union(*map(types_in, inner))


@pytest.mark.parametrize("kind", VALID_LISTS)
def test_valid_list_is_described(kind: str) -> None:
    lines = VALID_LISTS[kind]()
    result = run_preview("\n".join(lines).encode(), f"{kind}.txt")
    assert result["samples"] == len(lines)
    alphabet = sorted(set("".join(lines)))
    assert (result["distinct_characters"], result["alphabet"]) == (len(alphabet), alphabet[:200])
    assert result["characters"] == sum(map(len, lines))
    assert result["lengths"] == [list(pair) for pair in sorted(Counter(map(len, lines)).items())]
    assert (result["kind"], result["clutter"], result["invisible"]) == ("lines", {}, 0)


def test_examples_are_evenly_spaced() -> None:
    lines = admins.towns(2000)
    examples = [lines.index(name) for name in run_preview("\n".join(lines).encode())["examples"]]
    assert (examples[0], examples[-1], len(examples)) == (0, 1999, 12)
    assert {after - before for before, after in pairwise(examples)} <= {181, 182}


def test_dropped_lines_are_counted() -> None:
    lines = admins.creatures()
    result = run_preview("\r\n".join([*lines, "", " ", lines[3]]).encode())
    assert (result["samples"], result["duplicates"], result["blank_lines"]) == (200, 1, 2)
    assert result["digest"] == run_preview("\n".join(lines).encode())["digest"]


def test_preview_does_not_import_torch() -> None:
    code = "import sys, model.corpus_checks; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_result_is_plain_data() -> None:
    for content in (admins.table(), admins.utf16(), admins.repeated()):
        result = run_preview(content)
        assert types_in(result) <= BUILTINS
        assert pickle.loads(pickle.dumps(result)) == result


def test_fifty_megabytes_are_read() -> None:
    result = run_preview(admins.huge())
    assert result["characters"] > 50_000_000
    assert result["lengths"][-1][1] == result["samples"] - 1


def test_cancel_stops_the_preview() -> None:
    content = "\n".join(admins.towns(10_000)).encode()
    answers = iter([False, True])
    result = preview(content, "towns.txt", on_progress=print, is_cancelled=lambda: next(answers))
    assert result == {"cancelled": True}
    assert list(answers) == []


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            admins.repeated(),
            "elves.txt: Only 1 distinct sample. Add lines until there are at least 20.",
            ["too few", 1, 20],
        ),
        (
            b"",
            "elves.txt: The file is empty. It needs one sample per line, at least 20.",
            ["empty", 20],
        ),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(500),
            "elves.txt: This is a picture. Use a text file, one name a line.",
            ["not text", "picture"],
        ),
        (b"x" * (MAX_LENGTH * 5), TOO_LONG, ["too long", 1, MAX_LENGTH]),
    ],
    ids=["repeated", "empty", "picture", "one line"],
)
def test_invalid_list_is_refused(content: bytes, line: str, reason: list[object]) -> None:
    assert run_preview(content) == {"refused": line, "reason": reason}


def test_utf16_is_read() -> None:
    result = run_preview(admins.utf16())
    assert (result["samples"], result["encoding_name"]) == (200, "UTF-16")
    assert result["digest"] == run_preview("\n".join(admins.creatures()).encode())["digest"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a/b/elves.txt", "elves.txt"), ("..", ".."), ("", "list"), ("el\nves.txt", "el?ves.txt")],
)
def test_file_name_is_made_printable(name: str, shown: str) -> None:
    assert run_preview(b"", name)["refused"].startswith(f"{shown}: The file is empty. ")
