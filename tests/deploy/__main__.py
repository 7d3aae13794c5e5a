"""Build the images, and try the bot in a container: `python -m tests.deploy --help`.

The container is as deploy/ runs it: another user, a read-only root, no capabilities. It talks to a
loopback on this machine. Where images can't be pulled, `--stand-in` makes the Dockerfile's base
image of Debian's packages; `--build-options` and `--run-options` are for machines such as a CI's.
`--systemd` tries the systemd unit instead.
"""

import argparse
import asyncio
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.loopback import Loopback, Message

from ..bot.commands.styles.helpers import finish_training
from ..processes import REPOSITORY
from .systemd_trial import try_unit

DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"
MAX_BYTES = 350_000_000
HARDENED = (
    *("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--tmpfs=/tmp"),
    *("--network=host", "--memory=512m", "--pids-limit=256"),
)
READY_SECONDS = 120.0
FACTS = """
import importlib.util, os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status"))
assert os.getuid() == os.getgid() == 10001, (os.getuid(), os.getgid())
assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0, status
assert status["NoNewPrivs"].strip() == "1", status
assert importlib.util.find_spec("torch") is None
try:
    open("/venv/file", "w")
except OSError as error:
    assert error.errno == 30, error
else:
    raise AssertionError("the root is not read-only")
"""
"""A program in the container that checks what it may do."""


class Engine:
    """A container engine, by its command: docker or podman, with options."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._command = shlex.split(options.engine)
        self._build = shlex.split(options.build_options)
        self._run = shlex.split(options.run_options)
        self._python = options.python

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> str:
        """Run a command of the engine to its end, and return its output."""
        command = [*self._command, *arguments]
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode().strip()

    def build(self, target: str) -> str:
        """Build a target of the Dockerfile; return the name of the image."""
        image = f"namesmith-{target}-trial"
        python = [f"--build-arg=PYTHON={self._python}"] if self._python else []
        options = [*self._build, *python, f"--target={target}", f"--tag={image}"]
        self("build", *options, f"--file={DOCKERFILE}", REPOSITORY)
        return image

    def start(self, image: str, *arguments: str, options: tuple[str, ...] = ()) -> str:
        """Start a container as deploy/compose.yaml does; return its id."""
        return self("run", "--detach", *HARDENED, *self._run, *options, image, *arguments)

    def wait_healthy(self, container: str, port: str, path: str) -> None:
        """Run the image's health check until it succeeds."""
        check = ["exec", container, "python3", "-IS", "/healthcheck.py", port, path]
        deadline = time.monotonic() + READY_SECONDS
        while subprocess.run([*self._command, *check], check=False).returncode:
            assert time.monotonic() < deadline, f"{path} of {container} is not healthy"
            time.sleep(0.5)

    def remove(self, container: str) -> None:
        """Kill a container, with its anonymous volumes, and show what it logged."""
        subprocess.run([*self._command, "logs", container], check=False)
        self("rm", "--force", "--volumes", container)


def base_image(python: str) -> str:
    """Return the name of the Dockerfile's base image."""
    tag = python or re.findall(r"(?m)^ARG PYTHON=(\S+)$", DOCKERFILE.read_text())[0]
    return f"docker.io/library/python:{tag}"


def make_stand_in(engine: Engine, base: str) -> None:
    """Make the base image of Debian's packages: the same release, and its Python."""
    without = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root.tar")
        packages = "--include=python3,python3-venv,ca-certificates"
        release = base.rpartition("-")[2]
        command = ["mmdebstrap", "--variant=minbase", packages, *without, release, str(root)]
        subprocess.run(command, check=True)
        engine("import", root, base)


