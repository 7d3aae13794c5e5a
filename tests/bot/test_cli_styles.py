"""The command line `namesmith styles`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import cli_styles
from bot.cli_arguments import parse_styles
from bot.library.storage import LocalStorage

from ..processes import start_process
from .artifacts import artifact_of_version as version
from .artifacts import versions_in
from .commands.styles.helpers import make_style

ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary working folder with some .onnx files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setenv("LOGNAME", "ada")
    for number in (1, 2, 3):
        (tmp_path / f"{number}.onnx").write_bytes(version(number))
    return tmp_path


def main(arguments: Sequence[str]) -> int:
    """Run `namesmith styles` with these arguments."""
    return cli_styles.main(parse_styles(arguments))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> "Cli":
    return Cli(capsys)


class Cli:
    """Runs commands that succeed; `error` runs one that fails and returns its message."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> str:
        assert main(arguments) == 0
        return self._capsys.readouterr().out

    def error(self, *arguments: str, status: int = 1) -> str:
        assert main(arguments) == status
        out, message = self._capsys.readouterr()
        assert (out, message.count("\n")) == ("", 1)
        return message


def test_publish_roll_back_and_retire(cli: Cli) -> None:
    output = cli("publish", "Fauns", "1.onnx")
    assert output.startswith("fauns: version 1 is live (1,1")
    cli("publish", "fauns", "2.onnx")
    cli("publish", "fauns", "3.onnx")
    assert cli("rollback", "fauns").startswith("fauns: version 2 is live (")
    assert cli("rollback", "fauns", "3").startswith("fauns: version 3 is live (")
    assert (
        cli("retire", "fauns") == "fauns: retired. Version 3 was live. All versions stay stored.\n"
    )
    assert cli("rollback", "fauns").startswith("fauns: version 3 is live (")


def test_pattern(cli: Cli, folder: Path) -> None:
    cli("publish", "fauns", "1.onnx")
    output = cli("pattern", "Lords", "{fauns} of {names}", "--title", "Elf lords")
    assert output.startswith("lords: version 1 is live (")
    assert cli("pattern", "lords", "{fauns}").startswith("lords: version 2 is live (")
    assert cli("rollback", "lords").startswith("lords: version 1 is live (")
    info = cli("info", "lords")
    assert re.search(r"^pattern +\{fauns\} of \{names\}$", info, re.MULTILINE)
    assert re.search(r"^title +Elf lords$", info, re.MULTILINE)
    assert json.loads(cli("info", "lords", "--json"))["metadata"]["pattern"] == "{fauns} of {names}"
    assert "lords" in cli("list")
    (folder / "lords.json").write_text('{"title": "A", "pattern": "{fauns}"}')
    assert cli("publish", "lords", "lords.json").startswith("lords: version 3 is live (")


def test_a_bad_pattern_gets_one_line(cli: Cli) -> None:
    cli("publish", "fauns", "1.onnx")
    for arguments, message in (
        (("{fauns",), "isn't closed"),
        (("{owls}",), "There is no style called owls."),
        (("{lords}",), "The pattern refers to itself: lords."),
        (("{fauns}", "--title", "x" * 101), "A title can have 1 to 100 characters."),
    ):
        assert message in cli.error("pattern", "lords", *arguments)


def test_list_has_aligned_columns(cli: Cli) -> None:
    assert cli("list") == ""
    cli("publish", "fauns", "1.onnx")
    cli("publish", "two-worded-fauns", "1.onnx")
    cli("publish", "fauns", "2.onnx")
    cli("retire", "two-worded-fauns")
    head, *lines = cli("list").splitlines()
    assert head.split() == ["STYLE", "LIVE", "VERSIONS", "BYTES", "CHANGED", "BY"]
    size = len(version(1))
    assert [line.split()[:4] for line in lines] == [
        ["fauns", "2", "2", str(size + len(version(2)))],
        ["two-worded-fauns", "retired", "1", str(size)],
    ]
    assert all(line.endswith("Z  shell: ada") for line in lines)
    assert len({line.index("shell") for line in lines}) == 1


def test_info(cli: Cli) -> None:
    cli("publish", "fauns", "1.onnx")
    cli("publish", "fauns", "2.onnx")
    about, changes = cli("info", "fauns").split("\n\n")
    rows = dict(line.split("  ", 1) for line in about.splitlines())
    values = {key: value.strip() for key, value in rows.items()}
    assert values["live"] == "2"
    assert values["versions"] == "1 2"
    assert (values["title"], values["samples"]) == ("Test", "4")
    head, newest, oldest = changes.splitlines()
    assert head.split() == ["CHANGED", "OPERATION", "VERSION", "SHA-256", "BY"]
    assert newest.split()[1:3] == ["publish", "2"]
    assert oldest.split()[1:3] == ["publish", "1"]


