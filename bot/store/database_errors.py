"""Database errors: `StoreError`, one line that says what failed and how to fix it."""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from .schema import InvalidValueError, StoreError

_HINTS = {
    "unable to open database file": "its folder must exist and the bot must be able to write there",
    "readonly database": "give the bot write access to the file and its folder",
    "read-only": "give the bot write access",
    "not a database": "restore a backup, or move the file away and the bot creates a new one",
    "malformed": "the file is damaged: restore a backup, or move it away and the bot creates a new "
    "one",
    "locked": "another program is using it; stop that program or try again",
    "disk is full": "free some disk space",
    "password authentication": "correct the user and password in [database] url",
    "permission denied": "allow that user to create tables: GRANT ALL ON SCHEMA public TO USER",
    "does not exist": "create it first, or correct [database] url",
    "connect call failed": "start PostgreSQL there, or correct [database] url",
    "name or service": "correct the host in [database] url",
}
"""How to fix a failure, by words that its message contains."""


@contextlib.contextmanager
def store_errors(location: str) -> Iterator[None]:
    """Convert database exceptions raised in the `with` block to `StoreError`."""
    try:
        yield
    except OverflowError as error:
        raise InvalidValueError("That number is too large.") from error
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreError(f"{location}: {describe(error)}") from error
    except Exception as error:
        # asyncpg's exceptions have no common base, and SQLAlchemy lets some of them through.
        if not type(error).__module__.startswith("asyncpg."):
            raise
        raise StoreError(f"{location}: {describe(error)}") from error


def describe(error: BaseException) -> str:
    """Return the database's message on one line, with a hint on how to fix it if there is one."""
    driver_error: BaseException = getattr(error, "orig", None) or error
    cause = driver_error.__cause__ or driver_error
    message = " ".join(str(cause).split()) or type(driver_error).__name__
    hints = (hint for words, hint in _HINTS.items() if words in message.lower())
    return "; ".join((message, *list(hints)[:1]))