async def try_bot(engine: Engine, image: str) -> None:
    """Answer commands from a container, restart it with its data, and stop it in time."""
    async with Loopback() as discord:
        names = {
            "DISCORD_TOKEN": discord.token,
            "NAMESMITH_DISCORD__API_URL": discord.api_url,
            "NAMESMITH_DISCORD__GATEWAY_URL": discord.gateway_url,
        }
        volume = engine("volume", "create")
        options = (f"--volume={volume}:/data", *(f"--env={key}={names[key]}" for key in names))
        for attempt in ("started", "started again with its data"):
            started = time.monotonic()
            container = await asyncio.to_thread(engine.start, image, options=options)
            try:
                await discord.wait_ready(timeout=READY_SECONDS)
                print(f"{attempt}: ready after {time.monotonic() - started:.1f} s")
                print("!name Tr:", await _names(discord))
                await asyncio.to_thread(engine, "exec", container, "python3", "-c", FACTS)
                await asyncio.to_thread(engine.wait_healthy, container, "9464", "/readyz")
                print("memory:", await asyncio.to_thread(_memory, engine, container))
                stopped = time.monotonic()
                await asyncio.to_thread(engine, "stop", "--time=15", container)
                status = engine("inspect", "--format={{.State.ExitCode}}", container)
                print(f"stopped after {time.monotonic() - stopped:.1f} s with status {status}")
                assert status == "0"
            finally:
                await asyncio.to_thread(engine.remove, container)
        engine("volume", "rm", volume)


def _memory(engine: Engine, container: str) -> str:
    status = engine("exec", container, "cat", "/proc/1/status")
    return status.partition("VmRSS:")[2].partition("\n")[0].strip()


async def _names(discord: Loopback) -> str:
    answer: Message = await discord.wait_reply(await discord.say("!name Tr"))
    (embed,) = answer.embeds
    names = embed["description"].split("\n")
    assert len(names) == 5, names
    assert all(name.startswith("Tr") for name in names), names
    return ", ".join(names)


async def try_training(engine: Engine, bot: str, worker: str) -> None:
    """Train a style from a containerized bot on a scheduler and a worker in containers."""
    containers: list[str] = []
    async with Loopback() as discord:
        environment = (
            f"--env=DISCORD_TOKEN={discord.token}",
            f"--env=NAMESMITH_DISCORD__API_URL={discord.api_url}",
            f"--env=NAMESMITH_DISCORD__GATEWAY_URL={discord.gateway_url}",
            "--env=NAMESMITH_TRAINING__SCHEDULER=tcp://127.0.0.1:8786",
        )
        more_memory = ("--memory=3g",)
        try:
            for image, arguments, options in (
                (bot, ("scheduler",), ("--entrypoint=dask",)),
                (worker, ("tcp://127.0.0.1:8786", "--memory-limit=2GiB"), more_memory),
                (bot, (), environment),
            ):
                containers.append(engine.start(image, *arguments, options=options))
            await discord.wait_ready(timeout=READY_SECONDS)
            message = await finish_training(discord)
            print("trained:", message.embeds[0]["description"].partition("\n")[0])
            for container, port in zip(containers, ("8787", "8790"), strict=False):
                engine.wait_healthy(container, port, "/health")
        finally:
            for container in reversed(containers):
                await asyncio.to_thread(engine.remove, container)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    parser.add_argument("--engine", default="docker", help="such as 'podman --runtime runc'")
    parser.add_argument("--build-options", default="", help="more options of its `build`")
    parser.add_argument("--run-options", default="", help="more options of its `run`")
    parser.add_argument("--python", default="", help="another tag of the base image, python")
    parser.add_argument("--stand-in", action="store_true", help="make the base image of packages")
    parser.add_argument("--worker", action="store_true", help="train with the worker's image, too")
    parser.add_argument("--systemd", action="store_true", help="try the systemd unit; needs root")
    options = parser.parse_args()
    if options.systemd:
        asyncio.run(try_unit(print))
        return
    engine = Engine(options)
    if options.stand_in:
        make_stand_in(engine, base_image(options.python))
    image = engine.build("bot")
    size = int(engine("image", "inspect", "--format={{.Size}}", image))
    print(f"size of the bot's image: {size / 1e6:.0f} MB")
    if size > MAX_BYTES and not options.python:
        sys.exit(f"That is more than {MAX_BYTES / 1e6:.0f} MB.")
    asyncio.run(try_bot(engine, image))
    if options.worker:
        asyncio.run(try_training(engine, image, engine.build("worker")))


if __name__ == "__main__":
    main()
