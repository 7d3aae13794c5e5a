"""Terminal chat with the bot on the loopback Discord; also works through a pipe."""

from .bot_reports import BotReports
from .repl import FailedLinesError, chat

__all__ = ["BotReports", "FailedLinesError", "chat"]
