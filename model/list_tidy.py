"""List tidying: what lines have around their names, such as numbers, quotes and headings.

`find_clutter` counts it, and `tidy` removes it; nothing is removed unless a person wants that.
Every step takes time that is linear in the length of the list.
"""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from model.list_layout import is_heading

_NEARLY_ALL = 0.9
_SOME = 0.3  # lines of which are dropped at most: more of them are what the list is about
_MAX_CHECKED = 5000

_NUMBERED = re.compile(r"\(?(\d{1,6})(?:[.):]+\s*|\s+)(?=\D)")
_BULLET = re.compile(r"(?:[-*•‣◦–—·▪●○►✓+]|\[[ xX]?\])\s+(?=\S)")
_QUOTES = {
    '"': '"',
    "'": "'",
    "“": "”",
    "„": "“”",
    "‘": "’",
    "‚": "‘’",
    "«": "»",
    "»": "«",
    "`": "`'",
    "「": "」",
}
_PAGE = re.compile(
    r"(?:page|seite|página|pagina)\s{1,3}\d{1,5}(?:\s{1,3}\S{1,4}\s{1,3}\d{1,5})?", re.I
)
_EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_TAG = re.compile(r"<[^<>]{0,300}>")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,12});")


def find_clutter(lines: Sequence[str]) -> dict[str, int]:
    """Return what `tidy` would remove, and from how many lines: kind to count, none is 0.

    The kinds are comments, headings, addresses, tags, entities, numbers, bullets, quotes, commas,
    counts and cases (repeated in another letter case).
    """
    return _tidy(lines)[1]


def tidy(lines: Sequence[str]) -> list[str]:
    """Return the lines without clutter."""
    kept = _tidy(lines)[0]
    return [after for before, after in zip(lines, kept, strict=True) if after or not before]


def _tidy(lines: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    kept = [line.strip() for line in lines]
    counts: dict[str, int] = {}
    begins = [True, *(not line for line in kept)]  # after a blank line, or at the beginning
    for kind, is_dropped in (("comments", _is_comment), ("addresses", _is_address)):
        drop = [i for i, line in enumerate(kept) if line and is_dropped(line)]
        if drop and len(drop) <= _SOME * _count(kept):
            counts[kind] = len(drop)
            for i in drop:
                kept[i] = ""
    first = next((i for i, line in enumerate(kept) if line), None)
    drop = [
        i
        for i, line in enumerate(kept)
        if (begins[i] and _is_section(line)) or (line and _PAGE.fullmatch(line))
    ]
    if first is not None and is_heading(kept[first]):
        drop.append(first)
    if drop and len(drop) <= _SOME * _count(kept):
        counts["headings"] = len(drop)
        for i in drop:
            kept[i] = ""
    for kind, strip in _STRIPS:
        changed = [strip(line) if line else line for line in kept]
        number = sum(before != after for before, after in zip(kept, changed, strict=True))
        needed = 1 if kind == "entities" else _NEARLY_ALL * _count(kept)
        is_meant = kind != "numbers" or _is_ascending(kept)
        if number and number >= needed and is_meant and _keeps_names(kept, changed):
            counts[kind] = number
            kept = changed
    seen: set[str] = set()
    exact: set[str] = set()
    for i, line in enumerate(kept):
        folded = line.casefold()
        if line and folded in seen and line not in exact:
            counts["cases"] = counts.get("cases", 0) + 1
            kept[i] = ""
        seen.add(folded)
        exact.add(line)
    return kept, counts


def _count(lines: Iterable[str]) -> int:
    return sum(map(bool, lines))


def _is_comment(line: str) -> bool:
    return line.startswith(("#", "//"))


def _is_address(line: str) -> bool:
    """Whether a line is or contains an e-mail address or a URL."""
    return "://" in line or line.startswith("www.") or ("@" in line and bool(_EMAIL.search(line)))


def _is_section(line: str) -> bool:
    """Whether a line is like `List of elves:`."""
    return line.endswith(":") and line[:-1].replace(" ", "").isalnum()


def _keeps_names(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether lines stay different: the numbers of `Agent 1`, `Agent 2` are part of the names."""
    return len(set(after)) >= _NEARLY_ALL * len(set(before))


def _strip_tags(line: str) -> str:
    is_tagged = line.startswith("<") and line.endswith(">")
    return html.unescape(_TAG.sub("", line)).strip() if is_tagged else line


def _strip_entities(line: str) -> str:
    return html.unescape(line) if "&" in line and _ENTITY.search(line) else line


def _strip_commas(line: str) -> str:
    return line.rstrip(",; \t")


def _strip_number(line: str) -> str:
    match = _NUMBERED.match(line)
    return line[match.end() :] if match else line


def _strip_bullet(line: str) -> str:
    match = _BULLET.match(line)
    return line[match.end() :] if match else line


def _strip_quotes(line: str) -> str:
    is_quoted = len(line) > 2 and line[-1] in _QUOTES.get(line[0], "")
    return line[1:-1].strip() if is_quoted and line[-1] not in line[1:-1] else line


def _strip_count(line: str) -> str:
    """Return a line without a number at its end: `Anna 12`, `Anna (12)`, `Anna: 1,234`."""
    end = line.rstrip(")]% ")
    before = end.rstrip("0123456789.,")
    if before == end or not before.endswith((" ", "(", "[", ":", "=", "\t", "×", " x")):
        return line
    name = before.removesuffix(" x").rstrip(" ([:=\t×")
    return name if any(map(str.isalpha, name)) else line


_STRIPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("tags", _strip_tags),
    ("entities", _strip_entities),
    ("commas", _strip_commas),
    ("numbers", _strip_number),
    ("bullets", _strip_bullet),
    ("quotes", _strip_quotes),
    ("counts", _strip_count),
)


def _is_ascending(lines: Sequence[str]) -> bool:
    """Whether the numbers before lines count them: nearly all follow a smaller one."""
    matches = [_NUMBERED.match(line) for line in lines if line][:_MAX_CHECKED]
    numbers = [int(match[1]) for match in matches if match]
    steps = [after > before for before, after in pairwise(numbers)]
    return bool(steps) and sum(steps) >= _NEARLY_ALL * len(steps)
