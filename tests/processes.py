"""Child processes of tests: start them with SIGINT at its default, and run `python -m bot`."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]

TIMEOUT = 120.0
"""Seconds to wait for a child; only one that hangs needs them."""


def start_process(arguments: Sequence[str | Path], **options: Any) -> "subprocess.Popen[Any]":
    """Start a child that Ctrl-C stops, with the `options` of `subprocess.Popen`.

    Background jobs of scripts ignore SIGINT, and children inherit that. A signal with a handler
    is at its default in a child, so a handler is set while the child starts.
    """
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(arguments, **options)
    finally:
        signal.signal(signal.SIGINT, previous)


def start_cli(*arguments: str, **environment: str) -> Any:
    """Start `python -m bot` without a token, with pipes for its three streams."""
    inherited = {key: value for key, value in os.environ.items() if key != "DISCORD_TOKEN"}
    return start_process(
        [sys.executable, "-m", "bot", *arguments],
        env=inherited | environment,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_cli(
    *arguments: str, typed: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m bot` with `typed` on its standard input, to its end."""
    process = start_cli(*arguments, **environment)
    out, err = process.communicate(typed, timeout=TIMEOUT)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)
