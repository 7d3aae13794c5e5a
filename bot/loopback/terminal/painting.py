"""A message as `rich` paints it within the terminal's width: cards with their colour, looks."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import rule
from rich.console import Console, ConsoleOptions, ConsoleRenderable, Group, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text as Painted

from ..state.messages import Message
from .blocks import Bar, Block, Card, Field, File, Reader, Text
from .controls import Control
from .markdown import Line
from .plain import clean

_LOOKS = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strike",
    "code": "cyan",
    "spoiler": "dim reverse",
    "small": "dim",
    "heading": "bold",
}


class Barred:
    """Anything, with a bar of one colour on its left."""

    def __init__(self, inner: ConsoleRenderable, colour: int | None) -> None:
        self._inner = inner
        self._style = Style(color=f"#{colour:06x}") if colour is not None else Style(dim=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(options.max_width - 2, 1)
        for line in console.render_lines(self._inner, options.update(width=width), pad=False):
            yield Segment("▌ ", self._style)
            yield from line
            yield Segment.line()


def painted(message: Message, reader: Reader, tags: Sequence[str] = ()) -> ConsoleRenderable:
    """Return `message`, and beneath it `tags`, dim, that say who sees it."""
    parts = list(_blocks(reader.blocks(message)))
    if tags:
        parts.append(Painted(" · ".join(tags), "dim italic"))
    return Group(*parts)


def _blocks(blocks: Sequence[Block]) -> Iterator[ConsoleRenderable]:
    for inline, run in groupby(blocks, lambda one: isinstance(one, Field) and one.inline):
        if inline:
            yield _columns([one for one in run if isinstance(one, Field)])
        else:
            yield from map(_block, run)


def _block(block: Block) -> ConsoleRenderable:
    if isinstance(block, Card):
        return Barred(Group(*_blocks(block.blocks)), block.colour)
    if isinstance(block, Text):
        return _lines(block.lines)
    if isinstance(block, Field):
        return _field(block)
    if isinstance(block, Bar):
        return Painted(" ").join(map(_control, block.controls))
    if isinstance(block, File):
        place = Painted(clean(block.place), "underline", overflow="fold")
        return (
            place.append(f" ({clean(block.about)})", "not underline dim") if block.about else place
        )
    return rule.Rule(style="dim") if block.drawn else Painted()


def _field(field: Field) -> ConsoleRenderable:
    name = _lines(field.name)
    name.stylize("bold")
    return Group(name, _lines(field.value))


def _columns(fields: Sequence[Field]) -> Table:
    """Return fields side by side, three in a row as Discord has them."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    for start in range(0, len(fields), 3):
        grid.add_row(*map(_field, fields[start : start + 3]))
    return grid


def _lines(lines: Sequence[Line]) -> Painted:
    return Painted("\n").join(map(_line, lines))


def _line(line: Line) -> Painted:
    text = Painted(overflow="fold")
    for span in line:
        text.append(clean(span.text), " ".join(_LOOKS[look] for look in sorted(span.look)))
    return text


def _control(control: Control) -> Painted:
    text = Painted(clean(str(control)), "dim" if control.disabled else "")
    if control.number is not None and not control.disabled:
        text.stylize("bold cyan", 1, 1 + len(str(control.number)))
    return text
