"""What `namesmith` imports: as little as it needs, and the rest on first use."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.loopback import Loopback

from ..processes import REPOSITORY, TIMEOUT

HEAVY = (
    *("alembic", "dask", "distributed", "fsspec", "matplotlib", "model", "export", "onnx", "torch"),
    *("aiohttp.web", "bot.monitoring", "prometheus_client"),
    *("PIL", "prompt_toolkit", "pydantic", "rich", "watchfiles.cli", "numpy.random"),
    *("bot.loopback", "bot.rendering.canvas", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"),
)
"""Modules that a bot which serves needs later, or never."""

NEEDED_TO_ANSWER = ("aiohttp", "bot.config", "discord", "numpy", "onnxruntime", "msgspec")

SERVE = """
import asyncio, json, sys
from bot import client

async def note_ready(self):
    loaded = sorted(sys.modules)
    print(json.dumps(loaded), flush=True)

client.Namesmith.on_ready = note_ready
from bot.__main__ import main
main()
"""


def loaded(modules: list[str], names: tuple[str, ...]) -> list[str]:
    """Return those of `names` that are among the loaded modules."""
    return [name for name in names if name in modules]


async def test_serve_imports_nothing_heavy(tmp_path: Path) -> None:
    async with Loopback() as discord:
        environment = os.environ | {
            "DISCORD_TOKEN": discord.token,
            "NAMESMITH_BOT__DATA_DIR": str(tmp_path),
            "NAMESMITH_DISCORD__API_URL": discord.api_url,
            "NAMESMITH_DISCORD__GATEWAY_URL": discord.gateway_url,
        }
        for _ in range(2):  # the first start makes the database
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", SERVE, "serve"),
                cwd=REPOSITORY,
                env=environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=2**20,
            )
            assert process.stdout
            modules = json.loads(await asyncio.wait_for(process.stdout.readline(), TIMEOUT))
            process.terminate()
            await process.wait()
            assert loaded(modules, ("discord", "onnxruntime")) == ["discord", "onnxruntime"]
            assert loaded(modules, HEAVY) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("--nonsense",), 2),
        (("styles", "--help"), 0),
        (("styles", "publish"), 2),
        (("forget-server", "x"), 2),
    ],
)
def test_help_and_wrong_usage_import_nothing(arguments: tuple[str, ...], status: int) -> None:
    code = (
        "import json, sys\nfrom bot.__main__ import main\ntry: main()\n"
        "finally: print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == status
    modules = json.loads(result.stdout.splitlines()[-1])
    assert loaded(modules, HEAVY + NEEDED_TO_ANSWER) == []
