"""Probable mistakes in a list give a warning. Other lists give none."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.cli import main
from model.corpus import Corpus, read_corpus
from model.corpus_checks import check_corpus, check_poor
from model.evaluation import loss_report
from tests.corpora import admins, generated

ROOT = Path(__file__).parents[2]
NAMES = admins.creatures()
WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)


def warnings(*samples: str) -> list[str]:
    return check_corpus(Corpus(Path("list.txt"), samples))


@given(
    st.lists(WORDS, min_size=3, max_size=3),
    st.integers(2, 4),
    st.sampled_from([(",", "commas"), (";", "semicolons"), ("|", "vertical bars")]),
)
def test_table(cells: list[str], columns: int, separator: tuple[str, str]) -> None:
    character, plural = separator
    (line,) = warnings(*(character.join([name, *cells][:columns]) for name in NAMES))
    assert line == (
        f"This looks like a table with {columns} columns. The style would learn the {plural} too. "
        "Keep only one column, unless you want that."
    )


def test_quoted_separators_are_ignored() -> None:
    content = admins.table().decode().splitlines()
    (line,) = warnings(*content)
    assert line.startswith("This looks like a table with 3 columns.")


def test_quotation_marks() -> None:
    (line,) = warnings(*(f'"{name}"' for name in NAMES))
    assert line == "Nearly every line is in quotation marks. The style would learn them too."


@pytest.mark.parametrize("heading", ["name", "Names", "First Name", '"last_name"', "Surname", "ID"])
def test_heading(heading: str) -> None:
    (line,) = warnings(heading, *NAMES)
    assert line == "Lines that look like headings: 1. Remove them if they aren't names."


@pytest.mark.parametrize(
    ("before", "what"),
    [
        ("{}. ", "number"),
        ("{} ", "number"),
        ("{}) ", "number"),
        ("- ", "bullet"),
        ("* ", "bullet"),
        ("• ", "bullet"),
    ],
)
def test_numbers_and_bullets(before: str, what: str) -> None:
    (line,) = warnings(*(before.format(i) + name for i, name in enumerate(NAMES)))
    assert line == f"Nearly every line starts with a {what}. The style would learn those too."


def test_few_samples() -> None:
    (line,) = warnings(*NAMES[:99])
    assert line == "The list has only 99 names. Add more if you can: 100 or more is best."
    assert warnings(*NAMES[:100]) == []


def test_poor_style() -> None:
    report = replace(loss_report(2.6, 3), unigram_nats=2.8)
    verdict = "These names look random. Add lines: 100 is usually enough."
    assert check_poor(report, 30) == verdict
    assert check_poor(report, 100) == (
        "These names look random, because the lines of the list have little in common. "
        "Use a list of one kind of name."
    )
    assert check_poor(replace(report, unigram_nats=3.0), 30) is None
    assert check_poor(replace(report, unigram_nats=3.0, standard_error=0.2), 30) == verdict
    assert check_poor(loss_report(2.6, 3), 30) is None  # an old report


def test_a_stray_line_changes_nothing() -> None:
    rows = [f"{name};{len(name)}" for name in NAMES]
    assert warnings("see below", *rows)[0].startswith("This looks like a table with 2 columns")
    assert warnings("Weedle, the small", *NAMES) == []


def test_regular_names_give_no_warning() -> None:
    assert warnings(*(f"X{name[:5]:x<5}{i:03}" for i, name in enumerate(NAMES))) == []


@pytest.mark.parametrize("kind", ["molecules", "furniture", "cards"])
def test_other_text_gives_no_warning(kind: str) -> None:
    assert warnings(*getattr(generated, kind)()) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "model/corpora").glob("*.txt")), ids=lambda path: path.stem
)
def test_shipped_corpora_give_no_warning(path: Path) -> None:
    assert check_corpus(read_corpus(path)) == []


@pytest.mark.parametrize("command", [["train", "--recipe=seed", "--max-steps=1"], ["describe"]])
def test_commands_print_the_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_bytes(admins.table())
    assert main([*command, "--corpus=list.csv"]) == 0
    stderr = capsys.readouterr().err
    assert stderr.startswith("warning: list.csv: This looks like a table with 3 columns.")
    assert stderr.count("\n") == 1
