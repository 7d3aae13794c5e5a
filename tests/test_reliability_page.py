"""docs/reliability.md: every test that its tables name exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_named_tests_exist() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| fault", "| what could"))]
    named = [re.fullmatch(r"\| .+ \| .+ \| `(test_\w+)` \|", row) for row in rows]
    assert rows
    assert all(named), "each row ends with the name of a test"
    sources = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("tests/**/*.py"))
    existing = set(re.findall(r"^(?:async )?def (test_\w+)\(", sources, re.MULTILINE))
    assert {match[1] for match in named if match} <= existing
