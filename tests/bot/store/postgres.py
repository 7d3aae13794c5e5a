"""A PostgreSQL of the test run's own, from what the machine has installed."""

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

PASSWORD = "s/3:cr@t%?#"  # all that must be written otherwise in a URL


class NoPostgresError(Exception):
    """This machine has no PostgreSQL that can be started; the message is one line."""


@dataclass(frozen=True)
class Postgres:
    """A server that runs on 127.0.0.1."""

    port: int
    home: Path

    def url(self, database: str, *, user: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    async def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run `statements` outside of a transaction; return the rows of the last one."""
        connection = await asyncpg.connect(self.url(database))
        try:
            for statement in statements:
                rows: list[Any] = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows


def _binaries() -> Path:
    """Return the folder of the newest `initdb` and `postgres`; Debian has them in no path."""
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
        "NO POSTGRESQL HERE, SO HALF OF THE STORE IS NOT TESTED: apt-get install postgresql"
    )


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server with a cluster of its own, and stop and delete both in the end.

    Raises `NoPostgresError`.
    """
    binaries = _binaries()
    account = _account()
    # Not below pytest's folder, which only root may enter; short, for a socket's path is.
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
        told = f"-p {port} -k {home} -h 127.0.0.1 -F"  # -F: no fsync, for a test can start again
        run(*control, "-l", home / "log", "-o", told, "start")
        try:
            yield Postgres(port, home)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(*command: Path | str, **more: Any) -> None:
    # Its output goes to a file: the server keeps what it got of pg_ctl open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, **more)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"PostgreSQL does not start: {' '.join(output.read().split())}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _account() -> dict[str, Any]:
    """Return who runs the server: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgresError("NOBODY HERE MAY RUN POSTGRESQL: add a user postgres")
