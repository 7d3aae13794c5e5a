"""Faults of files: a full disk, a read-only folder and a corrupt database, under the real bot."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.loopback import Loopback
from bot.store import Store

from ..bot_runner import errors_of, start_bot
from ..processes import REPOSITORY, TIMEOUT
from .artifacts import artifact_of_version
from .conftest import UNREACHABLE, Problems, RunBot, names_in, press, send

_MOUNT = 'mount -t tmpfs -o size=4m none "$0" && exec "$@"'


def in_small_disk(folder: Path, *command: str) -> list[str]:
    """Return the command in a mount namespace of its own, in which `folder` is a disk of 4 MB."""
    return ["unshare", "-rm", "sh", "-c", _MOUNT, str(folder), *command]


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = in_small_disk(Path("/tmp"), "true")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not _can_mount(), reason="cannot mount a small disk")


class SmallDisk:
    """The small disk of a process, seen from outside its namespace."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._filler = Path(f"/proc/{pid}/root{folder}/filler")

    def fill(self) -> None:
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def empty(self) -> None:
        self._filler.unlink()


@pytest.fixture
async def process(discord: Loopback, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot, whose data folder is a small disk, once it is ready."""
    process = await start_bot(discord, tmp_path, *in_small_disk(tmp_path))
    await discord.wait_ready(timeout=TIMEOUT)
    yield process
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


@needs_mounts
async def test_full_disk(
    discord: Loopback, process: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    """Names go on; saving fails in words, and works again once there is room."""
    disk = SmallDisk(process.pid, tmp_path)
    kept = await send(discord, "!name Tr 1")
    assert "Saved" in (await press(discord, kept, "Save")).content
    disk.fill()
    answer = await send(discord, "!name Tr 1")
    assert (await press(discord, answer, "Save")).content == UNREACHABLE
    assert len(names_in(await send(discord, "!name Tr"))) == 5
    assert kept.content in str((await send(discord, "!saved")).embeds)
    disk.empty()
    assert "Saved" in (await press(discord, answer, "Save")).content
    process.terminate()
    lines = [line for line in (await errors_of(process)).splitlines() if " INFO " not in line]
    (line,) = lines
    assert line.endswith("database or disk is full; free some disk space")
    assert process.returncode == 0


@needs_mounts
def test_full_disk_while_publishing(tmp_path: Path) -> None:
    """A version that does not fit is refused in one line, and the live one stays."""
    disk, files = tmp_path / "disk", tmp_path / "files"
    disk.mkdir()
    files.mkdir()
    for number in (1, 2):
        (files / f"{number}.onnx").write_bytes(artifact_of_version(number, bulk=2**21))
    python = f"{sys.executable} -m bot styles"
    script = (
        f"{python} publish fauns {files}/1.onnx && {python} publish fauns {files}/2.onnx;"
        f' echo "status $?"; {python} list; ls {disk}/fauns'
    )
    result = subprocess.run(
        in_small_disk(disk, "sh", "-c", script),
        env=os.environ | {"NAMESMITH_LIBRARY__URL": str(disk)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = result.stderr.splitlines()
    assert line.startswith("namesmith: ")
    assert "No space left on device" in line
    before, after = result.stdout.split("status 1\n")
    assert "0001.onnx" in after
    assert "0002.onnx" not in after
    assert "fauns" in before


@needs_mounts
@pytest.mark.parametrize("has_database", [False, True])
async def test_read_only_data_folder(discord: Loopback, tmp_path: Path, has_database: bool) -> None:
    """The bot ends with one line, which names the folder or the database."""
    disk, other = tmp_path / "disk", tmp_path / "other"
    disk.mkdir()
    if has_database:
        store = await Store.open(f"sqlite:///{other}/namesmith.sqlite3")
        await store.close()
    script = f'cp -r {other}/. {disk} 2>/dev/null; mount -o remount,ro {disk} && exec "$0" "$@"'
    process = await start_bot(discord, disk, *in_small_disk(disk, "sh", "-c", script))
    errors = await errors_of(process)
    assert process.returncode == 1
    assert "Traceback" not in errors
    last = errors.splitlines()[-1]
    assert last.startswith(f"namesmith: {disk}")


async def test_corrupt_sqlite_file(
    discord: Loopback, run_bot: RunBot, tmp_path: Path, problems: Problems
) -> None:
    file = tmp_path / "data" / "namesmith.sqlite3"
    async with run_bot(discord):
        await press(discord, await send(discord, "!name Tr 1"), "Save")
        with file.open("r+b") as database:
            database.write(b"\xa5" * file.stat().st_size)
        for part in file.parent.glob("namesmith.sqlite3-*"):
            part.write_bytes(b"\x5a" * part.stat().st_size)
        for _ in range(2):
            assert len(names_in(await send(discord, "!name Tr"))) == 5
            answer = await send(discord, "!saved", author="olga")
            assert answer.content == UNREACHABLE
    assert "TRACEBACK" not in "".join(problems())
    assert problems()
