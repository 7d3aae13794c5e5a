"""Chat from the command line: `python -m bot` without a token."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bot.loopback.terminal.repl import ANSWER_TIMEOUT

from ..processes import REPOSITORY, TIMEOUT, run_cli, start_cli
from .artifacts import write_artifact


def test_stdout_has_only_names() -> None:
    result = run_cli(typed="!name Tr\n")
    assert result.returncode == 0
    names = result.stdout.splitlines()
    assert len(names) == 5
    assert all(name.startswith("Tr") for name in names)
    assert result.stderr == "DISCORD_TOKEN is not set, so you are chatting on this machine.\n"


def test_lines_are_answered_in_order() -> None:
    lines = ["!name Tr 2", "", "hello", "/name prefix:Be count:3", "@bot name Zo 1", "/nope a:1"]
    result = run_cli("chat", typed="\n".join([*lines, "!name T5", "/name count:many"]))
    assert result.returncode == 1
    output = result.stdout.splitlines()
    assert [line[:2] for line in output] == ["Tr", "Tr", "Be", "Be", "Be", "Zo"]
    errors = result.stderr.splitlines()
    assert errors[0].startswith("There's no command /nope. Choose from /name, /blend, ")
    assert errors[1].startswith("This style doesn't use the character `5`.")
    assert errors[2:] == ["count: 'many' isn't a number."]


def test_lines_that_the_bot_ignores_fail_at_once() -> None:
    lines = [
        "!nmae Tr",
        "?name Tr",
        "name Tr",
        ".name Tr",
        "!xyzzy",
        "!help nmae",
        "/rate name:Tr5",
    ]
    started = time.monotonic()
    result = run_cli(
        "chat", typed="\n".join([*lines, "hello", "?", "\N{FULLWIDTH EXCLAMATION MARK}name Tr 1"])
    )
    assert time.monotonic() - started < ANSWER_TIMEOUT * 4  # silence would take it five times
    assert result.returncode == 1
    assert result.stdout.startswith("Tr")
    assert result.stderr.splitlines()[:6] == [
        "There's no command !nmae. Did you mean !name?",
        "Commands begin with !, so type !name.",
        "Commands begin with !, so type !name.",
        "There's no .name here, only .as, .in, .attach, .apps, .help. The bot's begin with ! or /.",
        "There's no command !xyzzy. Try !help.",
        "There is no such command. See `!help`.",
    ]
    assert len(result.stderr.splitlines()) == 7


def test_prefix_of_the_server_is_told() -> None:
    lines = [".as olga", "/settings", "8", "", "?", "?name Tr 1", "!name Tr", "?nmae"]
    result = run_cli("chat", typed="\n".join(lines))
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("Tr")
    assert result.stderr.splitlines() == [
        "Commands begin with ?, so type ?name.",
        "There's no command ?nmae. Did you mean ?name?",
    ]


def test_style_option(tmp_path: Path) -> None:
    style = write_artifact(tmp_path / "mine.onnx", ["ab", "cd"])
    result = run_cli("--style", str(style), "chat", typed="!name new:no\n")
    assert sorted(result.stdout.splitlines()) == ["ab", "cd"]


def test_chat_ignores_token() -> None:
    result = run_cli("chat", typed="!name Tr 1\n", DISCORD_TOKEN="never.sent.anywhere")
    assert result.returncode == 0
    assert result.stdout.startswith("Tr")


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "line"),
    [
        (["serve"], {}, 2, "There is no token. Set DISCORD_TOKEN"),
        (["--config", "none.toml"], {}, 2, "none.toml: cannot be read"),
        (
            [],
            {"NAMESMITH_NAMES__COUNT": "x"},
            2,
            "NAMESMITH_NAMES__COUNT: [names] count: must be a whole number",
        ),
        (["--style", "fauns"], {}, 1, "fauns is neither an .onnx file nor a shipped or"),
        (["--style", "fauns.onnx"], {}, 1, "The shipped styles are "),
    ],
)
def test_startup_errors_are_one_line(
    arguments: list[str], environment: dict[str, str], status: int, line: str
) -> None:
    result = run_cli(*arguments, **environment)
    assert result.returncode == status
    last = result.stderr.splitlines()[-1]
    assert last.startswith("namesmith: ")
    assert line in last
    assert "Traceback" not in result.stderr


def test_invalid_style_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_text("Anna\n")
    result = run_cli("--style", str(tmp_path / "bad.onnx"), "chat")
    assert result.returncode == 1
    assert (
        result.stderr
        == f"namesmith: {tmp_path}/bad.onnx: is not an ONNX model that onnxruntime can run\n"
    )


def test_ctrl_c_quits() -> None:
    process = start_cli("chat")
    process.stdin.write("!name Tr 1\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("Tr")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert errors == ""


def test_web_chat_runs_until_ctrl_c() -> None:
    process = start_cli("--web", BROWSER="true")
    match = re.fullmatch(
        r"The chat is at (http://127\.0\.0\.1:\d+/[\w-]{32}/) until you press Ctrl-C\.\n",
        process.stdout.readline(),
    )
    assert match
    with urllib.request.urlopen(match[1]) as page:
        assert b"<title>Namesmith" in page.read()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=TIMEOUT) == ("", "")
    assert process.returncode == 130


def test_bot_imports_no_training_packages() -> None:
    check = (
        "import sys, bot.__main__, bot.extension, bot.cli, bot.cli_styles\n"
        "print(*sorted({'torch', 'onnx', 'model', 'export', 'matplotlib'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert result.stdout == "\n"
