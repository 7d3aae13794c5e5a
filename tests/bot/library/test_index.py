"""The index: changes of each author, records of long histories, problems of the storage."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from bot.library.index import IndexEntry, StyleIndex
from bot.library.manifest import ChangeEntry, Manifest, StorageError
from bot.library.storage import Storage

START = datetime(2026, 1, 1, tzinfo=UTC)
FOLDERS = ("elves", "@5/elves", "@5/orcs")


def manifest(authors: Sequence[str]) -> Manifest:
    fields = {"version": 1, "digest": "a" * 64, "size": 1, "what": "publish"}
    changes = [
        convert(fields | {"who": who, "when": START + timedelta(seconds=second)}, ChangeEntry)
        for second, who in enumerate(authors)
    ]
    return Manifest(changes=tuple(changes))


class OneFile:
    """A storage with the manifest of one style."""

    name = "test"

    def __init__(self, content: bytes) -> None:
        self._content = content

    def fingerprints(self) -> dict[str, Any]:
        return {"elves": 1}

    def read(self, path: str, max_bytes: int) -> bytes:
        return self._content


@given(st.lists(st.tuples(st.sampled_from(FOLDERS), st.none() | st.lists(st.sampled_from("123")))))
def test_changes_of_authors(updates: list[tuple[str, list[str] | None]]) -> None:
    index, expected = StyleIndex(cast("Storage", None)), dict[str, list[str]]()
    for folder, authors in updates:
        index.update(folder, None if authors is None else IndexEntry(1, manifest(authors)))
        expected[folder] = authors or []
    every = [author for authors in expected.values() for author in authors]
    for author in "123":
        assert index.count_changes(author) == every.count(author)


def test_long_records_are_built_with_the_manifest() -> None:
    stored = manifest(["1"] * 1000)
    index = StyleIndex(cast("Storage", OneFile(stored.to_bytes())))
    (entry,) = index.scan().values()
    assert entry
    assert entry.record == stored.record("elves")
    index.update("elves", entry)
    assert index.records(None)[0] is entry.record


class FailingFile(OneFile):
    """A storage that fails while `error` is set, and calls `on_read` while it answers."""

    error = ""
    on_read: Callable[[], object] = staticmethod(lambda: None)

    def fingerprints(self) -> dict[str, Any]:
        self.on_read()
        if self.error:
            raise StorageError(self.error)
        return super().fingerprints()


def test_problem_of_the_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FailingFile(manifest(["1"]).to_bytes())
    index = StyleIndex(cast("Storage", storage))
    assert index.problem == ""
    storage.error = "test: no\nconnection"
    with pytest.raises(StorageError):
        index.scan()
    assert index.problem == "test: no connection"
    storage.error = ""
    index.scan()
    assert index.problem == ""
    monkeypatch.setattr("bot.library.index._SLOW_SECONDS", -1.0)
    seen = list[str]()
    storage.on_read = lambda: seen.append(index.problem)
    index.scan()
    assert (seen, index.problem) == (["test: no answer in -1 s"], "")
