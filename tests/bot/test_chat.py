"""`python -m bot` with no token: a chat on this machine, also down a pipe."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ..processes import start_process
from .artifacts import write_artifact

REPOSITORY = Path(__file__).parents[2]


def started(*arguments: str, **environment: str) -> Any:
    """`python -m bot` as it runs, with all its three streams."""
    inherited = {k: v for k, v in os.environ.items() if k != "DISCORD_TOKEN"}
    return start_process(
        [sys.executable, "-m", "bot", *arguments],
        env=inherited | environment,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    process = started(*arguments, **environment)
    out, err = process.communicate(typed, timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def test_a_line_piped_in_gives_names_and_nothing_else_on_standard_output() -> None:
    done = run(typed="!name Tr\n")
    assert done.returncode == 0
    names = done.stdout.splitlines()
    assert len(names) == 5
    assert all(name.startswith("Tr") for name in names)
    assert done.stderr == "DISCORD_TOKEN is not set, so you are chatting on this machine.\n"


def test_each_line_is_answered_in_its_turn() -> None:
    lines = ["!name Tr 2", "", "hello", "/name prefix:Be count:3", "@bot name Zo 1", "/nope a:1"]
    done = run("chat", typed="\n".join([*lines, "!name T5", "/name count:many"]))
    assert done.returncode == 0
    assert done.stderr == ""
    told = done.stdout.splitlines()
    assert [line[:2] for line in told[:6]] == ["Tr", "Tr", "Be", "Be", "Be", "Zo"]
    assert told[6].startswith("There's no command /nope. Choose from /name, /rate, ")
    assert told[7].startswith("This style has no `5` (U+0035).")
    assert told[8:] == ["count: 'many' isn't a number."]


def test_another_style_can_be_named_on_the_command_line(tmp_path: Path) -> None:
    style = write_artifact(tmp_path / "mine.onnx", ["ab", "cd"])
    done = run("--style", str(style), "chat", typed="!name\n")
    assert sorted(done.stdout.splitlines()) == ["ab", "cd"]


def test_a_token_and_chat_is_still_a_chat() -> None:
    done = run("chat", typed="!name Tr 1\n", DISCORD_TOKEN="never.sent.anywhere")
    assert done.returncode == 0
    assert done.stdout.startswith("Tr")


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "line"),
    [
        (["serve"], {}, 2, "There is no token. Set DISCORD_TOKEN"),
        (["--config", "none.toml"], {}, 2, "none.toml: cannot be read"),
        ([], {"NAMESMITH_NAMES__COUNT": "x"}, 2, "NAMESMITH_NAMES__COUNT: [names] count: Input"),
        (["--style", "elves"], {}, 1, "elves is neither an .onnx file nor a shipped or"),
        (["--style", "elves.onnx"], {}, 1, "The shipped styles are "),
        (
            ["serve"],
            {"DISCORD_TOKEN": "x", "NAMESMITH_DISCORD__API_URL": "http://127.0.0.1:9"},
            1,
            "Discord cannot be reached",
        ),
    ],
)
def test_what_stops_the_start_is_told_in_one_line(
    arguments: list[str], environment: dict[str, str], status: int, line: str
) -> None:
    done = run(*arguments, **environment)
    assert done.returncode == status
    last = done.stderr.splitlines()[-1]
    assert last.startswith("namesmith: ")
    assert line in last
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_style_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_text("Anna\n")
    done = run("--style", str(tmp_path / "bad.onnx"), "chat")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"namesmith: {tmp_path}/bad.onnx: is not an ONNX model that onnxruntime can run\n"
    )


def test_ctrl_c_ends_the_chat_at_once() -> None:
    process = started("chat")
    process.stdin.write("!name Tr 1\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("Tr")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == ""


def test_the_chat_is_a_page_until_ctrl_c() -> None:
    process = started("--web", BROWSER="true")
    told = re.fullmatch(
        r"The chat is at (http://127\.0\.0\.1:\d+/[\w-]{32}/) until you press Ctrl-C\.\n",
        process.stdout.readline(),
    )
    assert told
    with urllib.request.urlopen(told[1]) as page:
        assert b"<title>Namesmith" in page.read()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 130


def test_the_bot_imports_nothing_of_the_workshop() -> None:
    check = (
        "import sys, bot.__main__, bot.extension, bot.cli, bot.cli_styles\n"
        "print(*sorted({'torch', 'onnx', 'model', 'export', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
