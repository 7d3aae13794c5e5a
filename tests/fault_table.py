"""Run every test that docs/reliability.md names: `python -m tests.fault_table [pytest options]`."""

import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reliability.md"
HEADINGS = ("| fault", "| what could")


def named_tests() -> Iterator[list[str]]:
    """Yield the names of the tests in the last column of each row."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(HEADINGS):
            yield re.findall(r"`(test_\w+)`", line.split(" | ")[-1])


def ids_of_tests() -> list[str]:
    """Return the tests with their files, as pytest takes them."""
    named = set(chain.from_iterable(named_tests()))
    found = []
    for file in sorted(ROOT.glob("tests/**/test_*.py")):
        defined = re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE)
        found += [f"{file.relative_to(ROOT)}::{name}" for name in defined if name in named]
    return found


if __name__ == "__main__":
    sys.exit(pytest.main([*ids_of_tests(), *sys.argv[1:]]))
