"""Local Dask cluster: a scheduler and a worker in a child process that ends with the bot."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self, cast

from .. import training_code
from .events import TrainingError

NICENESS = 10
"""How much a local training yields to the bot."""
_WINDOWS_FLAGS: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0
)
"""What Windows has instead of sessions and niceness; 0 elsewhere."""
_START_TIMEOUT = 60.0
"""Seconds that the process may take to start."""
_STOP_TIMEOUT = 5.0
"""Seconds that the process may take to end before it is killed."""
_SCRIPT = Path(__file__).with_name("local_dask_process.py")
_SECRET = re.compile(r"DISCORD_TOKEN|NAMESMITH_.*", re.IGNORECASE)
"""Variables that training does not need: the token, and settings with passwords in URLs."""
_UNAVAILABLE = "training is not available here"
_CLUSTER = "a Dask cluster, which needs pip install distributed"


def missing_requirement(scheduler: str) -> str | None:
    """Return one line on what training lacks with this `[training] scheduler`, or None.

    It imports nothing, so it is fast.
    """
    if not scheduler:
        missing = training_code.missing_requirement()
        return missing and f"{_UNAVAILABLE}: {missing}; or set [training] scheduler ({_CLUSTER})"
    if find_spec("distributed") is None:
        return f"{_UNAVAILABLE}: [training] scheduler needs Dask: pip install distributed"
    return None


@dataclass(frozen=True)
class Address:
    """The address of a scheduler; `tls` are the arguments of Dask's `Security`, if it uses TLS."""

    url: str
    tls: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LocalCluster:
    """A running child process with a scheduler and a worker; its methods block."""

    process: subprocess.Popen[bytes]
    _folder: str
    """The folder of its files; the process deletes it at the end."""
    _stdin: IO[bytes]
    """The process runs until this is closed."""
    _stdout: IO[bytes]
    """Receives the line with the scheduler's address and its certificate."""
    _stderr: IO[bytes]

    @classmethod
    def start(cls, memory: int) -> Self:
        """Start the process without waiting for it; the worker may use `memory` bytes.

        Raises `TrainingError`.
        """
        stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        folder = tempfile.mkdtemp(prefix="namesmith-")
        paths = [training_code.find_folder(), os.environ.get("PYTHONPATH")]
        path = os.pathsep.join(str(path) for path in paths if path)
        environment = {
            name: value for name, value in os.environ.items() if not _SECRET.fullmatch(name)
        }
        try:
            process = subprocess.Popen(  # noqa: S603 - this Python, our script and two numbers
                [sys.executable, "-P", str(_SCRIPT), folder, str(memory), str(NICENESS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment | {"PYTHONPATH": path},
                cwd=folder,
                # Ctrl-C reaches the bot alone, which stops the cluster.
                start_new_session=True,
                creationflags=_WINDOWS_FLAGS,
            )
        except OSError as error:
            stderr.close()
            Path(folder).rmdir()
            raise TrainingError(f"the training process did not start: {error}") from None
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        return cls(process, folder, stdin, stdout, stderr)

    def read_address(self) -> Address:
        """Wait for the worker to start, and return the scheduler's address.

        Raises `TrainingError` if the process ends instead.
        """
        if line := self._stdout.readline():
            tls = json.loads(line)
            return Address(tls.pop("url"), tls)
        self.process.wait()
        self._stderr.seek(0)
        lines = [line.strip() for line in self._stderr.read().decode(errors="replace").splitlines()]
        reason = next(filter(None, reversed(lines)), "the reason is unknown")
        raise TrainingError(f"the training process did not start: {reason}")

    def stop(self) -> None:
        """End the process; kill it if that takes too long."""
        self._stdin.close()
        try:
            self.process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its worker then ends by itself
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)  # a killed process leaves it
        self._stdout.close()
        self._stderr.close()


async def start_local_cluster(memory: int) -> LocalCluster:
    """Start a cluster; stop it again if this task is cancelled. Raises `TrainingError`."""
    starting = asyncio.ensure_future(asyncio.to_thread(LocalCluster.start, memory))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread((await starting).stop)
        raise


async def wait_for_address(cluster: LocalCluster) -> Address:
    """Return the address of the cluster's scheduler once it has a worker.

    Raises `TrainingError`.
    """
    try:
        async with asyncio.timeout(_START_TIMEOUT):
            return await asyncio.to_thread(cluster.read_address)
    except TimeoutError:
        raise TrainingError(
            f"the training process did not start within {_START_TIMEOUT:.0f} s, perhaps because "
            "the machine is busy; try again"
        ) from None
