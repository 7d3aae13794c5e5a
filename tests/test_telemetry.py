"""No telemetry: the bot and the export connect to nobody and write nothing in HOME."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
_NETWORK_CALLS = "connect,sendto,sendmsg,sendmmsg"
_ONLY_LOOPBACK = [
    "unshare",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    'ip link set lo up && "$@"',
    "sh",
]
_BOT = ["-m", "bot", "chat"]
_EXPORT = ["-c", "import export.graph, onnxruntime; onnxruntime.SessionOptions()"]


@pytest.mark.parametrize("arguments", [_BOT, _EXPORT], ids=["bot", "export"])
def test_nothing_in_home_and_no_connection(arguments: list[str], tmp_path: Path) -> None:
    _check_tools()
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    traced = ["strace", "--follow-forks", f"--trace={_NETWORK_CALLS}", f"--output={trace}"]
    result = subprocess.run(
        [*_ONLY_LOOPBACK, *traced, sys.executable, *arguments],
        cwd=REPOSITORY,
        env={"HOME": str(home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},  # no CI in it
        input="!name Tr\n",
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert not list(home.rglob("*"))
    internet = [line for line in trace.read_text().splitlines() if "AF_INET" in line]
    assert not [line for line in internet if 'inet_addr("127.' not in line]


def _check_tools() -> None:
    """Skip where a child can have no network of its own, or its calls can't be traced."""
    if not all(map(shutil.which, ("unshare", "ip", "strace"))):
        pytest.skip("needs unshare, ip and strace, which Linux distributions have as packages")
    for command in (["true"], ["strace", "--output=/dev/null", "true"]):
        if subprocess.run([*_ONLY_LOOPBACK, *command], capture_output=True).returncode:
            pytest.skip("needs the right to create a network namespace and to trace a child")
