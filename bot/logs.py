"""What the bot tells on standard error, with the token blotted out wherever it might appear."""

import logging

from pydantic import SecretStr


class _Blotted(logging.Formatter):
    """Formats records, tracebacks too, without the secret."""

    def __init__(self, secret: SecretStr | None) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secret = secret.get_secret_value() if secret else ""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text.replace(self._secret, "[token]") if self._secret else text


def log_to_stderr(level: str, secret: SecretStr | None = None) -> None:
    """Send the log of the whole process, from `level` up, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Blotted(secret))
    logging.basicConfig(level=level, handlers=[handler], force=True)
