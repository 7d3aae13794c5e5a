"""Instance lock: one process a data folder and shard, so that no command is answered twice.

The system releases the lock when its process ends, however it ends.
"""

import contextlib
import logging
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from .atomic_write import PRIVATE_FILE, make_private_folder
from .config import ConfigError

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def instance_lock(data_dir: Path, shard_ids: Sequence[int]) -> Iterator[None]:
    """Hold the locks of these shards, or of all where there are none, in the `with` block.

    Raises `ConfigError`, which names the other process, if one is held. Two bots with other shards
    can share a folder. A folder that has no locks is no obstacle.
    """
    names = [f"shard-{shard_id}" for shard_id in sorted(shard_ids)] or ["bot"]
    with contextlib.ExitStack() as stack:
        for name in names:
            lock, owner = data_dir / f"{name}.lock", data_dir / f"{name}.pid"
            try:
                make_private_folder(data_dir)
                stack.enter_context(FileLock(lock, blocking=False, mode=PRIVATE_FILE))
                owner.touch(mode=PRIVATE_FILE)
                owner.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
            except Timeout:
                raise ConfigError(
                    f"Another bot with the same shards uses {data_dir}: {_read(owner)}. "
                    "Stop it, or choose another [bot] data_dir or [discord] shard_ids."
                ) from None
            except (OSError, NotImplementedError) as error:
                _log.warning("%s cannot be locked (%s); start only one bot with it", lock, error)
        yield


def _read(owner: Path) -> str:
    try:
        return owner.read_text(encoding="utf-8")
    except OSError:
        return "its process is unknown"
