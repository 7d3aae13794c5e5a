"""The sdist and the wheel, the wheel in empty environments, and `bot/` among another bot's cogs."""

import email
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..bot_runner import bot_environment
from ..openapi import CheckedLoopback
from ..processes import REPOSITORY, start_process
from ..test_readme import commands_under
from .commands.styles.helpers import LINES, LIST, TIMEOUT, finish_training
from .conftest import names_in
from .other_bot import run_other_bot

# pip builds the wheel and downloads its dependencies, which takes long on a busy machine.
pytestmark = pytest.mark.timeout(1800)

OTHER_BOT = """
import asyncio, os
import discord
from discord.ext import commands

intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot("?", intents=intents)

@bot.command()
async def ping(ctx):
    await ctx.reply("pong")

@bot.command()
async def reload(ctx):
    await bot.reload_extension("{extension}")
    await ctx.reply("reloaded")

async def main():
    async with bot:
        await bot.load_extension("{extension}")
        await bot.start(os.environ["DISCORD_TOKEN"])

asyncio.run(main())
"""


def pip(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)
    (sdist,), (wheel,) = folder.glob("namesmith-*.tar.gz"), folder.glob("namesmith-*.whl")
    return sdist, wheel


@pytest.fixture(scope="session")
def wheel(distributions: tuple[Path, Path]) -> Path:
    return distributions[1]


def create_environment(folder: Path, *arguments: str | Path) -> Path:
    """Create an environment in `folder` with what `pip install` gets; return its Python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--quiet", "--no-compile", *arguments)
    return python


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that contains the wheel and its dependencies only."""
    return create_environment(tmp_path_factory.mktemp("wheel"), wheel)


