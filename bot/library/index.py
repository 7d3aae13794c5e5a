"""Index of the styles in a storage: the manifests as last read, by guild and style."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .manifest import (
    LibraryError,
    Manifest,
    StorageError,
    StyleRecord,
    UnreadableFileError,
    parse_style_folder,
)
from .operations import forget_user
from .storage import Storage, read_manifest

_log = logging.getLogger(__name__)

_MANY_CHANGES = 100
"""Above this, the record of a style is built with the manifest, on a thread."""

_SLOW_SECONDS = 10.0
"""A scan that takes longer is a problem of the storage; most take milliseconds."""


@dataclass(frozen=True)
class IndexEntry:
    """What a style's folder contained.

    `fingerprint` changes with the manifest; None means that the manifest must be read again. If
    there is an `error`, `manifest` is the last valid one.
    """

    fingerprint: Any
    manifest: Manifest | None
    error: str = ""
    record: StyleRecord | None = None
    """The record of a style with many changes, which takes milliseconds."""


@dataclass
class StyleIndex:
    """The manifests by guild (None for shared styles) and style.

    An invalid manifest is logged once, and the last valid one stays in the index.
    """

    storage: Storage
    _manifests: dict[int | None, dict[str, Manifest]] = field(default_factory=dict)
    _entries: dict[str, IndexEntry] = field(default_factory=dict)
    _records: dict[tuple[int | None, str], StyleRecord] = field(default_factory=dict)
    _authors: Counter[str] = field(default_factory=Counter)
    """The number of each author's changes."""
    _error: str = ""
    _scan_started: float | None = None

    @property
    def problem(self) -> str:
        """What the latest scan found wrong with the storage, in one line; empty if nothing."""
        started = self._scan_started
        if started is not None and time.monotonic() - started > _SLOW_SECONDS:
            return f"{self.storage.name}: no answer in {_SLOW_SECONDS:g} s"
        return self._error

    def manifests(self, guild_id: int | None) -> dict[str, Manifest]:
        """Return the manifests of a guild's own styles, or of the shared styles."""
        return self._manifests.get(guild_id, {})

    def manifest(self, folder: str) -> Manifest | None:
        """Return the manifest of a style's folder, or None."""
        guild_id, style = parse_style_folder(folder) or (None, folder)
        return self.manifests(guild_id).get(style)

    def is_live(self, style: str, guild_id: int | None) -> bool:
        """Whether a guild's own style, or a shared style, has a live version."""
        manifest = self.manifests(guild_id).get(style)
        return manifest is not None and manifest.live is not None

    def live_styles(self, guild_id: int | None) -> list[str]:
        """Return a guild's own styles, or the shared styles, that have a live version."""
        return sorted(style for style in self.manifests(guild_id) if self.is_live(style, guild_id))

    def records(self, guild_id: int | None) -> list[StyleRecord]:
        """Return the records of a guild's own styles, or of the shared styles."""
        return [self._record(guild_id, style) for style in sorted(self.manifests(guild_id))]

    def _record(self, guild_id: int | None, style: str) -> StyleRecord:
        """Return a cached record; to build one with a thousand changes takes a while."""
        record = self._records.get((guild_id, style))
        if record is None:
            record = self.manifests(guild_id)[style].record(style)
            self._records[guild_id, style] = record
        return record

    def guild_ids(self) -> set[int]:
        """Return the guilds with styles, unreadable ones too."""
        return {guild_id for guild_id, _ in map(_split, self._entries) if guild_id is not None}

    def count_changes(self, author: str) -> int:
        """Return the number of an author's changes, in all guilds."""
        return self._authors[author]

    def forget_user(self, user_id: int) -> int:
        """Remove a user's id from all changes; return the number of their changes. Blocks.

        Raises `StorageError`, or the `LibraryError` of an unreadable style after all others.
        """
        count, unreadable = 0, None
        for folder in list(self._entries):
            try:
                count += forget_user(self.storage, folder, user_id)
            except StorageError:
                raise
            except LibraryError as error:
                unreadable = error
        if unreadable:
            raise unreadable
        return count

    def refresh(self) -> None:
        """Read what changed and update the index; raises `StorageError`. Blocks."""
        for folder, entry in self.scan().items():
            self.update(folder, entry)

    def scan(self) -> dict[str, IndexEntry | None]:
        """Return what differs from the index, None for what is gone.

        Raises `StorageError`. Blocks.
        """
        self._scan_started = time.monotonic()
        try:
            found = self._scan()
        except StorageError as error:
            self._error = " ".join(str(error).split())
            raise
        finally:
            self._scan_started = None
        self._error = ""
        return found

    def _scan(self) -> dict[str, IndexEntry | None]:
        fingerprints = self._fingerprints()
        found: dict[str, IndexEntry | None] = {
            folder: None for folder in self._entries if folder not in fingerprints
        }
        for folder, fingerprint in fingerprints.items():
            entry = self._entries.get(folder)
            if entry is None or fingerprint is None or fingerprint != entry.fingerprint:
                found[folder] = self._read(folder, fingerprint)
        return found

    def update(self, folder: str, entry: IndexEntry | None) -> None:
        """Put a result of `scan` into the index; log a new error."""
        guild_id, style = _split(folder)
        before = self._entries.pop(folder, None)
        if entry:
            self._entries[folder] = entry
            if entry.error and (before is None or entry.error != before.error):
                _log.error("%s; the style stays as it was", entry.error)
        self._records.pop((guild_id, style), None)
        if entry and entry.record:
            self._records[guild_id, style] = entry.record
        manifests = self._manifests.setdefault(guild_id, {})
        removed = _authors(manifests.pop(style, None))
        if entry and entry.manifest:
            manifests[style] = entry.manifest
            self._authors.update(_authors(entry.manifest))
        self._authors.subtract(removed)
        for author in removed:
            if not self._authors[author]:
                del self._authors[author]
        if not manifests:
            del self._manifests[guild_id]

    def _fingerprints(self) -> dict[str, Any]:
        try:
            return self.storage.fingerprints()
        except FileNotFoundError:  # the first publish creates the storage
            if self._entries:
                raise StorageError(f"{self.storage.name}: the folder is missing") from None
            return {}

    def _read(self, folder: str, fingerprint: Any) -> IndexEntry:
        try:
            manifest = read_manifest(self.storage, folder)
            record = None
            if manifest and len(manifest.changes) > _MANY_CHANGES:
                record = manifest.record(_split(folder)[1])
            return IndexEntry(fingerprint, manifest, record=record)
        except StorageError:
            raise
        except LibraryError as error:
            # A file that becomes readable again can have the same fingerprint.
            retry = isinstance(error, UnreadableFileError)
            return IndexEntry(None if retry else fingerprint, self.manifest(folder), str(error))


def _authors(manifest: Manifest | None) -> Counter[str]:
    return Counter(entry.author for entry in manifest.changes) if manifest else Counter()


def _split(folder: str) -> tuple[int | None, str]:
    found = parse_style_folder(folder)
    assert found is not None  # noqa: S101, storages report no other folders
    return found
