"""What people bring by mistake is told before it is learnt, and what is meant is left alone."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.commands import main
from model.corpus import Corpus, read_corpus
from model.mistakes import mistakes
from tests.corpora import admins, generated

ROOT = Path(__file__).parents[2]
NAMES = admins.creatures()
WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


def told(*samples: str) -> list[str]:
    return mistakes(Corpus(Path("list.txt"), samples))


@given(
    st.lists(WORDS, min_size=3, max_size=3),
    st.integers(2, 4),
    st.sampled_from([(",", "commas"), (";", "semicolons"), ("|", "vertical bars")]),
)
def test_a_table_is_told_by_its_columns_and_what_parts_them(
    cells: list[str], columns: int, separator: tuple[str, str]
) -> None:
    character, plural = separator
    (line,) = told(*(character.join([name, *cells][:columns]) for name in NAMES))
    assert line == (
        f"looks like a table of {columns} columns, and the style would learn the {plural} between "
        "them too; if you do not mean that, keep one column"
    )


def test_a_separator_inside_quotation_marks_parts_nothing() -> None:
    content = admins.table().decode().splitlines()
    (line,) = told(*content)
    assert line.startswith("looks like a table of 3 columns")


def test_a_column_in_quotation_marks_is_told() -> None:
    (line,) = told(*(f'"{name}"' for name in NAMES))
    assert line == "nearly every line is in quotation marks, and the style would learn them too"


@pytest.mark.parametrize("heading", ["name", "Names", "First Name", '"last_name"', "Surname", "ID"])
def test_a_heading_is_told(heading: str) -> None:
    (line,) = told(heading, *NAMES)
    assert (
        line == f"the first line, {heading!r}, looks like a heading; take it out if it is no sample"
    )


@pytest.mark.parametrize("before", ["{}. ", "{} ", "{}) ", "- ", "* ", "• "])
def test_numbers_and_bullets_before_each_line_are_told(before: str) -> None:
    (line,) = told(*(before.format(i) + name for i, name in enumerate(NAMES)))
    assert line.startswith("nearly every line begins with a number or a bullet, ")


def test_few_samples_are_told_with_their_number() -> None:
    (line,) = told(*NAMES[:99])
    assert line == "only 99 samples; a style has little to go by below 100, add lines if you can"
    assert told(*NAMES[:100]) == []


def test_one_stray_line_does_not_hide_a_table_and_one_stray_comma_makes_none() -> None:
    rows = [f"{name};{len(name)}" for name in NAMES]
    assert re.match("looks like a table of 2 columns", told("see below", *rows)[0])
    assert told("Weedle, the small", *NAMES) == []


def test_a_first_letter_or_a_length_that_all_share_is_no_mistake() -> None:
    assert told(*(f"X{name[:5]:x<5}{i:03}" for i, name in enumerate(NAMES))) == []


@pytest.mark.parametrize("kind", ["molecules", "furniture", "cards"])
def test_other_kinds_of_line_are_no_mistake(kind: str) -> None:
    assert told(*getattr(generated, kind)()) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "model/corpora").glob("*.txt")), ids=lambda path: path.stem
)
def test_what_ships_is_no_mistake(path: Path) -> None:
    assert mistakes(read_corpus(path)) == []


@pytest.mark.parametrize("command", [["train", "--recipe=seed", "--steps=1"], ["describe"]])
def test_what_may_be_a_mistake_is_told_on_standard_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_bytes(admins.table())
    assert main([*command, "--corpus=list.csv"]) == 0
    told = capsys.readouterr().err
    assert told.startswith("warning: list.csv: looks like a table of 3 columns, ")
    assert told.count("\n") == 1
