"""The log on standard error. It never contains the bot's token."""

import logging

from pydantic import SecretStr


def log_to_stderr(level: str, secret: SecretStr | None = None) -> None:
    """Send the log of the whole process, from `level` up, to standard error.

    DEBUG is for the bot's own log only: discord.py's would contain messages, addresses of files and
    tokens of interactions, and aiosqlite's the stored data. Replaces `secret` by "[token]", in
    tracebacks too. Omits the log of Dask's client, because the message of a training shows why it
    failed, and Alembic's information.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter(secret))
    others = "INFO" if level == "DEBUG" else level
    logging.basicConfig(level=others, handlers=[handler], force=True)
    logging.getLogger(__package__).setLevel(level)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)


class _RedactingFormatter(logging.Formatter):
    def __init__(self, secret: SecretStr | None) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secret = secret.get_secret_value() if secret else ""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text.replace(self._secret, "[token]") if self._secret else text
