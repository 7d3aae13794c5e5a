"""A message as lines of text, for a pipe: what the bot says, and nothing around it.

Titles, authors and footers are left out where there is anything else, so that a shell gets the
names alone; so are buttons and menus, which can be used all the same.
"""

from collections.abc import Iterator, Sequence

from ..state.messages import Message
from .blocks import Block, Card, Field, File, Reader, Text
from .controls import bar, controls
from .markdown import Line, plain

_UNPRINTABLE = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}"
)
"""What could move the cursor or change the terminal, and what stands there instead."""


def clean(text: str) -> str:
    """Return a line of text without what could steer a terminal; tabs stay."""
    return text.translate(_UNPRINTABLE)


def lines(message: Message, reader: Reader) -> list[str]:
    """Return what a person would read of `message`; never nothing."""
    blocks = reader.blocks(message)
    told = [line for block in blocks for line in _block(block, asides=False)]
    told = told or [line for block in blocks for line in _block(block, asides=True)]
    return [line for line in told if line] or [bar(controls(message))]


def _block(block: Block, *, asides: bool) -> Iterator[str]:
    if isinstance(block, Text):
        yield from _texts(block.lines) if asides or not block.aside else ()
    elif isinstance(block, Field):
        name, value = _texts(block.name), _texts(block.value)
        if len(value) == 1:
            yield f"{' '.join(name)}: {value[0]}"
        else:
            yield from [f"{' '.join(name)}:", *value]
    elif isinstance(block, File):
        yield block.place
    elif isinstance(block, Card):
        for inner in block.blocks:
            yield from _block(inner, asides=asides)


def _texts(read: Sequence[Line]) -> list[str]:
    return [plain(line) for line in read]
