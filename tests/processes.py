"""Child processes of tests, with SIGINT at its default."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


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
