"""`namesmith styles`: the styles of a bot from the shell."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli_styles import main
from bot.library.storage import LocalStorage

from ..processes import start_process
from .artifacts import artifact_of_version as version
from .artifacts import versions_in

PATH = {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, with some .onnx files in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setenv("LOGNAME", "ada")
    for number in (1, 2, 3):
        (tmp_path / f"{number}.onnx").write_bytes(version(number))
    return tmp_path


@pytest.fixture
def done(capsys: pytest.CaptureFixture[str]) -> "Done":
    return Done(capsys)


class Done:
    """Runs the command, which has to succeed; `refused` is for one that must not."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> str:
        assert main(arguments) == 0
        return self._capsys.readouterr().out

    def refused(self, *arguments: str, status: int = 1) -> str:
        assert main(arguments) == status
        out, told = self._capsys.readouterr()
        assert (out, told.count("\n")) == ("", 1)
        return told


def test_a_style_is_published_rolled_back_and_retired(done: Done) -> None:
    told = done("publish", "Elves", "1.onnx")
    assert told.startswith("elves: version 1 is live (1,1")
    done("publish", "elves", "2.onnx")
    done("publish", "elves", "3.onnx")
    assert done("rollback", "elves").startswith("elves: version 2 is live (")
    assert done("rollback", "elves", "3").startswith("elves: version 3 is live (")
    assert (
        done("retire", "elves") == "elves: retired. Version 3 was live. All versions stay stored.\n"
    )
    assert done("rollback", "elves").startswith("elves: version 3 is live (")


def test_the_list_is_in_columns_that_a_pipe_can_cut(done: Done) -> None:
    assert done("list") == ""
    done("publish", "elves", "1.onnx")
    done("publish", "two-worded-elves", "1.onnx")
    done("publish", "elves", "2.onnx")
    done("retire", "two-worded-elves")
    head, *lines = done("list").splitlines()
    assert head.split() == ["STYLE", "LIVE", "VERSIONS", "BYTES", "CHANGED", "BY"]
    size = len(version(1))
    assert [line.split()[:4] for line in lines] == [
        ["elves", "2", "2", str(size + len(version(2)))],
        ["two-worded-elves", "retired", "1", str(size)],
    ]
    assert all(line.endswith("Z  shell: ada") for line in lines)
    assert len({line.index("shell") for line in lines}) == 1


def test_all_that_is_known_of_a_style_is_told(done: Done) -> None:
    done("publish", "elves", "1.onnx")
    done("publish", "elves", "2.onnx")
    about, changes = done("info", "elves").split("\n\n")
    rows = dict(line.split("  ", 1) for line in about.splitlines())
    told = {key: value.strip() for key, value in rows.items()}
    assert told["live"] == "2"
    assert told["versions"] == "1 2"
    assert (told["title"], told["samples"]) == ("Test", "4")
    head, newest, oldest = changes.splitlines()
    assert head.split() == ["CHANGED", "OPERATION", "VERSION", "SHA-256", "BY"]
    assert newest.split()[1:3] == ["publish", "2"]
    assert oldest.split()[1:3] == ["publish", "1"]


def test_programs_are_told_in_json(done: Done) -> None:
    assert json.loads(done("list", "--json")) == []
    change = json.loads(done("publish", "elves", "1.onnx", "--json"))
    assert (change["version"], change["author"]) == (1, "shell: ada")
    (style,) = json.loads(done("list", "--json"))
    assert (style["style"], style["live"], style["versions"]) == ("elves", 1, [1])
    assert style["changes"] == [change]
    assert json.loads(done("info", "elves", "--json"))["metadata"]["title"] == "Test"


def test_a_servers_own_styles_are_apart(done: Done) -> None:
    done("publish", "elves", "1.onnx", "--guild", "1001")
    assert done("list") == ""
    assert done("list", "--guild", "1001").splitlines()[1].startswith("elves ")
    assert done("info", "elves", "--guild", "1001").startswith("style ")


def test_the_settings_say_where(done: Done, here: Path) -> None:
    (here / "my.toml").write_text('[library]\nurl = "elsewhere"\n')
    done("publish", "elves", "1.onnx", "--config", "my.toml")
    assert (here / "elsewhere" / "elves" / "0001.onnx").read_bytes() == version(1)
    (here / "config.toml").write_text('[bot]\ndata_dir = "kept"\n')
    done("publish", "elves", "2.onnx")
    assert (here / "kept" / "styles" / "elves" / "0001.onnx").read_bytes() == version(2)


def test_what_cannot_be_done_is_told_in_one_line(done: Done, here: Path) -> None:
    (here / "bad.onnx").write_text("Anna\n")
    assert done.refused("publish", "elves", "bad.onnx") == (
        "namesmith: bad.onnx: is not an ONNX model that onnxruntime can run\n"
    )
    assert done.refused("publish", "elves", "none.onnx") == (
        "namesmith: none.onnx: cannot be read (No such file or directory)\n"
    )
    assert "a style's name" in done.refused("publish", "a/b", "1.onnx").lower()
    for command in ("rollback", "retire", "info"):
        assert (
            done.refused(command, "elves")
            == "namesmith: There is no published style called elves.\n"
        )
    assert not (here / "data").exists()
    (here / "config.toml").write_text("[library]\nkeep_versions = 0\n")
    assert "[library] keep_versions" in done.refused("list", status=2)


def test_a_torn_version_is_told_of(done: Done, here: Path) -> None:
    done("publish", "elves", "1.onnx")
    (here / "data" / "styles" / "elves" / "0001.onnx").write_bytes(version(1)[:-9])
    assert "its digest differs" in done.refused("info", "elves")


def test_the_chat_answers_from_what_is_published(done: Done, here: Path) -> None:
    done("publish", "elves", "1.onnx")
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "--style", "elves", "chat"],
        env={k: v for k, v in os.environ.items() if k != "DISCORD_TOKEN"} | PATH,
        input="!name 4\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert versions_in(ran.stdout.split()) == {1}
    assert sorted(path.name for path in (here / "data").iterdir()) == ["styles"]


def test_letters_that_a_terminal_lacks_are_no_failure(here: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "bot",
            "styles",
            "publish",
            "\u044d\u043b\u044c\u0444\u044b",
            "1.onnx",
        ],
        env=os.environ | PATH | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("?????: version 1 is live (")


def test_who_waits_for_others_can_break_it_off(here: Path) -> None:
    with LocalStorage(here / "data" / "styles").lock("elves"):
        waiting = start_process(
            [sys.executable, "-m", "bot", "styles", "publish", "elves", "1.onnx"],
            env=os.environ | PATH,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (here / "data" / "styles" / "elves" / "0001.onnx").exists():
            assert waiting.poll() is None
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        assert waiting.communicate(timeout=20)[1] == ""
    assert waiting.returncode == 130


@pytest.mark.parametrize(
    "arguments", [["publish", "elves"], ["rollback", "elves", "x"], ["list", "--guild", "x"], []]
)
def test_a_command_used_wrongly_is_told_how_to_be_used(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: namesmith styles" in capsys.readouterr().err


def test_neither_discord_nor_a_database_is_loaded_for_it(here: Path) -> None:
    check = (
        "import sys, bot.__main__\n"
        "sys.argv = ['bot', 'styles', 'publish', 'elves', '1.onnx']\n"
        "try: bot.__main__.main()\n"
        "except SystemExit as done: assert not done.code\n"
        "slow = {'aiohttp', 'discord', 'fsspec', 'sqlalchemy', 'watchfiles', 'PIL'}\n"
        "print(*sorted(slow & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", check],
        env=os.environ | PATH,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[1:] == [""]
