"""Discord's Markdown as a reader sees it: pieces of text, each with its look.

Discord's page "Message Formatting", and the Markdown that its client knows: what CommonMark has
besides (tables, setext headings, HTML) is plain text there, and so it is here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .moments import moment

Named = Callable[[str, int], str]
"""Gives what a mention shows: of the kind `@`, `@&` or `#`, and the id of the one mentioned."""

PLAIN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Span:
    """Some text with one look: bold, italic, underline, strike, code, spoiler, small, heading."""

    text: str
    look: frozenset[str] = PLAIN


Line = list[Span]

_FENCE = re.compile(r"(?<!\\)```(?:[\w+#.-]*\n)?\n*(.*?)\n*```", re.DOTALL)
_BLOCK = re.compile(
    r"(?P<heading>\#{1,3}[ ]+)|(?P<small>-\#[ ]+)|(?P<quote>>[ ])|(?P<item>[ ]*[-*][ ]+)",
    re.VERBOSE,
)
_INLINE = re.compile(
    r"""
    \\(?P<escaped>[^0-9A-Za-z\s])
    |(?P<tick>`+)(?P<code>.*?[^`])(?P=tick)(?!`)
    |\[(?P<label>[^\]\n]+)\]\(<?(?P<target>https?://[^\s)>]+)>?\)
    |<(?P<kind>@!?|@&|\#)(?P<id>\d+)>
    |</(?P<command>[^:>\n]+):\d+>
    |<a?(?P<emoji>:\w+:)\d+>
    |<t:(?P<moment>-?\d{1,11})(?::(?P<shape>[tTdDfFR]))?>
    |<(?P<bare>https?://[^\s<>]+)>
    |(?P<url>https?://[^\s<>]+)
    |\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)
    |__(?P<underline>(?:\\.|[^\\])+?)__(?!_)
    |~~(?P<strike>(?:\\.|[^\\])+?)~~
    |\|\|(?P<spoiler>(?:\\.|[^\\])+?)\|\|
    |\*(?![\s*])(?P<italic>(?:\\.|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)
    |(?<![A-Za-z0-9])_(?P<slanted>(?:\\.|__|[^\\_])+?)_(?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.DOTALL,
)
_DEPTH = 20
"""How deep emphasis is followed; no text that is meant goes so far."""

_NESTED = ("bold", "underline", "strike", "spoiler", "italic", "slanted")


def read(text: str, named: Named) -> list[Line]:
    """Return the lines of `text`, without the signs that are not shown."""
    lines: list[Line] = []
    end = 0
    for fence in _FENCE.finditer(text):
        lines += _paragraphs(text[end : fence.start()].rstrip("\n"), named)
        code = frozenset({"code"})
        lines += [[Span(line, code)] for line in fence[1].split("\n")]
        end = fence.end()
    rest = text[end:].lstrip("\n") if end else text
    return [*lines, *_paragraphs(rest, named)]


def plain(line: Line) -> str:
    """Return a line as text alone; code keeps its quotation marks where it is part of a line."""
    if all("code" in span.look for span in line):
        return "".join(span.text for span in line)
    return "".join(f"`{span.text}`" if "code" in span.look else span.text for span in line)


def _paragraphs(text: str, named: Named) -> Iterator[Line]:
    """Give the lines of a text that holds no code block; emphasis may go on to the next line."""
    if not text:
        return
    ordinary: list[str] = []
    for line in text.split("\n"):
        if _BLOCK.match(line):
            yield from _ordinary(ordinary, named)
            ordinary = []
            yield _block(line, named)
        else:
            ordinary.append(line)
    yield from _ordinary(ordinary, named)


def _ordinary(lines: list[str], named: Named) -> list[Line]:
    return _broken(_inline("\n".join(lines), PLAIN, named)) if lines else []


def _block(line: str, named: Named) -> Line:
    """Return a heading, subtext, quotation or item, with what the client puts before it."""
    start = _BLOCK.match(line)
    kind = start.lastgroup if start else None
    rest = line[start.end() :] if start else line
    look = frozenset({kind}) if kind in ("heading", "small") else PLAIN
    sign = {"quote": "│ ", "item": "• "}.get(kind or "", "")
    return [*([Span(sign)] if sign else []), *_inline(rest, look, named)]


def _inline(text: str, look: frozenset[str], named: Named, depth: int = _DEPTH) -> Iterator[Span]:
    end = 0
    for found in _INLINE.finditer(text):
        if found.start() > end:
            yield Span(text[end : found.start()], look)
        yield from _spans(found, look, named, depth - 1)
        end = found.end()
    if end < len(text):
        yield Span(text[end:], look)


def _spans(found: re.Match[str], look: frozenset[str], named: Named, depth: int) -> Iterator[Span]:
    if not depth:
        yield Span(found[0], look)
        return
    for kind in _NESTED:
        if found[kind] is not None:
            added = "italic" if kind == "slanted" else kind
            yield from _inline(found[kind], look | {added}, named, depth)
            return
    if found["code"] is not None:
        yield Span(found["code"].strip() or found["code"], look | {"code"})
    elif found["target"]:
        yield from _inline(found["label"], look | {"underline"}, named, depth)
        yield Span(f" ({found['target']})", look)
    elif found["id"]:
        yield Span(named(found["kind"].rstrip("!"), int(found["id"])), look | {"bold"})
    elif found["moment"]:
        yield Span(moment(int(found["moment"]), found["shape"] or "f"), look)
    else:
        command = found["command"] and f"/{found['command']}"
        told = found["escaped"] or command or found["emoji"] or found["bare"] or found["url"]
        yield Span(told, look)


def _broken(spans: Iterator[Span]) -> list[Line]:
    """Return `spans` as lines, broken where their text is."""
    lines: list[Line] = [[]]
    for span in spans:
        first, *more = span.text.split("\n")
        if first:
            lines[-1].append(Span(first, span.look))
        lines += [[Span(part, span.look)] if part else [] for part in more]
    return lines
