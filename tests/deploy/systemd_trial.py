"""Install the bot as docs/hosting.md says, in a machine of its own with systemd.

That has a copy of this machine's files, which is discarded. It needs root, and on Debian
`apt-get install systemd-container python3-venv`. The service talks to a loopback here.
"""

import asyncio
import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.loopback import Loopback

from ..bot.conftest import names_in, send
from ..processes import REPOSITORY
from .test_hosting_page import commands_of

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
READY_SECONDS = 120.0


@contextlib.contextmanager
def copied_root() -> Iterator[Path]:
    """Provide this machine's files; changes go into memory."""
    with tempfile.TemporaryDirectory() as folder:
        memory, root = Path(folder, "memory"), Path(folder, "root")
        memory.mkdir()
        root.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", memory], check=True)
        try:
            (memory / "upper").mkdir()
            (memory / "work").mkdir()
            layers = f"lowerdir=/,upperdir={memory}/upper,workdir={memory}/work"
            subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, root], check=True)
            try:
                yield root
            finally:
                subprocess.run(["umount", root], check=True)
        finally:
            subprocess.run(["umount", memory], check=True)


def install(root: Path, discord: Loopback) -> None:
    """Run the page's commands before `systemctl` in `root`; lead the service to `discord`."""
    commands = [line.removeprefix("sudo ") for line in commands_of("A VPS in five minutes")]
    end = next(i for i, line in enumerate(commands) if line.startswith("systemctl"))
    lines = [line for line in commands[:end] if not line.startswith("apt-get")]
    script = "\n".join([f"cd {REPOSITORY}", *lines])
    enter = (
        'mount --bind /dev "$1/dev"; mount --bind /proc "$1/proc"; exec chroot "$1" sh -exc "$2"'
    )
    subprocess.run(
        ["unshare", "--mount", "sh", "-ec", enter, "sh", root, script],
        input=discord.token + "\n",
        env=os.environ | {"PATH": PATH},
        text=True,
        check=True,
    )
    settings = root / "etc/systemd/system/namesmith.service.d/loopback.conf"
    settings.parent.mkdir()
    settings.write_text(
        "[Service]\n"
        f"Environment=NAMESMITH_DISCORD__API_URL={discord.api_url}\n"
        f"Environment=NAMESMITH_DISCORD__GATEWAY_URL={discord.gateway_url}\n"
    )


class Machine:
    """A systemd that runs in `root`, with this machine's network."""

    def __init__(self, root: Path) -> None:
        boot = ["systemd-nspawn", f"--directory={root}", "--register=no", "--keep-unit", "--boot"]
        self._nspawn = subprocess.Popen(
            [*boot, "systemd.unit=multi-user.target"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def __call__(self, *command: str) -> str:
        """Run a command in the machine, and return its output."""
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        leader = children.read_text(encoding="utf-8").split()[0]
        inside = ["nsenter", "--target", leader, "--all", "env", f"PATH={PATH}", *command]
        done = subprocess.run(inside, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    def wait_booted(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(OSError, IndexError, subprocess.CalledProcessError):
                self("systemctl", "is-active", "multi-user.target")
                return
            assert time.monotonic() < deadline, "systemd does not start"
            time.sleep(0.5)

    def stop(self) -> None:
        self._nspawn.terminate()
        self._nspawn.wait()


async def try_service(machine: Machine, discord: Loopback, report: Callable[[str], object]) -> None:
    """Start the service, use it, and stop it in time."""
    await asyncio.to_thread(machine.wait_booted)
    await asyncio.to_thread(machine, "systemctl", "enable", "--now", "namesmith")
    await discord.wait_ready(timeout=READY_SECONDS)
    report("!name Tr: " + ", ".join(names_in(await send(discord, "!name Tr"))))
    stopped = time.monotonic()
    await asyncio.to_thread(machine, "systemctl", "stop", "namesmith")
    seconds = time.monotonic() - stopped
    result = machine("systemctl", "show", "namesmith", "--property=Result,ExecMainStatus")
    report(f"stopped after {seconds:.1f} s: {' '.join(result.split())}")
    assert result.split() == ["Result=success", "ExecMainStatus=0"]
    assert seconds < 9.5
    log = machine("journalctl", "--unit=namesmith", "--no-pager", "--output=cat")
    report(log)
    assert not re.search("WARNING|ERROR|Traceback", log)
    report(machine("systemd-analyze", "security", "namesmith", "--no-pager").splitlines()[-1])


async def try_unit(report: Callable[[str], object]) -> None:
    """Try the unit, and `report` what happens."""
    async with Loopback() as discord:
        with copied_root() as root:
            await asyncio.to_thread(install, root, discord)
            machine = Machine(root)
            try:
                await try_service(machine, discord, report)
            finally:
                machine.stop()
