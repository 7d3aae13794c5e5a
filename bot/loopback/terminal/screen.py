"""The chat on a real terminal: a line to edit, history, completion on Tab, painted answers.

Imported only where there is a terminal: `prompt_toolkit` and `rich` take their time to load.
"""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from textwrap import wrap

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from rich.console import Console as Rich
from rich.text import Text

from ..state.messages import Message
from .blocks import Reader
from .completing import Offer
from .painting import painted
from .plain import clean

Offers = Callable[[str], Awaitable[Sequence[Offer]]]
"""Gives what the line could go on with, from what stands before the cursor."""


class Interrupted(Exception):  # noqa: N818 - a person's wish, no error
    """Ctrl-C was typed."""


class _OnTab(Completer):
    """Hands what is offered for a line to `prompt_toolkit`."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    def get_completions(self, document: Document, event: CompleteEvent) -> list[Completion]:
        """Give nothing: the bot is asked, and that takes a while."""
        return []

    async def get_completions_async(
        self, document: Document, event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Ask for what is offered, and give it."""
        for offer in await self._offers(document.text_before_cursor):
            shown, about = clean(offer.shown), clean(offer.about)
            yield Completion(offer.text, -offer.back, display=shown, display_meta=about)


class Screen:
    """A terminal, both ways."""

    live = True

    def __init__(self, offers: Offers) -> None:
        self._rich = Rich(highlight=False)
        self._typing: PromptSession[str] = PromptSession(
            completer=_OnTab(offers), complete_while_typing=False, interrupt_exception=Interrupted
        )
        self._asking: PromptSession[str] = PromptSession(interrupt_exception=Interrupted)
        self._over = False

    async def line(self, prompt: str) -> str | None:
        """Return the next line, None at Ctrl-D."""
        if self._over:
            return None
        try:
            return await self._typing.prompt_async(prompt, handle_sigint=False)
        except EOFError:
            return None
        except Interrupted:  # the program ends as it does where Ctrl-C is a signal, not a key
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
            return None

    async def ask(self, question: str, default: str = "") -> str | None:
        """Return what is answered; `default` stands there to be edited. Ctrl-D ends the chat."""
        asked = "\n".join(wrap(clean(question), self._rich.width - 1)) + " "
        try:
            return await self._asking.prompt_async(asked, default=default, handle_sigint=False)
        except Interrupted:
            return None
        except EOFError:
            self._over = True
            return None

    async def tell(self, *lines: str) -> None:
        """Print lines."""
        await self._print(lambda: self._rich.print(Text("\n".join(map(clean, lines)))))

    async def show(self, message: Message, reader: Reader, tags: list[str]) -> None:
        """Print a message, painted."""
        drawn = painted(message, reader, tags)
        await self._print(lambda: self._rich.print(drawn))

    async def _print(self, write: Callable[[], None]) -> None:
        """Write above the line that is being typed, if one is."""
        if self._typing.app.is_running or self._asking.app.is_running:
            await run_in_terminal(write)
        else:
            write()
