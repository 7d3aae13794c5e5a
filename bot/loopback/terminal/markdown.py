"""Discord Markdown parser: message text to lines of styled spans.

It follows Discord's page "Message Formatting" and its client. Other CommonMark syntax (tables,
setext headings, HTML) is plain text on Discord, and so it is here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MentionFormatter = Callable[[str, int], str]
"""Returns the text of a mention, given its kind (`@`, `@&` or `#`) and the mentioned id."""

NO_STYLES: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Span:
    """Text with styles: bold, italic, underline, strike, code, spoiler, small, heading."""

    text: str
    styles: frozenset[str] = NO_STYLES


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
    |<(?P<mention>@!?|@&|\#)(?P<id>\d+)>
    |</(?P<command>[^:>\n]+):\d+>
    |<a?(?P<emoji>:\w+:)\d+>
    |<t:(?P<timestamp>-?\d{1,11})(?::(?P<format>[tTdDfFR]))?>
    |<(?P<bracketed_url>https?://[^\s<>]+)>
    |(?P<url>https?://[^\s<>]+)
    |\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)
    |__(?P<underline>(?:\\.|[^\\])+?)__(?!_)
    |~~(?P<strike>(?:\\.|[^\\])+?)~~
    |\|\|(?P<spoiler>(?:\\.|[^\\])+?)\|\|
    |\*(?![\s*])(?P<italic>(?:\\.|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)
    |(?<![A-Za-z0-9])_(?P<underscore_italic>(?:\\.|__|[^\\_])+?)_(?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.DOTALL,
)
_MAX_DEPTH = 20
"""Maximum nesting of styles; deeper text stays as typed."""

_NESTABLE = ("bold", "underline", "strike", "spoiler", "italic", "underscore_italic")


def parse(text: str, format_mention: MentionFormatter) -> list[Line]:
    """Return the lines of `text` as a reader sees them."""
    lines: list[Line] = []
    end = 0
    for fence in _FENCE.finditer(text):
        lines += _parse_blocks(text[end : fence.start()].rstrip("\n"), format_mention)
        code = frozenset({"code"})
        lines += [[Span(line, code)] for line in fence[1].split("\n")]
        end = fence.end()
    rest = text[end:].lstrip("\n") if end else text
    return [*lines, *_parse_blocks(rest, format_mention)]


def plain_text(line: Line) -> str:
    """Return a line without styles; inline code keeps its backticks."""
    if all("code" in span.styles for span in line):
        return "".join(span.text for span in line)
    return "".join(f"`{span.text}`" if "code" in span.styles else span.text for span in line)


def _parse_blocks(text: str, format_mention: MentionFormatter) -> Iterator[Line]:
    """Yield the lines of a text without code blocks."""
    if not text:
        return
    # Styles may span ordinary lines, so these are parsed together.
    ordinary: list[str] = []
    for line in text.split("\n"):
        if _BLOCK.match(line):
            yield from _parse_ordinary(ordinary, format_mention)
            ordinary = []
            yield _parse_block(line, format_mention)
        else:
            ordinary.append(line)
    yield from _parse_ordinary(ordinary, format_mention)


def _parse_ordinary(lines: list[str], format_mention: MentionFormatter) -> list[Line]:
    return _split_lines(_parse_inline("\n".join(lines), NO_STYLES, format_mention)) if lines else []


def _parse_block(line: str, format_mention: MentionFormatter) -> Line:
    """Return a heading, subtext, quotation or list item, with its visible prefix."""
    start = _BLOCK.match(line)
    kind = start.lastgroup if start else None
    rest = line[start.end() :] if start else line
    styles = frozenset({kind}) if kind in ("heading", "small") else NO_STYLES
    prefix = {"quote": "│ ", "item": "• "}.get(kind or "", "")
    return [*([Span(prefix)] if prefix else []), *_parse_inline(rest, styles, format_mention)]


def _parse_inline(
    text: str, styles: frozenset[str], format_mention: MentionFormatter, depth: int = _MAX_DEPTH
) -> Iterator[Span]:
    end = 0
    for match in _INLINE.finditer(text):
        if match.start() > end:
            yield Span(text[end : match.start()], styles)
        yield from _match_spans(match, styles, format_mention, depth - 1)
        end = match.end()
    if end < len(text):
        yield Span(text[end:], styles)


def _match_spans(
    match: re.Match[str], styles: frozenset[str], format_mention: MentionFormatter, depth: int
) -> Iterator[Span]:
    if not depth:
        yield Span(match[0], styles)
        return
    for kind in _NESTABLE:
        if match[kind] is not None:
            style = "italic" if kind == "underscore_italic" else kind
            yield from _parse_inline(match[kind], styles | {style}, format_mention, depth)
            return
    if match["code"] is not None:
        yield Span(match["code"].strip() or match["code"], styles | {"code"})
    elif match["target"]:
        yield from _parse_inline(match["label"], styles | {"underline"}, format_mention, depth)
        yield Span(f" ({match['target']})", styles)
    elif match["id"]:
        mention = format_mention(match["mention"].rstrip("!"), int(match["id"]))
        yield Span(mention, styles | {"bold"})
    elif match["timestamp"]:
        yield Span(format_timestamp(int(match["timestamp"]), match["format"] or "f"), styles)
    else:
        command = match["command"] and f"/{match['command']}"
        url = match["bracketed_url"] or match["url"]
        yield Span(match["escaped"] or command or match["emoji"] or url, styles)


def _split_lines(spans: Iterator[Span]) -> list[Line]:
    """Split spans at line breaks."""
    lines: list[Line] = [[]]
    for span in spans:
        first, *more = span.text.split("\n")
        if first:
            lines[-1].append(Span(first, span.styles))
        lines += [[Span(part, span.styles)] if part else [] for part in more]
    return lines


_TIME_FORMATS = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%d/%m/%Y",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": "%A, %d %B %Y %H:%M",
}
_UNITS = {"year": 31_536_000, "month": 2_592_000, "day": 86_400, "hour": 3600, "minute": 60}


def format_timestamp(seconds: int, time_format: str) -> str:
    """Return a Unix time in the local time zone, or relative to now for the format `R`."""
    try:
        time = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return "invalid date"
    if time_format != "R":
        return time.strftime(_TIME_FORMATS[time_format])
    difference = seconds - round(datetime.now(UTC).timestamp())
    unit, length = next(
        ((unit, n) for unit, n in _UNITS.items() if abs(difference) >= n), ("second", 1)
    )
    count = abs(difference) // length
    amount = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {amount}" if difference > 0 else f"{amount} ago"
