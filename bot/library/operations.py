"""Operations that change a style: publish, roll back, retire, and forget a user.

A version's file is complete, synced and verified before the manifest names it. A manifest is
written only under the style's lock, from what it contained under that lock. A crash in between
leaves files that no manifest names; a later publish deletes them.
"""

import contextlib
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import asdict, replace

from ..sampling import ArtifactError
from .manifest import (
    MANIFEST_FILE,
    MAX_VERSION,
    Change,
    ChangeEntry,
    LibraryError,
    Manifest,
    Operation,
    StorageError,
    StoredVersion,
    StyleError,
    parse_version,
    part_file,
    style_folder,
    version_file,
)
from .storage import Storage, load_version, parse_content, read_manifest

_MAX_PENDING_VERSIONS = 100
"""An unlisted file may belong to a publish in progress, unless this many versions followed it."""

_Update = tuple[Manifest, ChangeEntry]


def publish(
    storage: Storage,
    style: str,
    content: bytes,
    *,
    author: str,
    keep_versions: int,
    max_bytes: int,
    guild_id: int | None = None,
    file_name: str | None = None,
) -> Change:
    """Make `content`, an .onnx file's or a pattern's, the live version; raises `LibraryError`.

    Deletes the oldest versions beyond `keep_versions`, but neither the live version nor the one
    that was live before it. Error messages use `file_name`, or else the style's name.
    """
    folder = style_folder(style, guild_id)
    try:
        parse_content(content, file_name or _style(folder), max_bytes)
    except ArtifactError as error:
        raise LibraryError(str(error)) from None
    version = _store_file(storage, folder, content)
    digest = hashlib.sha256(content).hexdigest()
    added = StoredVersion(version=version, digest=digest, size=len(content))

    def update(manifest: Manifest) -> _Update:
        if version_file(version) not in storage.list_files(folder):
            raise StyleError(
                "Many other versions of {} were published at the same time. Try again.",
                _style(folder),
            )
        entry = _entry("publish", added, author)
        return manifest.with_change(entry, version, (*manifest.versions, added)), entry

    return _update_manifest(storage, folder, update, keep_versions)


def roll_back(
    storage: Storage,
    style: str,
    *,
    author: str,
    max_bytes: int,
    version: int | None = None,
    guild_id: int | None = None,
) -> Change:
    """Make `version` live, by default the previously live one; restores a retired style.

    Raises `LibraryError` if the style or version does not exist or its file is damaged.
    """
    folder = style_folder(style, guild_id)

    def update(manifest: Manifest) -> _Update:
        _check_versions(manifest, folder)
        target = manifest.find(_previous(manifest, folder) if version is None else version)
        if target is None:
            raise StyleError(
                "{} has no version {}. Its versions are {}.",
                _style(folder),
                str(version),
                _numbers(manifest),
            )
        if target.version == manifest.live:
            raise StyleError("Version {} of {} is already live.", target.version, _style(folder))
        try:
            load_version(storage, folder, target, max_bytes)
        except ArtifactError as error:
            raise LibraryError(str(error)) from None
        entry = _entry("rollback", target, author)
        return manifest.with_change(entry, target.version, manifest.versions), entry

    return _update_manifest(storage, folder, update)


def retire(storage: Storage, style: str, *, author: str, guild_id: int | None = None) -> Change:
    """Take a style out of use and leave its versions stored; raises `LibraryError`."""
    folder = style_folder(style, guild_id)

    def update(manifest: Manifest) -> _Update:
        _check_versions(manifest, folder)
        live = manifest.find(manifest.live)
        if live is None:
            raise StyleError("{} is already retired.", _style(folder))
        entry = _entry("retire", live, author)
        return manifest.with_change(entry, None, manifest.versions), entry

    return _update_manifest(storage, folder, update)


def forget_user(storage: Storage, folder: str, user_id: int) -> int:
    """Remove a user's id from the changes of a style; return the number of their changes."""
    if not _count_changes(read_manifest(storage, folder), user_id):
        return 0
    with storage.lock(folder) as check_lock:
        manifest = read_manifest(storage, folder)
        count = _count_changes(manifest, user_id)
        if manifest and count:
            changes = tuple(
                replace(entry, author="") if entry.author == str(user_id) else entry
                for entry in manifest.changes
            )
            check_lock()
            manifest = replace(manifest, changes=changes)
            storage.write(f"{folder}/{MANIFEST_FILE}", manifest.to_bytes())
    return count


