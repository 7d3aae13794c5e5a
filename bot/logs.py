"""The log on standard error. It never contains the bot's token."""

import copy
import logging
import re

from .config_sections import Secret

_CONNECTION_LOGGERS = ("discord.gateway", "discord.shard")
_MAX_REASON = 200
"""Characters of a reason in the log; it can be a page for browsers."""


def log_to_stderr(level: str, secret: Secret | None = None) -> None:
    """Send the log of the whole process, from `level` up, to standard error.

    DEBUG is for the bot's own log only: discord.py's would contain messages, addresses of files and
    tokens of interactions, and aiosqlite's the stored data. Replaces `secret` by "[token]", in
    tracebacks too. Omits the log of Dask's client, because the message of a training shows why it
    failed, and Alembic's information.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter(secret))
    others = "INFO" if level == "DEBUG" else level
    logging.basicConfig(level=others, handlers=[handler], force=True)
    logging.getLogger(__package__).setLevel(level)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def one_line(error: BaseException) -> str:
    """Return the kind and the message of an error, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_REASON].rstrip(": ")


_PRIVATE = (
    (re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.=-]+"), r"\1[token]"),
    (re.compile(r"https?://[^\s'\"]*attachments/[^\s'\"<>)]+"), "[attachment]"),
    (re.compile(r"(namesmith[\w-]*:)[^\s'\"<>)]+"), r"\1[...]"),
)
"""What tracebacks and other libraries may contain, and what replaces it: tokens of interactions,
addresses of files, and custom ids, which hold ids of users and what they asked for."""


class LogFormatter(logging.Formatter):
    """Formats records, without `secret`, what is private, and tracebacks of lost connections.

    discord.py logs those while it connects again.
    """

    def __init__(self, secret: Secret | None = None) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secret = secret.value if secret else ""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, with its traceback if it has one."""
        if record.name in _CONNECTION_LOGGERS and record.exc_info and record.exc_info[1]:
            reason = one_line(record.exc_info[1])
            record = copy.copy(record)
            record.msg, record.args = f"{record.getMessage()} ({reason})", ()
            record.exc_info = record.exc_text = None
        text = super().format(record)
        text = text.replace(self._secret, "[token]") if self._secret else text
        for pattern, replacement in _PRIVATE:
            text = pattern.sub(replacement, text)
        return text