@pytest.fixture(scope="session")
def training_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the extra `train`, whose packages are those of the tests' environment."""
    python = create_environment(tmp_path_factory.mktemp("train"), "--no-deps", wheel)
    (packages,) = python.parents[1].glob("lib/python*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_distributions_pass_the_checks(distributions: tuple[Path, Path]) -> None:
    sdist, wheel = map(str, distributions)
    for check in (["twine", "check", "--strict", sdist, wheel], ["check_wheel_contents", wheel]):
        done = subprocess.run(
            [sys.executable, "-m", *check], cwd=REPOSITORY, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_wheel_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 30_000_000


def test_metadata(wheel: Path) -> None:
    metadata = metadata_of(wheel)
    assert metadata["License-Expression"].startswith("MIT AND OFL-1.1 AND ")
    assert {"py.typed", "training_code/model/base/base.safetensors"} <= files_of(wheel)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    licences = [name.split("/licenses/")[1] for name in names if "/licenses/" in name]
    assert sorted(licences) == sorted(metadata.get_all("License-File", []))
    assert {"LICENSE", "bot/rendering/fonts/OFL.txt"} < set(licences)
    description = metadata.get_payload()
    assert isinstance(description, str)
    assert "# Namesmith" in description
    assert re.findall(r"\]\((?!https?:)[^)]+\)", description) == []


def files_of(wheel: Path) -> set[str]:
    """Return the files that the wheel installs, relative to the package: there is only one."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert all(name.startswith("namesmith/") for name in names)
    return {name.removeprefix("namesmith/") for name in names}


def test_sdist_has_the_repository(distributions: tuple[Path, Path]) -> None:
    """All files but the link `namesmith`, so that it is tested and built as a clone is."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no clone")
    with tarfile.open(distributions[0]) as archive:
        files = {member.name.partition("/")[2] for member in archive.getmembers()}
    command = ["git", "ls-files", "-z", "--cached"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert set(listed.stdout.rstrip("\0").split("\0")) - files == {"namesmith"}


async def converse(discord: Loopback) -> None:
    """Send commands of the other bot and ours, before and after a reload."""
    for text in ("?ping", "?name Tr", "?reload", "?name Tr"):
        answer = await discord.wait_reply(await discord.say(text), timeout=240)
        if "name" in text:
            names = names_in(answer)
            assert len(names) == 5
            assert all(name.startswith("Tr") for name in names)
        else:
            assert answer.content in ("pong", "reloaded")


async def test_wheel_loads_into_another_bot(python: Path, tmp_path: Path) -> None:
    async with (
        CheckedLoopback() as discord,
        run_other_bot(tmp_path, OTHER_BOT.format(extension="namesmith"), discord, python),
    ):
        await converse(discord)


async def test_folder_works_under_another_name(python: Path, tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "bot", tmp_path / "cogs" / "inventor", ignore=ignore)
    async with (
        CheckedLoopback() as discord,
        run_other_bot(tmp_path, OTHER_BOT.format(extension="cogs.inventor"), discord, python),
    ):
        await converse(discord)


def test_wheel_installs_the_command(python: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [python.parent / "namesmith", "chat"],
        input="!name Tr\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name[:2] for name in result.stdout.splitlines()] == ["Tr"] * 5
    assert list(tmp_path.iterdir()) == []


def test_own_list_becomes_a_style(training_python: Path, tmp_path: Path) -> None:
    """Run the README's commands, except the installation, on a small list and for few steps."""
    towns = [
        f"{a}{b}{c}"
        for a in ("Bar", "Bel", "Nor")
        for b in ("na", "to")
        for c in ("by", "ham", "ton", "wick")
    ]
    (tmp_path / "towns.txt").write_text("\n".join(towns), encoding="utf-8")
    settings = "[model]\nmax_steps = 150\nhidden_size = 32\n"
    (tmp_path / "config.toml").write_text(settings, encoding="utf-8")
    installation, *commands = commands_under("Your own list")
    assert installation.endswith("pip install '.[train]'")
    for command in commands:
        runnable = command.replace(".venv/bin", str(training_python.parent))
        done = subprocess.run(runnable, shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    names = done.stdout.splitlines()
    assert 1 <= len(names) <= 5
    assert all(name.startswith("Bar") for name in names)


async def test_wheel_trains_on_a_server(training_python: Path, tmp_path: Path) -> None:
    async with CheckedLoopback() as discord:
        process = start_process(
            [training_python.parent / "namesmith", "serve"],
            cwd=tmp_path,
            env=bot_environment(discord, tmp_path / "data"),
        )
        try:
            await discord.wait_ready(timeout=TIMEOUT)
            await finish_training(discord)
        finally:
            process.terminate()
            process.wait(TIMEOUT)


WORKER = """
from distributed import Client
from namesmith.training.dask_client import make_worker_job

with Client(n_workers=1, processes=False, dashboard_address=None) as client:
    job = client.submit(make_worker_job(), "model.corpus_checks:preview", "topic", LIST, "a.txt")
    print(job.result()["samples"])
"""


def test_remote_workers_need_only_the_wheel(training_python: Path, tmp_path: Path) -> None:
    code = WORKER.replace("LIST", repr(LIST))
    command = [str(training_python), "-c", code]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == f"{len(LINES)}\n"


def test_training_commands_say_what_is_missing(python: Path, tmp_path: Path) -> None:
    for command in ("train", "evaluate", "describe", "export"):
        done = subprocess.run(
            [python.parent / "namesmith", command], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 2
        assert done.stderr.startswith(f"namesmith {command}: charset_normalizer and ")
        assert done.stderr.count("\n") == 1
        assert '"torch==' in done.stderr
        assert "namesmith[" not in done.stderr


def test_wheel_needs_no_pytorch(python: Path) -> None:
    packages = pip("--python", python, "list", "--format=freeze").splitlines()
    installed = {line.split("==")[0].lower() for line in packages}
    assert "namesmith" in installed
    assert not installed & {"torch", "onnx", "onnxscript", "matplotlib", "safetensors"}


def test_imports_inside_bot_are_relative() -> None:
    for file in (REPOSITORY / "bot").rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not line.lstrip().startswith(("import bot", "from bot")), f"{file}: {line}"
