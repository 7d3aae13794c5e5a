"""The catalogue of shipped styles is valid, and a mistake in one is refused with one line."""

import tomllib
from pathlib import Path

import pytest

from model import ModelError
from model.catalogue import CORPORA, Entry, read_catalogue, read_list

STYLES = read_catalogue()
ELVES = """
[elves]
title = "Elves"
group = "Fantasy"
tags = ["elf", "fey"]
description = "Elves of high fantasy"
licence = "CC0-1.0"
provenance = "Written for this project, 2026."
in_base = false
"""


def test_every_list_has_an_entry() -> None:
    assert {path.stem for path in CORPORA.glob("*.txt")} == set(STYLES)


@pytest.mark.parametrize("name", STYLES)
def test_list_of_a_shipped_style(name: str) -> None:
    corpus = read_list(name)
    assert (corpus.duplicates, corpus.blank_lines) == (0, 0)


def test_titles_differ() -> None:
    titles = [entry.title.casefold() for entry in STYLES.values()]
    assert len(set(titles)) == len(titles)


def test_entry_has_defaults(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text(ELVES, encoding="utf-8")
    assert read_catalogue(tmp_path) == {"elves": Entry(**tomllib.loads(ELVES)["elves"])}
    assert (STYLES["surnames"].base, STYLES["surnames"].recipe) == ("none", "best")
    entry = read_catalogue(tmp_path)["elves"]
    assert (entry.base, entry.recipe) == ("auto", "fast")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[elves]", "[Elves]", "[Elves]: Use only a-z, 0-9 and -, at most 32 of them."),
        ("[elves]", "[elves", "Not a TOML file: "),
        ("[elves]", "elves = 1", "[elves]: This isn't a table."),
        ("in_base = false", "in_bass = false", "[elves] in_base: This key is missing. Add it."),
        ("in_base = false", "in_base = false\nbass = 1", "[elves] bass: Unknown key. Choose from"),
        ("in_base = false", 'in_base = "no"', "[elves] in_base: Input should be a valid boolean"),
        ('"Fantasy"', '"fantasy"', "[elves] group: Input should be 'People', 'Myths'"),
        ('"Elves"', '"El"', "[elves] title: String should have at least 3"),
        ('"Elves"', '"Elves\\nof old"', "[elves] title: String should match pattern"),
        ('"fey"', '"Fey"', "[elves] tags.1: String should match pattern"),
        ('"fey"', '"elf"', "[elves] tags: A tag is there twice. Remove one."),
        (', "fey"', "", "[elves] tags: List should have at least 2 items"),
        ("of high fantasy", "", "[elves] description: String should have at least 20"),
        ("in_base", 'recipe = "slow"\nin_base', "[elves] recipe: Input should be 'fast' or 'best'"),
        ("in_base", 'base = "all"\nin_base', "[elves] base: Input should be 'auto', 'always'"),
    ],
)
def test_invalid_entry_is_refused(tmp_path: Path, old: str, new: str, line: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ELVES.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_catalogue(tmp_path)
    assert str(caught.value).startswith(f"{path}: {line}")
    assert "\n" not in str(caught.value)


LINES = [f"{letter}bi" for letter in "ABCDEFGHIJKLMNOPQRSTU"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (None, "elves.txt: There is no such list. Add it, or remove [elves]."),
        (["Bea", "Abi", *LINES[2:]], "elves.txt:2: 'Abi' isn't after 'Bea'. Sort the list"),
        (["Abi", *LINES], "elves.txt:2: 'Abi' isn't after 'Abi'"),
        ([*LINES, ""], "elves.txt:22: '' is blank"),
        ([*LINES, "Zoe\u0308"], "elves.txt:22: 'Zoe\u0308' is blank, not in NFC"),
        ([*LINES, "Zoe "], "elves.txt:22: 'Zoe ' is blank, not in NFC, or has spaces"),
        ([*LINES, "Zoe\r"], r"elves.txt:22: 'Zoe\r' is blank"),
        ([*LINES, "Z" * 61], "elves.txt:22: This line has more than 60 characters."),
        (LINES[:5], "elves.txt: Only 5 distinct samples."),
    ],
)
def test_invalid_list_is_refused(tmp_path: Path, lines: list[str] | None, reason: str) -> None:
    if lines is not None:
        content = "".join(f"{line}\n" for line in lines)
        (tmp_path / "elves.txt").write_bytes(content.encode())
    with pytest.raises(ModelError) as caught:
        read_list("elves", tmp_path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_last_line_needs_a_line_feed(tmp_path: Path) -> None:
    (tmp_path / "elves.txt").write_text("\n".join(LINES), encoding="utf-8")
    with pytest.raises(ModelError, match="The last line has no line feed"):
        read_list("elves", tmp_path)