def _count_changes(manifest: Manifest | None, user_id: int) -> int:
    return sum(entry.author == str(user_id) for entry in manifest.changes) if manifest else 0


def _update_manifest(
    storage: Storage,
    folder: str,
    update: Callable[[Manifest], _Update],
    keep_versions: int | None = None,
) -> Change:
    """Update the manifest under its lock. With `keep_versions`, delete the oldest versions."""
    if keep_versions is None and read_manifest(storage, folder) is None:  # lock makes a folder
        raise StyleError("There is no published style called {}.", _style(folder))
    with storage.lock(folder) as check_lock:
        manifest, entry = update(read_manifest(storage, folder) or Manifest())
        if keep_versions is not None:
            manifest = _prune(manifest, keep_versions)
        check_lock()
        storage.write(f"{folder}/{MANIFEST_FILE}", manifest.to_bytes())
        if keep_versions is not None:
            _delete_unlisted(storage, folder, manifest)
    return entry.change(_style(folder))


def _style(folder: str) -> str:
    return folder.rpartition("/")[2]


def _numbers(manifest: Manifest) -> str:
    return ", ".join(str(stored.version) for stored in manifest.versions)


def _check_versions(manifest: Manifest, folder: str) -> None:
    if not manifest.versions:
        raise StyleError("{} has no stored versions.", _style(folder))


def _previous(manifest: Manifest, folder: str) -> int:
    """Return the version that was live before, or that a retired style had."""
    history = manifest.live_history()
    earlier = history if manifest.live is None else history[:-1]
    if not earlier:
        raise StyleError(
            "{} has no earlier live version. Choose one of its versions: {}.",
            _style(folder),
            _numbers(manifest),
        )
    return earlier[-1]


def _entry(operation: Operation, stored: StoredVersion, author: str) -> ChangeEntry:
    return ChangeEntry(
        **asdict(stored), operation=operation, author=author[:200], time=datetime.now(UTC)
    )


def _store_file(storage: Storage, folder: str, content: bytes) -> int:
    """Write the file of the next version and return its number, which nobody else gets."""
    version = _newest_version(storage, folder)
    while True:
        version += 1
        if version > MAX_VERSION:
            raise LibraryError(
                f"{storage.name}/{folder}: version {MAX_VERSION} is the highest possible one. "
                "Delete its file."
            )
        part, path = f"{folder}/{part_file(version)}", f"{folder}/{version_file(version)}"
        try:
            storage.create(part, content)
        except FileExistsError:
            continue
        try:
            if version_file(version) in storage.list_files(folder):  # another publish was faster
                continue
            _verify_file(storage, part, content)
            storage.rename(part, path, content)
        except FileExistsError:
            continue
        else:
            return version
        finally:
            storage.delete(part)


def _verify_file(storage: Storage, part: str, content: bytes) -> None:
    try:
        is_same = storage.read(part, len(content)) == content
    except FileNotFoundError:
        raise LibraryError(
            f"{storage.name}/{part}: another process deleted the file. Try again."
        ) from None
    if not is_same:
        raise LibraryError(f"{storage.name}/{part}: the stored file differs from what was written")


def _newest_version(storage: Storage, folder: str) -> int:
    """Return the highest version number ever used, or 0; raises `LibraryError`."""
    manifest = read_manifest(storage, folder) or Manifest()
    listed = (each.version for each in (*manifest.versions, *manifest.changes))
    files = (parse_version(name) or 0 for name in storage.list_files(folder))
    return max((*listed, *files), default=0)


def _prune(manifest: Manifest, keep_versions: int) -> Manifest:
    """Remove the oldest versions, but neither the live version nor the one live before it."""
    protected = {manifest.live, *manifest.live_history()[-2:]}
    versions = sorted(manifest.versions, key=lambda stored: stored.version)
    removable = [stored for stored in versions if stored.version not in protected]
    removed = removable[: max(0, len(versions) - keep_versions)]
    return replace(manifest, versions=tuple(each for each in versions if each not in removed))


def _delete_unlisted(storage: Storage, folder: str, manifest: Manifest) -> None:
    """Delete the files of removed versions and of publishes that crashed."""
    stored = {each.version for each in manifest.versions}
    changed = {entry.version for entry in manifest.changes}
    for name in storage.list_files(folder):
        version = parse_version(name)
        if version is None or version in stored:
            continue
        if version in changed or version < max(stored) - _MAX_PENDING_VERSIONS:
            with contextlib.suppress(StorageError):  # the next publish tries again
                storage.delete(f"{folder}/{name}")
