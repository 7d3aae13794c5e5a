"""Tables, JSON, code and lines of commas are recognised; other lists are left alone."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.list_layout import LINES, UnknownLayoutError, apply_layout, find_layouts
from tests.corpora import admins, generated

ROOT = Path(__file__).parents[2]
NAMES = admins.creatures(100)
NAME = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)
NAME_LISTS = st.lists(NAME, min_size=20, max_size=40, unique=True)
ANY_TEXT = st.text(st.sampled_from("ab'\"\\,;:|\t[]{}()<>#-. 1\n=uxn\u0301é"), max_size=300)


def read(text: str, file_name: str = "list.txt") -> list[str]:
    """Read a list as suggested."""
    return [name for name in apply_layout(text, find_layouts(text, file_name).suggested) if name]


@given(NAME_LISTS, st.sampled_from([None, 1]), st.booleans())
def test_json(names: list[str], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(names, indent=indent, ensure_ascii=ascii_only)
    layouts = find_layouts(text)
    assert layouts.kind == "json"
    assert apply_layout(text, layouts.suggested) == names
    assert layouts.choices[-1].id == LINES


@pytest.mark.parametrize(
    "value",
    [
        {"names": NAMES, "version": "1"},
        {"data": {"people": [{"name": name, "age": 3} for name in NAMES]}},
        [{"id": i, "name": name, "sex": "F"} for i, name in enumerate(NAMES)],
        [[name, 3, "F"] for name in NAMES],
        dict.fromkeys(NAMES, 7),
        dict.fromkeys(NAMES, "F"),
        [{"name": name, **{f"key {i}": "x" for i in range(30)}} for name in NAMES],
    ],
)
def test_json_structures(value: object) -> None:
    assert read(json.dumps(value)) == NAMES


def test_json_lines() -> None:
    assert read("\n".join(json.dumps({"name": name, "n": 1}) for name in NAMES)) == NAMES


@given(NAME_LISTS, st.sampled_from([list, tuple, dict.fromkeys]))
def test_python_repr(names: list[str], kind: type[list[str]]) -> None:
    assert read(repr(kind(names))) == names


@pytest.mark.parametrize("before", ["NAMES = ", "const names = ", "names: ", ""])
def test_lists_in_code(before: str) -> None:
    lines = "".join(f'    "{name}",\n' for name in NAMES)
    assert read(f"{before}[\n{lines}];\n") == NAMES


def test_escapes_in_code() -> None:
    names = [*NAMES, "O'Brien", 'Al "Weird" Y', "Zo\u00eb"]
    assert read(repr(names)) == names
    assert read(ascii(names)) == names


@given(NAME_LISTS, st.sampled_from("\t;,|"), st.integers(0, 2))
def test_tables(names: list[str], separator: str, column: int) -> None:
    rows = [["7", "12", "3"] for _ in names]
    for row, name in zip(rows, names, strict=True):
        row[column] = name
    text = "\n".join(separator.join(row) for row in rows)
    assert read(text) == names
    assert LINES in {each.id for each in find_layouts(text).choices}


def test_headings_name_the_columns() -> None:
    rows = ["Id;Name;Kind", *(f"{i};{name};plant" for i, name in enumerate(NAMES))]
    layouts = find_layouts("\n".join(rows))
    assert layouts.columns == ("Id", "Name", "Kind")
    assert layouts.choices[0].label == "Name"
    assert read("\n".join(rows)) == NAMES


def test_quoted_cells_hold_separators() -> None:
    text = "name,number\n" + "\n".join(f'"{name}, the ""Red""",1' for name in NAMES)
    assert read(text) == [f'{name}, the "Red"' for name in NAMES]


def test_markdown_table() -> None:
    rows = [f"| {name} | {i} |" for i, name in enumerate(NAMES)]
    assert read("\n".join(["| name | n |", "|---|--:|", *rows])) == NAMES


@given(NAME_LISTS, st.sampled_from([", ", ",", ";", "、", " | "]), st.integers(5, 50))
def test_lines_of_names(names: list[str], separator: str, width: int) -> None:
    lines = [separator.join(names[i : i + width]) for i in range(0, len(names), width)]
    assert read("\n".join(lines)) == names


@pytest.mark.parametrize(
    "lines",
    [
        [f"{surname}, {given}" for surname, given in zip(NAMES, NAMES[::-1], strict=True)],
        [f"{i % 5},{i % 7}-di{name}" for i, name in enumerate(NAMES)],
        [f"N,N-di{name}" for name in NAMES],
        [f"({name})C(=O)O{name[:2]}" for name in NAMES],
        [f"Hello, {name}" if i % 3 else f"{name}, Oh, {name}" for i, name in enumerate(NAMES)],
        [f"{name}(a, b);" for name in NAMES],
        [f"print('{name}, {name}')" for name in NAMES],
        [f"d'{name}'s" for name in NAMES],
        [f"Agent {i}" for i in range(100)],
        [f"{name}, the {name[::-1]}, of {name[1:]}" for name in NAMES],
        [f"{a} {b}" for a, b in zip(NAMES[:15], NAMES[15:30], strict=True)],
        [f"{a}, {b}" for a, b in zip(NAMES[:15], NAMES[15:30], strict=True)],
        [f"[{name}]" for name in NAMES],
        [f"#{i:06x}" for i in range(1000, 1100)],
    ],
    ids=str,
)
def test_lists_of_other_styles_are_left_alone(lines: Sequence[str]) -> None:
    text = "\n".join(lines)
    assert find_layouts(text).suggested == LINES
    assert apply_layout(text, LINES) == lines


@pytest.mark.parametrize(
    "path", sorted((ROOT / "model/corpora").glob("*.txt")), ids=lambda path: path.stem
)
def test_shipped_corpora_are_lines(path: Path) -> None:
    assert find_layouts(path.read_text(encoding="utf-8")).kind == LINES


@pytest.mark.parametrize("kind", ["molecules", "furniture", "cards"])
def test_generated_lists_are_lines(kind: str) -> None:
    assert find_layouts("\n".join(getattr(generated, kind)())).kind == LINES


@pytest.mark.parametrize("name", ["code", "headlines", "poem", "scripts"])
def test_real_texts_are_lines(name: str) -> None:
    text = (ROOT / f"tests/corpora/{name}.txt").read_text(encoding="utf-8")
    assert find_layouts(text).kind == LINES


@given(ANY_TEXT | st.text())
def test_any_text(text: str) -> None:
    """Every choice can be applied, and lines are always one."""
    layouts = find_layouts(text)
    assert LINES in {each.id for each in layouts.choices}
    for each in layouts.choices:
        names = apply_layout(text, each.id)
        assert not any("\n" in name for name in names)


@given(st.text(max_size=30))
def test_unknown_layouts_are_refused(layout: str) -> None:
    if layout != LINES:
        with pytest.raises(UnknownLayoutError):
            apply_layout("Anna,1\nBen,2\n", layout)


@pytest.mark.parametrize(
    "unit",
    ["[", "{'a':", "['a',", '"', "\\", "a,", ",", "\t", "<", "a b ", '["a"]\n', "( ", "1.", "'\\"],
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        before = time.process_time()
        for each in find_layouts(text).choices:
            apply_layout(text, each.id)
        return time.process_time() - before

    small, large = seconds(200_000), seconds(1_600_000)
    assert large < 3 * 8 * small + 0.5
