"""Interactive terminal console: line editing, history, tab completion and coloured messages.

It is imported only on a terminal, because `prompt_toolkit` and `rich` are slow to import.
"""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, ConsoleRenderable, Group, RenderResult
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..state.messages import Message
from .completion import Suggestion
from .components import Component
from .console import replace_control_characters
from .markdown import Line
from .message_blocks import (
    Block,
    BlockBuilder,
    Card,
    ComponentRow,
    FieldBlock,
    FileBlock,
    TextBlock,
)

_RICH_STYLES = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strike",
    "code": "cyan",
    "spoiler": "dim reverse",
    "small": "dim",
    "heading": "bold",
}

Suggest = Callable[[str], Awaitable[Sequence[Suggestion]]]
"""Returns suggestions for the text before the cursor."""


class InterruptedByUser(Exception):  # noqa: N818 - not an error
    """The user pressed Ctrl-C."""


class _TabCompleter(Completer):
    """Adapts `suggest` to prompt_toolkit."""

    def __init__(self, suggest: Suggest) -> None:
        self._suggest = suggest

    def get_completions(self, document: Document, event: CompleteEvent) -> list[Completion]:
        """Return nothing: completion needs the bot, so it is asynchronous."""
        return []

    async def get_completions_async(
        self, document: Document, event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield the suggestions for the text before the cursor."""
        for suggestion in await self._suggest(document.text_before_cursor):
            yield Completion(
                suggestion.text,
                -suggestion.replaced_length,
                display=replace_control_characters(suggestion.label),
                display_meta=replace_control_characters(suggestion.description),
            )


class InteractiveConsole:
    """The console of a person at a terminal."""

    is_interactive = True
    output_error: OSError | None = None
    has_failed = False

    def __init__(self, suggest: Suggest) -> None:
        self._rich = RichConsole(highlight=False)
        self._line_session: PromptSession[str] = PromptSession(
            completer=_TabCompleter(suggest),
            complete_while_typing=False,
            interrupt_exception=InterruptedByUser,
        )
        self._question_session: PromptSession[str] = PromptSession(
            interrupt_exception=InterruptedByUser
        )
        self._is_closed = False

    async def read_line(self, prompt: str) -> str | None:
        """Return the next line, or None on Ctrl-D."""
        if self._is_closed:
            return None
        try:
            return await self._line_session.prompt_async(prompt, handle_sigint=False)
        except EOFError:
            return None
        except InterruptedByUser:
            # End the program in the same way as when Ctrl-C is a signal rather than a key.
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
            return None

    async def prompt(self, question: str, default: str = "") -> str | None:
        """Return the answer, or None on Ctrl-C. `default` can be edited. Ctrl-D ends the chat."""
        wrapped = wrap(replace_control_characters(question), self._rich.width - 1)
        try:
            return await self._question_session.prompt_async(
                "\n".join(wrapped) + " ", default=default, handle_sigint=False
            )
        except InterruptedByUser:
            return None
        except EOFError:
            self._is_closed = True
            return None

    async def write(self, *lines: str) -> None:
        """Print lines."""
        text = Text("\n".join(map(replace_control_characters, lines)))
        await self._print(text)

    async def write_error(self, *lines: str) -> None:
        """Print lines; only the exit status of a pipe tells that one failed."""
        await self.write(*lines)

    async def show_message(self, message: Message, builder: BlockBuilder, tags: list[str]) -> None:
        """Print a message with colours."""
        await self._print(render_message(message, builder, tags))

    async def _print(self, renderable: ConsoleRenderable) -> None:
        """Print above the line that is being typed, if any."""
        if self._line_session.app.is_running or self._question_session.app.is_running:
            await run_in_terminal(lambda: self._rich.print(renderable))
        else:
            self._rich.print(renderable)


def render_message(
    message: Message, builder: BlockBuilder, tags: Sequence[str] = ()
) -> ConsoleRenderable:
    """Return `message` for rich, with dim `tags` below it."""
    parts = list(_render_blocks(builder.build(message)))
    if tags:
        parts.append(Text(" · ".join(tags), "dim italic"))
    return Group(*parts)


class _BorderedCard:
    """A renderable with a coloured border on its left."""

    def __init__(self, inner: ConsoleRenderable, colour: int | None) -> None:
        self._inner = inner
        self._style = Style(color=f"#{colour:06x}") if colour is not None else Style(dim=True)

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        width = max(options.max_width - 2, 1)
        for line in console.render_lines(self._inner, options.update(width=width), pad=False):
            yield Segment("▌ ", self._style)
            yield from line
            yield Segment.line()


def _render_blocks(blocks: Sequence[Block]) -> Iterator[ConsoleRenderable]:
    for is_inline, group in groupby(blocks, lambda b: isinstance(b, FieldBlock) and b.is_inline):
        if is_inline:
            yield _render_inline_fields([one for one in group if isinstance(one, FieldBlock)])
        else:
            yield from map(_render_block, group)


def _render_block(block: Block) -> ConsoleRenderable:
    if isinstance(block, Card):
        return _BorderedCard(Group(*_render_blocks(block.blocks)), block.colour)
    if isinstance(block, TextBlock):
        return _render_lines(block.lines)
    if isinstance(block, FieldBlock):
        return _render_field(block)
    if isinstance(block, ComponentRow):
        return Text(" ").join(map(_render_component, block.components))
    if isinstance(block, FileBlock):
        text = Text(replace_control_characters(block.location), "underline", overflow="fold")
        if block.description:
            description = replace_control_characters(block.description)
            text.append(f" ({description})", "not underline dim")
        return text
    return Rule(style="dim") if block.has_line else Text()


def _render_field(field: FieldBlock) -> ConsoleRenderable:
    name = _render_lines(field.name)
    name.stylize("bold")
    return Group(name, _render_lines(field.value))


def _render_inline_fields(fields: Sequence[FieldBlock]) -> Table:
    """Return fields side by side, three in a row as on Discord."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    for start in range(0, len(fields), 3):
        grid.add_row(*map(_render_field, fields[start : start + 3]))
    return grid


def _render_lines(lines: Sequence[Line]) -> Text:
    return Text("\n").join(map(_render_line, lines))


def _render_line(line: Line) -> Text:
    text = Text(overflow="fold")
    for span in line:
        style = " ".join(_RICH_STYLES[style] for style in sorted(span.styles))
        text.append(replace_control_characters(span.text), style)
    return text


def _render_component(component: Component) -> Text:
    style = "dim" if component.is_disabled else ""
    text = Text(replace_control_characters(str(component)), style)
    if component.number is not None and not component.is_disabled:
        text.stylize("bold cyan", 1, 1 + len(str(component.number)))
    return text
