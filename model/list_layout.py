"""List layout: find the names in tables, JSON, lists of code and lines of commas.

A layout says which part of a file is one name: a line, a cell of a column, or a piece between
separators. Which one is meant is for a person to choose; a default is only suggested if the
evidence is strong.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from model.list_text import remove_invisible

LINES = "lines"
"""The layout of a list as it is: one name a line."""

_HEADINGS = (
    "id no nr rank title town city name names namen nom noms nombre nombres nome nomes имя "
    "имена firstname lastname surname forename vorname nachname familienname prénom prenom "
    "apellido apellidos sobrenome givenname familyname fullname count number gender sex year "
    "frequency language origin country meaning type kind category word words artist song"
)
HEADING_WORDS = frozenset(_HEADINGS.split())
"""Words that head a column, without spaces, hyphens and underscores."""

_NEARLY_ALL = 0.9
_MAX_CHECKED = 2000  # lines, spread evenly over the list
_MIN_NAMES = 20
_MAX_COLUMNS = 20
_MAX_LABEL = 40
_MAX_JSON = 16 * 2**20  # characters
_MIN_PIECES, _MIN_WORDS = 5, 8  # a line, to suggest a split at separators and at spaces
_MAX_PIECE_WORDS = 3
_FEW_KINDS = 0.05  # of a column's cells are distinct: a category, such as F and M

_TABLE_SEPARATORS = "\t;|,"
_SPLIT_SEPARATORS = ",;|\t、，،؛"
_NUMERIC = re.compile(r"(?=.*\d)[\d.,%+\-/: €$£]{1,40}")
_ITEM = re.compile(
    r"\s*+(?:'((?:[^'\\\n]|\\.)*+)'|\"((?:[^\"\\\n]|\\.)*+)\"|[\w.+-]++|([\[\](){},:=;]))"
)
_ASSIGNMENT = re.compile(r"\s{0,100}(?:(?:var|let|const)\s{1,9})?(?:\w{1,60}\s{0,9}[:=]\s{0,9})?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")


class UnknownLayoutError(ValueError):
    """A list does not have a layout of this id."""


@dataclass(frozen=True)
class Layout:
    """One way to find the names in a file."""

    id: str
    """`lines`, `column:SEPARATOR:INDEX`, `split:SEPARATOR` or `item:KEY`."""
    label: str = ""
    """The heading of the column or the key, or the separator; "" if it has none."""
    examples: tuple[str, ...] = ()
    count: int = 0
    """How many different names it gives in the part of the file that was looked at."""


@dataclass(frozen=True)
class Layouts:
    """What a file looks like, and the ways to read it."""

    kind: str = LINES
    """`lines`, `table`, `json`, `code` or `separated`."""
    choices: tuple[Layout, ...] = (Layout(LINES),)
    """The suggested one is the first."""
    columns: tuple[str, ...] = ()
    """The labels of all columns of a table."""

    @property
    def suggested(self) -> str:
        """The id of the layout that the evidence is strong for."""
        return self.choices[0].id


def find_layouts(text: str, file_name: str = "") -> Layouts:
    """Return the layouts that the text of a list may have; `LINES` is always among them."""
    lines = [line for line in text.split("\n") if line.strip()]
    step = 1 + len(lines) // _MAX_CHECKED
    checked = [lines[0], *lines[step::step]] if lines else []
    found = (
        _find_items(text, lines)
        or _find_table([line for line in checked if line[0] != "#"], file_name)
        or _find_split(checked, len(lines))
    )
    return found or Layouts()


def apply_layout(text: str, layout: str) -> list[str]:
    """Return one name a line, by the id of a layout; raises `UnknownLayoutError`."""
    lines = text.split("\n")
    if layout == LINES:
        return [line.replace("\t", " ") for line in lines]
    kind, _, rest = layout.partition(":")
    if kind == "column":
        separator, _, index = rest.partition(":")
        if separator not in _TABLE_SEPARATORS or not index.isdecimal() or not separator:
            raise UnknownLayoutError(layout)
        return _column(lines, separator, int(index))
    if kind == "split":
        if rest not in (*_SPLIT_SEPARATORS, " "):
            raise UnknownLayoutError(layout)
        return [piece for line in lines for piece in _split_line(line, rest)]
    if kind == "item":
        for each in _items(text, [line for line in lines if line.strip()]):
            if each.id == layout:
                return each.names
    raise UnknownLayoutError(layout)


def is_heading(text: str) -> bool:
    """Whether a cell or a line is a usual heading of a list of names."""
    plain = re.sub(r"[\s_\-\"'.:]", "", text[:60]).casefold()
    return plain in HEADING_WORDS


# --- Tables -----------------------------------------------------------------------------------


def _find_table(lines: Sequence[str], file_name: str) -> Layouts | None:
    """Return the layouts of a table: nearly all lines have the same number of cells."""
    if len(lines) < 2:
        return None
    for separator in _TABLE_SEPARATORS:
        rows = [_cells(line, separator) for line in lines if separator in line]
        counts = Counter(map(len, rows))
        width, number = counts.most_common(1)[0] if counts else (0, 0)
        if width < 2 or width > 200 or number < _NEARLY_ALL * len(lines):
            continue
        columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
        if sum(any(cells[1:]) for cells in columns) >= 2:
            return _table_layouts(separator, columns, file_name)
    return None


def _table_layouts(
    separator: str, columns: Sequence[Sequence[str]], file_name: str
) -> Layouts | None:
    bodies = [cells[1:] for cells in columns]
    numeric = [_is_nearly_all(map(_is_number, filter(None, body))) for body in bodies]
    has_heading = any(is_heading(cells[0]) for cells in columns) or any(
        is_number and cells[0] and not _is_number(cells[0])
        for is_number, cells in zip(numeric, columns, strict=True)
    )
    labels = [cells[0][:_MAX_LABEL] if has_heading else "" for cells in columns]
    layouts, is_category = [], []
    for index, cells in enumerate(columns):
        body = [c for c in (bodies[index] if has_heading else cells) if c and not _is_rule(c)]
        distinct = list(dict.fromkeys(body))
        is_category.append(2 <= len(distinct) <= max(3, _FEW_KINDS * len(body)))
        if not any(c.isalpha() for cell in distinct[:50] for c in cell):
            continue
        id = f"column:{separator}:{index}"
        layouts.append(Layout(id, labels[index], tuple(distinct[:3]), len(distinct)))
    if not layouts:
        return None
    best = max(layouts[:_MAX_COLUMNS], key=lambda each: _rank(each, layouts))
    cells = columns[int(best.id.rsplit(":", 1)[1])]
    starts_with_letter = _is_nearly_all(cell[:1].isalpha() for cell in cells if cell)
    is_data = any(numeric) or has_heading or (any(is_category) and len(columns) > 2)
    is_distinct = all(each.count >= len(columns[0]) / 2 for each in layouts)
    if len(columns) >= _MIN_PIECES - 1 and is_distinct and not is_data:
        return None  # lines of as many names each
    is_table_file = file_name.casefold().endswith((".csv", ".tsv", ".tab"))
    is_strong = separator == "\t" or is_table_file or (is_data and starts_with_letter)
    shown = tuple(labels) if has_heading else ("",) * len(labels)
    others = [each for each in layouts if each is not best and each.count >= _MIN_NAMES]
    choices = [best, *others[: _MAX_COLUMNS - 1]]
    return Layouts("table", _with_lines(choices, is_strong and best.count >= 2), shown)


def _rank(layout: Layout, layouts: Sequence[Layout]) -> tuple[bool, bool, int, int]:
    """Return how likely a column holds the names; the first of equal ones."""
    most = max(each.count for each in layouts)
    is_full = layout.count >= 0.3 * most
    is_named = (is_full and "name" in layout.label.casefold()) or is_heading(layout.label)
    words = sum(len(example.split()) for example in layout.examples)
    is_short = words <= 4 * len(layout.examples)
    index = int(layout.id.rsplit(":", 1)[1]) if layout.id.startswith("column") else 0
    return is_full and is_short, is_named and is_full, -index, layout.count


def _column(lines: Sequence[str], separator: str, index: int) -> list[str]:
    """Return the cells of a column: "" where a row has none, without its heading."""
    rows = [_cells(line, separator) if line.strip() else [""] for line in lines if line[:1] != "#"]
    first = next((i for i, row in enumerate(rows) if any(row)), 0)
    if rows and _has_heading(rows[first], rows[first + 1 :]):
        del rows[first]
    cells = (row[index] if len(row) > index else "" for row in rows)
    return [cell for cell in cells if not _is_rule(cell)]


def _has_heading(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    if any(map(is_heading, first)):
        return True
    checked = [row for row in rows[: 10 * _MAX_CHECKED] if len(row) == len(first)]
    return any(
        cell and not _is_number(cell) and _is_nearly_all(_is_number(row[i]) for row in checked)
        for i, cell in enumerate(first)
    )


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a row; quoted ones may contain the separator."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        row = line.split(separator)
    return [" ".join(cell.split()) for cell in row]


def _is_rule(cell: str) -> bool:
    """Whether a cell belongs to the line under the heading of a Markdown table."""
    return cell.startswith(("--", ":-")) and not cell.strip("-:")


def _is_number(text: str) -> bool:
    return _NUMERIC.fullmatch(text) is not None


def _is_nearly_all(found: Iterable[bool]) -> bool:
    """Whether 90 % of at least one are true."""
    values = list(found)
    return bool(values) and sum(values) >= _NEARLY_ALL * len(values)


# --- Lines of commas --------------------------------------------------------------------------


def _find_split(lines: Sequence[str], line_count: int) -> Layouts | None:
    """Return the layouts of lines that hold many names each."""
    if not lines:
        return None
    separator = max(_SPLIT_SEPARATORS, key=lambda each: sum(each in line for line in lines))
    full = lines[:-1] or lines  # the last one may hold a single name
    pieces = [_split_line(line, separator) for line in lines]
    count = sum(map(len, pieces))
    distinct = list(dict.fromkeys(piece for each in pieces for piece in each))
    if not _is_nearly_all(separator in line for line in full) or count < 2 * len(full):
        return _find_words(lines, line_count)
    words = sum(len(piece.split()) for piece in distinct[:500])
    is_short = words <= _MAX_PIECE_WORDS * len(distinct[:500])
    is_many = count >= _MIN_PIECES * len(full)
    if len(distinct) < _MIN_NAMES or not (is_many or line_count < _MIN_NAMES):
        return None
    layout = Layout(f"split:{separator}", separator, tuple(distinct[:3]), len(distinct))
    return Layouts("separated", _with_lines([layout], is_many and is_short))


def _find_words(lines: Sequence[str], line_count: int) -> Layouts | None:
    """Return the layouts of a few lines of words, which is no list otherwise."""
    words = [word for line in lines for word in line.split()]
    distinct = list(dict.fromkeys(words))
    is_many = len(words) >= _MIN_WORDS * len(lines)
    if line_count >= _MIN_NAMES or not is_many or len(distinct) < _MIN_NAMES:
        return None
    layout = Layout("split: ", " ", tuple(distinct[:3]), len(distinct))
    return Layouts("separated", _with_lines([layout], is_strong=True))


def _split_line(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    pieces = (cell.strip().strip("'‘’“”`") for cell in _cells(line, separator))
    return [piece for piece in pieces if piece]


# --- JSON, and lists in the source of a program -----------------------------------------------


@dataclass(frozen=True)
class _Items:
    """The texts under one key of a structure; `id` is `item:KEY`."""

    id: str
    label: str
    names: list[str]


def _find_items(text: str, lines: Sequence[str]) -> Layouts | None:
    found = _items(text, lines)
    if not found:
        return None
    layouts = [
        Layout(each.id, each.label, tuple(dict.fromkeys(each.names))[:3], len(set(each.names)))
        for each in found[:_MAX_COLUMNS]
    ]
    best = max(layouts, key=lambda each: (*_rank(each, layouts)[:2], each.count))
    kind = "json" if _parse_json(text, lines) is not None else "code"
    others = (each for each in layouts if each is not best and each.count >= _MIN_NAMES)
    return Layouts(kind, _with_lines([best, *others], best.count >= _MIN_NAMES))


def _items(text: str, lines: Sequence[str]) -> list[_Items]:
    """Return the groups of texts in JSON or in a list of a program; [] for other text."""
    parsed = _parse_json(text, lines)
    groups: dict[str, list[str]] = {}
    if parsed is not None:
        _collect(parsed, "", groups, 0)
    else:
        groups = _scan_code(text)
    # A table of objects may lack a key here and there; a group of few is no list.
    found = [(key, names) for key, names in groups.items() if len(set(names)) >= 2]
    found = [(key, names) for key, names in found if len(key) <= _MAX_LABEL]
    return [
        _Items(f"item:{key}", key.rpartition("/")[2], [_plain(name) for name in names])
        for key, names in found
        if key == _plain(key)
    ]


def _plain(text: str) -> str:
    """Return a text on one line without what its escapes may stand for."""
    return " ".join(remove_invisible(_SURROGATE.sub("\ufffd", text)).split())


def _parse_json(text: str, lines: Sequence[str]) -> object | None:
    """Return the array or object in `text`, or the list of those in each line; None for neither."""
    start = text[:200].lstrip()[:1]
    if start not in ("[", "{") or len(text) > _MAX_JSON:
        return None
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        pass
    if len(lines) < 2 or lines[0].rstrip()[-1] not in "]}":
        return None
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None


def _collect(value: object, key: str, groups: dict[str, list[str]], depth: int) -> None:
    """Add the texts in a parsed structure to `groups`, by the path of keys to them."""
    if isinstance(value, str):
        groups.setdefault(key, []).append(value)
    elif depth > 6:
        return
    elif isinstance(value, list):
        for index, each in enumerate(value):
            is_row = isinstance(each, list) or not isinstance(each, str | dict)
            inner = f"{key}/{index + 1}" if depth and not is_row and len(value) <= 8 else key
            nested = isinstance(each, str) and depth > 0 and len(value) <= 8
            _collect(each, inner if nested else key, groups, depth + 1)
    elif isinstance(value, dict):
        kinds = (list, dict, str) if depth else (list, dict)
        has_names = not any(isinstance(each, kinds) for each in value.values())
        if has_names and len(value) >= _MIN_NAMES:  # names with their numbers
            groups.setdefault(key, []).extend(value)
        else:
            for name, each in value.items():
                _collect(each, f"{key}/{name}", groups, depth + 1)


def _scan_code(text: str) -> dict[str, list[str]]:
    """Return the quoted texts of a list, set, tuple or dictionary as programs print them.

    The whole text must be one; the time is linear.
    """
    groups: dict[str, list[str]] = {}
    start = _ASSIGNMENT.match(text)
    position = start.end() if start else 0
    if text[position : position + 1] not in ("[", "(", "{"):
        return {}
    keys: list[str] = []
    string, key, is_open = None, "", 0
    while match := _ITEM.match(text, position):
        position = match.end()
        mark = match[3]
        if match[1] is not None or match[2] is not None:
            string = _unescape(match[1] if match[1] is not None else match[2])
        elif mark in (":", "=") and string is not None:
            key, string = string, None
            keys.append(key)
        elif mark in tuple(",])};") and string is not None:
            groups.setdefault(f"/{key}" if key else "", []).append(string)
            string, key = None, ""
        elif mark == ",":
            key = ""
        is_open += (mark in tuple("[({")) - (mark in tuple("])}")) if mark else 0
        if not is_open:
            break
    if is_open or len(text[position:].strip(" \n;")) > 0:
        return {}
    if len(set(keys)) >= _MIN_NAMES:
        return {"": keys}
    return groups


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else match[3]

    return _ESCAPE.sub(plain, text) if "\\" in text else text


def _with_lines(layouts: Sequence[Layout], is_strong: bool) -> tuple[Layout, ...]:
    """Return the choices, with `LINES` first unless the evidence for the others is strong."""
    lines = Layout(LINES)
    named = [
        replace(each, examples=tuple(e[:_MAX_LABEL] for e in each.examples)) for each in layouts
    ]
    return (*named, lines) if is_strong else (lines, *named)
