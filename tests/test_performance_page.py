"""docs/performance.md is made of the results in docs/performance.json, and users have a table."""

from .benchmarks.__main__ import _PAGE, BENCHMARKS, _read
from .benchmarks.page import PLAIN, render


def test_page_has_the_stored_results() -> None:
    assert _PAGE.read_text(encoding="utf-8") == render(BENCHMARKS, _read())


def test_each_row_for_users_is_a_benchmark() -> None:
    assert set(PLAIN) <= {benchmark.name for benchmark in BENCHMARKS}


def test_names_are_unique() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)
