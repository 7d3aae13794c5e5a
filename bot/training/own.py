"""The cluster of the bot's own: `cluster.py` in a process that ends when the bot does.

Blocking, so for threads.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self, cast

from .updates import TrainingFailed

NICENESS = 10
"""How much a training on this machine gives way to the bot."""
_SCRIPT = Path(__file__).with_name("cluster.py")
_WORKSHOP = Path(__file__).parents[2]
"""Where `model/` and `export/` are beside the bot, in the repository."""
_JOBS = ("model/job.py", "export/job.py")
_TOKEN = "DISCORD_TOKEN"  # noqa: S105 - the variable's name
_MENDS = (
    "name a Dask cluster in [training] scheduler (and pip install 'namesmith[cluster]'), or run "
    "the bot from its repository with pip install '.[train]'"
)


def lacking(scheduler: str) -> str | None:
    """Return in one line what a training lacks with that `[training] scheduler`, or None.

    Nothing heavy is imported.
    """
    if scheduler:
        if find_spec("distributed") is None:
            return (
                "nothing can be learned here: [training] scheduler needs Dask: "
                "pip install 'namesmith[cluster]'"
            )
        return None
    if not all((_WORKSHOP / job).is_file() for job in _JOBS):
        return f"nothing can be learned here: the workshop is not beside the bot; {_MENDS}"
    if missing := [name for name in ("distributed", "torch") if find_spec(name) is None]:
        lacks = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        return f"nothing can be learned here: {lacks}; {_MENDS}"
    return None


@dataclass(frozen=True)
class OwnCluster:
    """A scheduler and its worker, as processes of the bot's."""

    process: subprocess.Popen[bytes]
    _folder: str
    """Where its files are; it removes that, if it can."""
    _tells: IO[bytes]
    """Where it tells its address."""
    _held: IO[bytes]
    """While this is open, it runs."""
    _said: IO[bytes]
    """Whatever else it said."""

    @classmethod
    def start(cls, memory: int) -> Self:
        """Start them, and do not wait until they are; the worker may take `memory` bytes.

        Raises `TrainingFailed`.
        """
        said = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the process
        folder = tempfile.mkdtemp(prefix="namesmith-")
        path = os.pathsep.join(filter(None, (str(_WORKSHOP), os.environ.get("PYTHONPATH"))))
        environment = {name: value for name, value in os.environ.items() if name != _TOKEN}
        try:
            process = subprocess.Popen(  # noqa: S603 - this very Python, a file of ours, numbers
                [sys.executable, "-P", str(_SCRIPT), folder, str(memory), str(NICENESS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment | {"PYTHONPATH": path},
                cwd=folder,
                start_new_session=True,  # a Ctrl-C is for the bot, which then lets it go
            )
        except OSError as error:
            said.close()
            Path(folder).rmdir()
            raise TrainingFailed(f"the training process does not start: {error}") from None
        tells, held = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stdin)
        return cls(process, folder, tells, held, said)

    def address(self) -> str:
        """Wait until there is a worker; return the scheduler's address.

        Raises `TrainingFailed` where the process ends instead.
        """
        if address := self._tells.readline().decode().strip():
            return address
        self.process.wait()
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().decode(errors="replace").splitlines()]
        why = next(filter(None, reversed(lines)), "it does not say why")
        raise TrainingFailed(f"the training process does not start: {why}")

    def stop(self, patience: float = 5) -> None:
        """End both; kill the one that has not ended after `patience` seconds."""
        self._held.close()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its worker ends by itself then
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)  # one that was killed has left it
        self._tells.close()
        self._said.close()
