"""Terminal chat with the bot on the loopback Discord; also works through a pipe."""

from .repl import chat

__all__ = ["chat"]
