"""The log on standard error. It never contains the bot's token."""

import copy
import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

from .config_sections import Secret
from .request_id import RequestIdFilter

_log = logging.getLogger(__name__)

_CONNECTION_LOGGERS = ("discord.gateway", "discord.shard")
_LOGIN = re.compile(r"//[^\s/@'\"]+@")
_MAX_REASON = 200
"""Characters of a reason in the log; it can be a page for browsers."""


def log_to_stderr(
    level: str, secret: Secret | None = None, format: Literal["text", "json"] = "text"
) -> None:
    """Send the log of the whole process, from `level` up, to standard error.

    DEBUG is for the bot's own log only: discord.py's would contain messages, addresses of files and
    tokens of interactions, and aiosqlite's the stored data. Replaces `secret` by "[token]", in
    tracebacks too. Omits the log of Dask's client, because the message of a training shows why it
    failed, and Alembic's information. As JSON, warnings and uncaught exceptions are records, too.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(secret) if format == "json" else LogFormatter(secret))
    handler.addFilter(RequestIdFilter())
    others = "INFO" if level == "DEBUG" else level
    logging.basicConfig(level=others, handlers=[handler], force=True)
    logging.getLogger(__package__).setLevel(level)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if format == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_uncaught
        sys.unraisablehook = _log_unraisable
        threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        _log.critical("Namesmith ended because of a bug", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    if caught.exc_value is not None:  # else it was freed while the interpreter ended
        _log.critical("A thread ended because of a bug", exc_info=caught.exc_value)


def _log_unraisable(ignored: "sys.UnraisableHookArgs") -> None:
    _log.error("An exception was ignored in %r", ignored.object, exc_info=ignored.exc_value)


def one_line(error: BaseException) -> str:
    """Return the kind and the message of an error, in one line."""
    text = _LOGIN.sub("//", f"{type(error).__name__}: {error}")
    return " ".join(text.split())[:_MAX_REASON].rstrip(": ")


_PRIVATE = (
    (_LOGIN, "//"),
    (re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.=-]+"), r"\1[token]"),
    (re.compile(r"https?://[^\s'\"]*attachments/[^\s'\"<>)]+"), "[attachment]"),
    (re.compile(r"(namesmith[\w-]*:)[^\s'\"<>)]+"), r"\1[...]"),
)
"""What tracebacks and other libraries may contain, and what replaces it: passwords in URLs, tokens
of interactions, addresses of files, and custom ids, which hold ids of users and their requests.
"""


class LogFormatter(logging.Formatter):
    """Formats records, without `secret`, what is private, and tracebacks of lost connections.

    discord.py logs those while it connects again. The request's id follows the logger's name.
    """

    def __init__(self, secret: Secret | None = None) -> None:
        super().__init__(
            "%(asctime)s %(levelname)-7s %(name)s%(suffix)s: %(message)s", "%Y-%m-%d %H:%M:%S"
        )
        self._secret = secret.value if secret else ""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, with its traceback if it has one."""
        record = _without_traceback(record)
        request_id = getattr(record, "request_id", "")
        record.suffix = f" [{request_id}]" if request_id else ""
        return self.hide(super().format(record))

    def hide(self, text: str) -> str:
        """Return `text` without `secret` and what is private."""
        text = text.replace(self._secret, "[token]") if self._secret else text
        for pattern, replacement in _PRIVATE:
            text = pattern.sub(replacement, text)
        return text


class JsonFormatter(LogFormatter):
    """Formats a record as a JSON object in one line.

    It has `time` (UTC), `level`, `logger` and `message`, and where there are any `request_id`,
    `exception` (a traceback) and `stack`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        record = _without_traceback(record)
        time = datetime.fromtimestamp(record.created, UTC)
        fields = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.hide(record.getMessage()),
            "request_id": getattr(record, "request_id", ""),
            "exception": "",
            "stack": self.hide(record.stack_info or ""),
        }
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = self.hide(self.formatException(record.exc_info))
        kept = ("time", "level", "logger", "message")
        return json.dumps({key: text for key, text in fields.items() if text or key in kept})

    def format_line(self, line: str) -> str:
        """Return a line of the program that is no record, such as why it ended, as JSON."""
        level = logging.CRITICAL
        return self.format(logging.LogRecord("namesmith", level, "", 0, line, None, None))


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy of the record; of a lost connection, with the reason in the message."""
    record = copy.copy(record)
    if record.name in _CONNECTION_LOGGERS and record.exc_info and record.exc_info[1]:
        reason = one_line(record.exc_info[1])
        record.msg, record.args = f"{record.getMessage()} ({reason})", ()
        record.exc_info = record.exc_text = None
    return record
