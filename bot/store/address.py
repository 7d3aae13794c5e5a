"""Where a database is, and what is said when it cannot be reached: never its password."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

HOW = (  # a URL is written, for those who wrote it otherwise
    "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, and in the password "
    "%40 for @, %3A for :, %2F for /, %25 for %"
)
_MENDS = {
    "unable to open database file": "its folder must exist and let the bot write",
    "readonly database": "let the bot write to the file and to its folder",
    "read-only": "let the bot write there",
    "not a database": "restore a backup, or move it away and the bot makes a new one",
    "malformed": "it is damaged: restore a backup, or move it away and the bot makes a new one",
    "locked": "another program holds it; end that, or try again",
    "disk is full": "make room on the disk",
    "password authentication": "mend user and password in [database] url",
    "permission denied": "let that user create tables: GRANT ALL ON SCHEMA public TO USER",
    "does not exist": "make it first, or mend [database] url",
    "connect call failed": "start PostgreSQL there, or mend [database] url",
    "name or service": "mend the host in [database] url",
}


class StoreError(Exception):
    """What is kept cannot be reached or changed; the message is one line on what, where and how."""


@dataclass(frozen=True)
class Place:
    """Where a database is: a SQLite file, or what PostgreSQL's driver is told."""

    where: str
    file: Path | None = None
    dsn: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Read `url`; raises `StoreError`."""
        scheme, _, rest = url.partition("://")
        if scheme in ("sqlite", "sqlite+aiosqlite"):
            path = rest.removeprefix("/")
            if path == rest or path in ("", ":memory:") or "\0" in path:
                raise StoreError(
                    "[database] url: names no file; write sqlite:///FILE, three slashes"
                )
            return cls(path, file=Path(path).absolute())
        if scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
            raise StoreError(f"[database] url: is neither of SQLite nor of PostgreSQL; {HOW}")
        try:
            parts = make_url(url).set(drivername="postgresql")
        except (ArgumentError, ValueError):  # whose words may quote the password
            raise StoreError(f"[database] url: cannot be read; {HOW}") from None
        # With an @ left, a part of the password would be taken, and shown, for one of the address.
        if url.count("@") > (parts.username is not None):
            raise StoreError(f"[database] url: cannot be read; {HOW}")
        shown = URL.create("postgresql", host=parts.host, port=parts.port, database=parts.database)
        return cls(shown.render_as_string(), dsn=parts.render_as_string(hide_password=False))


@contextlib.contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the database raises within the `with` into a `StoreError`."""
    try:
        yield
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreError(f"{where}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Return in one line what the database says of `error`, and how to mend it where we know."""
    driver: BaseException = getattr(error, "orig", None) or error
    said = " ".join(str(driver.__cause__ or driver).split()) or type(driver).__name__
    mends = (mend for words, mend in _MENDS.items() if words in said.lower())
    return "; ".join((said, *list(mends)[:1]))
