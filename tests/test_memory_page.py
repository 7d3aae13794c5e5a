"""docs/memory.md has the table that its command writes."""

from itertools import accumulate

from .benchmarks.imports import PAGE, STEPS, format_table


def test_table_lists_the_steps_of_the_command() -> None:
    lines = format_table(dict.fromkeys(STEPS, 1.0)).splitlines()
    page = PAGE.read_text(encoding="utf-8").splitlines()
    start = page.index(lines[0])
    rows = [line.strip("| ").split(" | ") for line in page[start + 2 : start + len(lines)]]
    assert [name for name, _, _ in rows] == list(STEPS)
    sums = [float(sum_) for _, _, sum_ in rows]
    for added, sum_ in zip(accumulate(float(adds) for _, adds, _ in rows), sums, strict=True):
        assert abs(added - sum_) < 0.05 * len(rows)
