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
TAB = (
    "elves.txt:1: There is a control character (U+0009) at position 7. "
    "Remove it: each line must be plain text."
)
TOO_LONG = "elves.txt:1: This line has more than 2,000 characters. Shorten it, or raise max_length."
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
    assert result["warnings"] == []


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
    for content in (admins.table(), admins.utf16()):
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
    ("content", "line"),
    [
        (admins.utf16(), "elves.txt:1: This file is UTF-16. Save it as UTF-8."),
        (
            admins.repeated(),
            "elves.txt: Only 1 distinct sample. Add lines until there are at least 20.",
        ),
        (b"", "elves.txt: The file is empty. It needs one sample per line, at least 20."),
        (
            b"Elrond\n\xff\xfe\n",
            "elves.txt:2: Byte 1 (0xff) isn't UTF-8. Save the file as UTF-8.",
        ),
        (b"Elrond\tof Rivendell\n" * 30, TAB),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(500),
            "elves.txt:1: Byte 1 (0x89) isn't UTF-8. Save the file as UTF-8.",
        ),
        (
            b"x" * (MAX_LENGTH * 5),
            TOO_LONG,
        ),
    ],
    ids=["utf16", "repeated", "empty", "torn", "tabs", "picture", "one line"],
)
def test_invalid_list_is_refused(content: bytes, line: str) -> None:
    assert run_preview(content) == {"refused": line}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a/b/elves.txt", "elves.txt"), ("..", ".."), ("", "list"), ("el\nves.txt", "el?ves.txt")],
)
def test_file_name_is_made_printable(name: str, shown: str) -> None:
    assert run_preview(b"", name)["refused"].startswith(f"{shown}: The file is empty. ")
