"""Portability: the bot without what only POSIX systems have, and what it does on Windows.

A process hides the modules, attributes and signal handlers that Windows lacks, then runs the bot.
"""

import ast
import asyncio
import contextlib
import errno
import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import atomic_write, process
from bot.library import open_storage
from bot.library.storage import LocalStorage
from bot.loopback import Loopback
from bot.loopback.terminal import console
from bot.store.database import DatabaseAddress

from ..bot_runner import bot_environment
from ..processes import REPOSITORY, TIMEOUT
from .conftest import names_in, send

MODULES = (
    *("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"),
    *("aiodns", "uvloop"),  # packages that are not installed on Windows
)
OS = (
    *("chown", "chroot", "ctermid", "fchdir", "fchown", "fdatasync", "fork", "forkpty"),
    *("getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp"),
    *("getpriority", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf", "mkfifo"),
    *("mknod", "nice", "openpty", "pathconf", "posix_fadvise", "posix_spawn", "pread", "pwrite"),
    *("readv", "register_at_fork", "sched_getaffinity", "sched_setaffinity", "sendfile"),
    *("setegid", "seteuid", "setgid", "setpgid", "setpriority", "setsid", "setuid", "statvfs"),
    *("sync", "sysconf", "tcgetpgrp", "ttyname", "uname", "wait", "wait3", "wait4", "writev"),
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC"),
    *("PRIO_PROCESS", "WNOHANG", "RTLD_GLOBAL"),
)
SIGNAL = (
    *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP"),
    *("SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGWINCH"),
    *("alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt", "sigwait"),
)
"""What Windows lacks."""

HIDE = f"""
import warnings

warnings.simplefilter("ignore")  # of filelock, about its lock without fcntl
import asyncio, asyncio.unix_events, ctypes, logging, multiprocessing, os, random, shutil, signal
import ssl, subprocess, sys, tempfile, threading
import numpy  # which asks Linux for its version

for name in {MODULES}:
    sys.modules[name] = None
for module, names in ((os, {OS}), (signal, {SIGNAL})):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

def refuse(*arguments):
    raise NotImplementedError

asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = refuse
from bot.__main__ import main
main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_bot_serves_and_stops(
    discord: Loopback, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HIDE, "serve"),
        cwd=REPOSITORY,
        env=bot_environment(discord, tmp_path),
        stderr=asyncio.subprocess.PIPE,
    )
    errors = asyncio.create_task(running.communicate())
    ready = asyncio.create_task(discord.wait_ready(timeout=TIMEOUT))
    await asyncio.wait((errors, ready), return_when=asyncio.FIRST_COMPLETED)
    assert ready.done(), errors.result()[1].decode()
    assert len(names_in(await send(discord, "!name Tr"))) == 5
    running.send_signal(number)
    _, log = await asyncio.wait_for(errors, TIMEOUT)
    assert (running.returncode, b"Traceback" in log) == (status, False)
    assert (tmp_path / "namesmith.sqlite3").is_file()


def run_hidden(*arguments: str, typed: str = "", **environment: str) -> tuple[int, str, str]:
    """Run `namesmith` in such a process to its end; return its status and outputs."""
    done = subprocess.run(
        [sys.executable, "-c", HIDE, *arguments],
        input=typed,
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        encoding="cp1252",
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_chat_and_styles(tmp_path: Path) -> None:
    environment = {"NAMESMITH_BOT__DATA_DIR": str(tmp_path), "PYTHONIOENCODING": "cp1252"}
    status, out, err = run_hidden(
        "chat", typed="!name Tr 3\n!name 1 style:arabic-script\n", **environment
    )
    *names, arabic = out.splitlines()
    assert ([name[:2] for name in names], status, err) == (["Tr"] * 3, 0, "")
    assert set(arabic) <= {"?", " "}  # this encoding has no Arabic letters
    style = str(REPOSITORY / "bot" / "styles" / "dinosaurs.onnx")
    status, out, err = run_hidden("styles", "publish", "dinos", style, **environment)
    assert ("dinos" in out, status, err) == (True, 0, "")


STRICT = """
import warnings

for category in (DeprecationWarning, EncodingWarning):
    warnings.filterwarnings("error", category=category, module=r"(bot|export|model)\\b")
from bot.__main__ import main
main()
"""


def test_no_default_encodings_and_deprecated_calls(tmp_path: Path) -> None:
    style = str(REPOSITORY / "bot" / "styles" / "dinosaurs.onnx")
    for arguments, typed in (
        (["chat"], "!name Tr 3\n/style list\n/rate name:Tristan\n/help\n"),
        (["styles", "publish", "dinos", style], ""),
        (["forget-server", "5"], ""),
    ):
        done = subprocess.run(
            [sys.executable, "-X", "warn_default_encoding", "-c", STRICT, *arguments],
            input=typed,
            cwd=REPOSITORY,
            env=os.environ | {"NAMESMITH_BOT__DATA_DIR": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


def posix_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Return the attributes and modules in `tree` that Windows lacks, each with its line.

    Not those in a function that asks `hasattr` for one.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            isinstance(inner, ast.Name) and inner.id == "hasattr" for inner in ast.walk(node)
        ):
            continue
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            lacking = {"os": OS, "signal": SIGNAL}.get(node.value.id, ())
            if node.attr in lacking:
                yield node.lineno, f"{node.value.id}.{node.attr}"
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name in MODULES)
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield node.lineno, str(node.module)
        yield from posix_names(node)


@pytest.mark.parametrize("package", ["bot", "export", "model"])
def test_code_uses_nothing_unguarded(package: str) -> None:
    texts = {
        file: file.read_text(encoding="utf-8") for file in (REPOSITORY / package).rglob("*.py")
    }
    suspects = re.compile(rf"\b(os|signal)\.|import ({'|'.join(MODULES)})")
    assert [
        f"{file}:{line}: {name}"
        for file, text in texts.items()
        if suspects.search(text)
        for line, name in posix_names(ast.parse(text))
    ] == []


def test_guard_is_found() -> None:
    text = "import fcntl, os\ndef f(): os.nice(1)\ndef g(): hasattr(os, 'nice') and os.nice(1)"
    assert list(posix_names(ast.parse(text))) == [(1, "fcntl"), (2, "os.nice")]


@pytest.mark.parametrize("refusals", [3, 10**9])
def test_replaced_file_may_be_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    calls = []

    def refuse(source: Path, target: Path) -> Path:
        calls.append(source)
        if len(calls) <= refusals:
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        os.replace(source, target)  # noqa: PTH105
        return target

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(atomic_write, "_REPLACE_SECONDS", 0.2)
    with pytest.raises(PermissionError):
        atomic_write.write_atomic(tmp_path / "x", b"1")
    assert len(calls) == 1  # elsewhere, it is refused for good
    monkeypatch.setattr(atomic_write, "_IS_WINDOWS", True)
    if refusals > 3:
        with pytest.raises(PermissionError):
            atomic_write.write_atomic(tmp_path / "x", b"1")
        return
    atomic_write.write_atomic(tmp_path / "x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"


class _EndedReader:
    """A stream whose reader has ended, as Windows has it."""

    encoding = "cp1252"

    def __init__(self, number: int) -> None:
        self._number = number

    def write(self, _: str) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._number


async def test_reader_that_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        monkeypatch.setattr(sys, "stdout", _EndedReader(file.fileno()))
        plain = console.PipeConsole()
        for is_windows in (False, True):
            monkeypatch.setattr(process, "_IS_WINDOWS", is_windows)
            monkeypatch.setattr(console, "_IS_WINDOWS", is_windows)
            with contextlib.nullcontext() if is_windows else pytest.raises(OSError, match="output"):
                process.write_output("names")
            plain.output_error = None
            await plain.write("names")
            assert (plain.output_error is None) is is_windows


def test_paths_with_a_drive() -> None:
    storage = open_storage("file:///C:/styles", Path("data"))
    assert isinstance(storage, LocalStorage)
    assert storage.root == Path("C:/styles")
    address = DatabaseAddress.parse("sqlite:///C:/data/bot.sqlite3")
    assert address.location == "C:/data/bot.sqlite3"


def test_training_process_is_a_group_with_low_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0x4000, raising=False)
    spec = importlib.util.find_spec("bot.training.local_dask_cluster")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module._WINDOWS_FLAGS == 0x4200
