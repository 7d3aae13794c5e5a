"""A PostgreSQL server for the test run, started from the installed binaries."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

PASSWORD = "s/3:cr@t%?#"  # contains every character that a URL must escape


class NoPostgresError(Exception):
    """PostgreSQL cannot be started on this machine; the message is one line."""


@dataclass(frozen=True)
class Postgres:
    """A running server on 127.0.0.1."""

    port: int
    home: Path

    def url(self, database: str, *, user: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    async def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run `statements` outside a transaction; return the rows of the last statement."""
        connection = await asyncpg.connect(self.url(database))
        try:
            for statement in statements:
                rows: list[Any] = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows


def _binaries() -> Path:
    """Return the folder of the newest `initdb` and `postgres`; Debian puts it outside PATH."""
    found = [Path(file).resolve() for file in [shutil.which("initdb")] if file]
    found += sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda file: int(file.parts[-3]),
        reverse=True,
    )
    for initdb in found:
        if initdb.with_name("postgres").exists():
            return initdb.parent
    raise NoPostgresError(
        "POSTGRESQL IS MISSING, SO HALF OF THE STORE IS NOT TESTED: apt-get install postgresql"
    )


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server with a new data folder; stop it and delete the folder at the end.

    Raises `NoPostgresError`.
    """
    binaries = _binaries()
    account = _account()
    # Not in pytest's folder, which only root may enter. Short, because socket paths are limited.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        password = home / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if account:
            for path in (home, password):
                shutil.chown(path, account["user"], account["group"])
        run = partial(_run, cwd=home, **account)
        run(
            binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "scram-sha-256",
            f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        control: list[Path | str] = [binaries / "pg_ctl", "-w", "-D", home / "data"]
        port = _free_port()
        options = f"-p {port} -k {home} -h 127.0.0.1 -F"  # -F: no fsync, tests can start again
        run(*control, "-l", home / "log", "-o", options, "start")
        try:
            yield Postgres(port, home)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(*command: Path | str, **more: Any) -> None:
    # To a file: the server keeps the pipes that it inherits from pg_ctl open.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        done = subprocess.run(command, stdout=output, stderr=output, **more)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"PostgreSQL did not start: {' '.join(output.read().split())}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _account() -> dict[str, Any]:
    """Return the account that runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgresError("NO ACCOUNT CAN RUN POSTGRESQL: add a user named postgres")
