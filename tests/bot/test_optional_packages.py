"""Optional packages: every way to reach one that is missing ends in one line with its name."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..processes import REPOSITORY, TIMEOUT

HIDDEN = """
import runpy, sys

packages, module, *sys.argv[1:] = sys.argv[1:]
sys.modules.update(dict.fromkeys(packages.split(",")))
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""

SPEED = "aiodns,brotli,orjson,zstandard"
"""What the extra `speed` of discord.py installs."""


def run_without(
    packages: str, *arguments: str, typed: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run the module and its arguments in `arguments` as if `packages` weren't installed."""
    return subprocess.run(
        [sys.executable, "-c", HIDDEN, packages, *arguments],
        input=typed,
        cwd=REPOSITORY,
        env=os.environ | {"DISCORD_TOKEN": "x"} | environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


LIST = "--corpus=model/corpora/dinosaurs.txt"
POSTGRES = {"NAMESMITH_DATABASE__URL": "postgresql://ada:secret@127.0.0.1/names"}
S3 = {"NAMESMITH_LIBRARY__URL": "s3://bucket/styles"}
GOOGLE = {"NAMESMITH_LIBRARY__URL": "gs://bucket/styles"}


@pytest.mark.parametrize(
    ("package", "arguments", "environment", "advice"),
    [
        ("asyncpg", ["bot", "serve"], POSTGRES, "PostgreSQL needs asyncpg: pip install asyncpg"),
        ("asyncpg", ["bot", "forget-server", "5"], POSTGRES, "pip install asyncpg"),
        ("s3fs", ["bot", "chat"], S3, "s3://bucket/styles: its fsspec driver is not installed"),
        ("s3fs", ["bot", "styles", "list"], S3, "Install s3fs to access S3"),
        ("s3fs", ["bot", "forget-server", "5"], S3, "Install s3fs to access S3"),
        ("gcsfs", ["bot", "styles", "list"], GOOGLE, "install gcsfs to access Google Storage"),
        ("torch", ["bot", "train"], {}, "torch is not installed; pip install "),
        ("onnx", ["bot", "export", "x"], {}, "onnx is not installed; pip install "),
        (
            "torch",
            ["model", "train", LIST],
            {},
            "torch isn't installed. Run: pip install '.[train]'",
        ),
        (
            "matplotlib",
            ["model", "describe", LIST],
            {},
            "matplotlib isn't installed. Run: pip install",
        ),
        ("onnxscript", ["export", "x", "y"], {}, "onnxscript isn't installed. Run: pip install"),
    ],
)
async def test_missing_package_is_one_line(
    package: str, arguments: list[str], environment: dict[str, str], advice: str, tmp_path: Path
) -> None:
    environment = {"NAMESMITH_BOT__DATA_DIR": str(tmp_path)} | environment
    async with Loopback() as discord:
        urls = {
            "NAMESMITH_DISCORD__API_URL": discord.api_url,
            "NAMESMITH_DISCORD__GATEWAY_URL": discord.gateway_url,
            "DISCORD_TOKEN": discord.token,
        }
        result = await asyncio.to_thread(run_without, package, *arguments, **urls, **environment)
    errors = [line for line in result.stderr.splitlines() if not line[:4].isdigit()]
    assert [advice in line for line in errors] == [True]
    assert (result.returncode, "secret" in result.stderr) != (0, True)
    assert result.stdout == ""


def test_chat_needs_no_faster_packages() -> None:
    result = run_without(
        f"{SPEED},asyncpg,s3fs,distributed,torch", "bot", "chat", typed="!name Tr 3"
    )
    assert ([name[:2] for name in result.stdout.splitlines()], result.returncode) == (["Tr"] * 3, 0)


def test_chat_does_not_use_the_database_of_the_bot() -> None:
    result = run_without("asyncpg", "bot", "chat", typed="!name Tr 1", **POSTGRES)
    assert (result.stdout[:2], result.stderr, result.returncode) == ("Tr", "", 0)