def test_poor_style_gives_a_warning(
    cli: Cli, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = {"nats_per_character": 2.6, "standard_error": 0.1, "poor": "These names\nlook random."}
    (folder / "poor.onnx").write_bytes(make_style("Anna", report=report))
    assert main(["publish", "fauns", "poor.onnx"]) == 0
    out, error = capsys.readouterr()
    assert out.startswith("fauns: version 1 is live (")
    assert error == "namesmith: warning: fauns is a poor style. These names look random.\n"
    rows = [line.split("  ", 1) for line in cli("info", "fauns").splitlines()]
    values = {row[0]: row[1].strip() for row in rows if len(row) == 2}
    assert (values["nats per character"], values["standard error"]) == ("2.6", "0.1")
    assert values["poor style"] == "These names look random."


def test_json(cli: Cli) -> None:
    assert json.loads(cli("list", "--json")) == []
    change = json.loads(cli("publish", "fauns", "1.onnx", "--json"))
    assert (change["version"], change["author"]) == (1, "shell: ada")
    (style,) = json.loads(cli("list", "--json"))
    assert (style["style"], style["live"], style["versions"]) == ("fauns", 1, [1])
    assert style["changes"] == [change]
    assert json.loads(cli("info", "fauns", "--json"))["metadata"]["title"] == "Test"


def test_guild_styles_are_separate(cli: Cli) -> None:
    cli("publish", "fauns", "1.onnx", "--guild", "1001")
    assert cli("list") == ""
    assert cli("list", "--guild", "1001").splitlines()[1].startswith("fauns ")
    assert cli("info", "fauns", "--guild", "1001").startswith("style ")


def test_settings_choose_the_storage(cli: Cli, folder: Path) -> None:
    (folder / "my.toml").write_text('[library]\nurl = "elsewhere"\n')
    cli("publish", "fauns", "1.onnx", "--config", "my.toml")
    assert (folder / "elsewhere" / "fauns" / "0001.onnx").read_bytes() == version(1)
    (folder / "config.toml").write_text('[bot]\ndata_dir = "mydata"\n')
    cli("publish", "fauns", "2.onnx")
    assert (folder / "mydata" / "styles" / "fauns" / "0001.onnx").read_bytes() == version(2)


def test_errors_are_one_line(cli: Cli, folder: Path) -> None:
    (folder / "bad.onnx").write_text("Anna\n")
    assert cli.error("publish", "fauns", "bad.onnx") == (
        "namesmith: bad.onnx: is not an ONNX model that onnxruntime can run\n"
    )
    assert cli.error("publish", "fauns", "none.onnx") == (
        "namesmith: none.onnx: cannot be read (No such file or directory)\n"
    )
    assert "a style's name" in cli.error("publish", "a/b", "1.onnx").lower()
    for command in ("rollback", "retire", "info"):
        assert (
            cli.error(command, "fauns") == "namesmith: There is no published style called fauns.\n"
        )
    assert not (folder / "data").exists()
    (folder / "config.toml").write_text("[library]\nkeep_versions = 0\n")
    assert "[library] keep_versions" in cli.error("list", status=2)


def test_damaged_version(cli: Cli, folder: Path) -> None:
    cli("publish", "fauns", "1.onnx")
    (folder / "data" / "styles" / "fauns" / "0001.onnx").write_bytes(version(1)[:-9])
    assert "its digest differs" in cli.error("info", "fauns")


def test_chat_uses_a_published_style(cli: Cli, folder: Path) -> None:
    cli("publish", "fauns", "1.onnx")
    result = subprocess.run(
        [sys.executable, "-m", "bot", "--style", "fauns", "chat"],
        env={k: v for k, v in os.environ.items() if k != "DISCORD_TOKEN"} | ENVIRONMENT,
        input="!name 4 new:no\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert versions_in(result.stdout.split()) == {1}
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["styles"]


def test_terminal_without_the_letters(folder: Path) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "bot",
            "styles",
            "publish",
            "\u044d\u043b\u044c\u0444\u044b",
            "1.onnx",
        ],
        env=os.environ | ENVIRONMENT | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("?????: version 1 is live (")


def test_ctrl_c_while_waiting_for_the_lock(folder: Path) -> None:
    with LocalStorage(folder / "data" / "styles").lock("fauns"):
        waiting = start_process(
            [sys.executable, "-m", "bot", "styles", "publish", "fauns", "1.onnx"],
            env=os.environ | ENVIRONMENT,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (folder / "data" / "styles" / "fauns" / "0001.onnx").exists():
            assert waiting.poll() is None
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        assert waiting.communicate(timeout=120)[1] == ""
    assert waiting.returncode == 130


@pytest.mark.parametrize(
    "arguments", [["publish", "fauns"], ["rollback", "fauns", "x"], ["list", "--guild", "x"], []]
)
def test_wrong_arguments_print_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: namesmith styles" in capsys.readouterr().err


def test_heavy_modules_are_not_loaded(folder: Path) -> None:
    check = (
        "import sys, bot.__main__\n"
        "sys.argv = ['bot', 'styles', 'publish', 'fauns', '1.onnx']\n"
        "try: bot.__main__.main()\n"
        "except SystemExit as cli: assert not cli.code\n"
        "slow = {'aiohttp', 'discord', 'fsspec', 'sqlalchemy', 'watchfiles', 'PIL'}\n"
        "print(*sorted(slow & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", check],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[1:] == [""]
