"""Installation of clients: where it fails, the test is skipped and says why."""

import sys
from pathlib import Path

import pytest

from . import install


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setattr(install, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_missing_program() -> None:
    with pytest.raises(pytest.skip.Exception, match="x-1 cannot be tested: there is no no-npm"):
        install.install("x-1", "no-npm", [])


def test_failed_command(cache: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no network')"]
    with pytest.raises(pytest.skip.Exception, match="x-1 cannot be installed: no network"):
        install.install("x-1", sys.executable, [command])
    assert not (cache / "x-1" / "installed").exists()


def test_installed_once() -> None:
    count = [sys.executable, "-c", "open('count', 'a').write('1')"]
    for _ in range(2):
        folder = install.install("x-1", sys.executable, [count])
    assert (folder / "count").read_text() == "1"
