"""docs/reliability.md: every row of its tables ends with the name of a test that exists."""

from itertools import chain

from .fault_table import ids_of_tests, named_tests


def test_named_tests_exist() -> None:
    rows = list(named_tests())
    assert rows
    assert all(rows), "each row ends with the name of a test"
    assert set(chain(*rows)) == {test.partition("::")[2] for test in ids_of_tests()}
