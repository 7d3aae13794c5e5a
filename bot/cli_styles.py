"""The command line `namesmith styles`: list, publish, roll back and retire styles.

A running bot need not be stopped; it uses a published version within two seconds. Output is plain
lines for people and pipes, or JSON for programs.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from .config import ConfigError, Settings, find_settings
from .library import (
    SHIPPED,
    SHIPPED_PATTERNS,
    Change,
    LibraryError,
    PatternStyle,
    StyleRecord,
    open_storage,
    operations,
    validate_style_name,
)
from .library.index import StyleIndex
from .library.manifest import style_folder
from .library.pattern_style import is_pattern, load_shipped_patterns, style_names, title_of
from .library.storage import Storage, load_version, read_manifest
from .process import interruptible, write_output
from .sampling import Artifact, ArtifactError, RequestError, Style, parse_pattern


def main(options: argparse.Namespace) -> int:
    """Run the command. Returns 0, 1 (failed), 2 (wrong usage or settings) or 130 (Ctrl-C)."""
    try:
        with interruptible():
            settings = find_settings(options.config)
            storage = open_storage(settings.library.url, Path(settings.bot.data_dir))
            output = _COMMANDS[options.command](storage, settings, options)
            write_output(output)
    except KeyboardInterrupt:
        return 130
    except (ConfigError, LibraryError, OSError) as error:
        sys.stderr.write(f"namesmith: {error}\n")
        return 2 if isinstance(error, ConfigError) else 1
    return 0


def _list(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    del settings
    records = _records(storage, options.guild)
    if not records and not options.json:
        sys.stderr.write(f"namesmith: There are no published styles in {storage.name}.\n")
        return ""
    if options.json:
        return _to_json([asdict(record) for record in records])
    return _format_list(records)


def _info(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    name = validate_style_name(options.style)
    records = (each for each in _records(storage, options.guild) if each.style == name)
    if (record := next(records, None)) is None:
        raise LibraryError(f"There is no published style called {name}.")
    try:
        metadata = _live_metadata(storage, settings, options.guild, name)
    except ArtifactError as error:
        raise LibraryError(str(error)) from None
    if options.json:
        return _to_json(asdict(record) | {"metadata": _to_dict(metadata)})
    return _format_info(record, metadata)


def _to_dict(metadata: Style | PatternStyle | None) -> dict[str, Any] | None:
    if isinstance(metadata, PatternStyle):
        return dict(to_builtins(metadata))
    return asdict(metadata) if metadata else None


def _live_metadata(
    storage: Storage, settings: Settings, guild_id: int | None, name: str
) -> Style | PatternStyle | None:
    """Return the metadata in the live version's file, or None for a retired style."""
    folder = style_folder(name, guild_id)
    manifest = read_manifest(storage, folder)
    stored = manifest.find(manifest.live) if manifest else None
    max_bytes = settings.names.max_artifact_bytes
    content = load_version(storage, folder, stored, max_bytes) if stored else None
    return content.style if isinstance(content, Artifact) else content


def _publish(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    max_bytes = settings.names.max_artifact_bytes
    try:
        with options.file.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise LibraryError(f"{options.file}: cannot be read ({error.strerror})") from None
    change = _publish_content(storage, settings, options, content, str(options.file))
    if is_pattern(content):
        return _format_change(change, options)
    style = Artifact.read(content, str(options.file), max_bytes=max_bytes).style
    if verdict := _verdict(style):
        sys.stderr.write(f"namesmith: warning: {change.style} is a poor style. {verdict}\n")
    return _format_change(change, options)


def _publish_pattern(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    name = validate_style_name(options.style)
    try:
        pattern = parse_pattern(options.pattern)
        styles = style_names(pattern)
    except RequestError as error:
        raise LibraryError(str(error)) from None
    known = {file.stem for file in SHIPPED.glob("*.onnx")} | _live_styles(storage, options.guild)
    known |= load_shipped_patterns(SHIPPED_PATTERNS, known).keys()
    for style in styles:
        if style == name:
            raise LibraryError(f"The pattern refers to itself: {name}. Choose another name.")
        if style not in known:
            raise LibraryError(f"There is no style called {style}.")
    try:
        document = PatternStyle.of(title=options.title or title_of(name), pattern=str(pattern))
    except ValueError:
        raise LibraryError("A title can have 1 to 100 characters.") from None
    change = _publish_content(storage, settings, options, document.to_bytes(), name)
    return _format_change(change, options)


def _publish_content(
    storage: Storage,
    settings: Settings,
    options: argparse.Namespace,
    content: bytes,
    file_name: str,
) -> Change:
    return operations.publish(
        storage,
        options.style,
        content,
        author=_author(),
        keep_versions=settings.library.keep_versions,
        max_bytes=settings.names.max_artifact_bytes,
        guild_id=options.guild,
        file_name=file_name,
    )


def _live_styles(storage: Storage, guild_id: int | None) -> set[str]:
    """Return the live styles of all servers, and those of the guild."""
    index = StyleIndex(storage)
    index.refresh()
    return {style for each in {None, guild_id} for style in index.live_styles(each)}


def _roll_back(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    change = operations.roll_back(
        storage,
        options.style,
        author=_author(),
        max_bytes=settings.names.max_artifact_bytes,
        version=options.version,
        guild_id=options.guild,
    )
    return _format_change(change, options)


def _retire(storage: Storage, settings: Settings, options: argparse.Namespace) -> str:
    del settings
    change = operations.retire(storage, options.style, author=_author(), guild_id=options.guild)
    return _format_change(change, options)


def _records(storage: Storage, guild_id: int | None) -> list[StyleRecord]:
    index = StyleIndex(storage)
    index.refresh()
    return index.records(guild_id)


def _author() -> str:
    try:
        return f"shell: {getpass.getuser()}"
    except (OSError, KeyError, ImportError):  # the user has no name, as in many containers
        return "shell: unknown"


def _format_list(records: Iterable[StyleRecord]) -> str:
    head = ("STYLE", "LIVE", "VERSIONS", "BYTES", "CHANGED", "BY")
    rows = [
        (
            record.style,
            _format_live(record),
            str(len(record.versions)),
            str(record.size),
            _format_time(record.changes[0].time) if record.changes else "-",
            _format_author(record.changes[0]) if record.changes else "-",
        )
        for record in records
    ]
    return _format_columns([head, *rows])


def _format_info(record: StyleRecord, metadata: Style | PatternStyle | None) -> str:
    """Return a line for each property, then a line for each change, newest first."""
    rows = [
        ("style", record.style),
        ("live", _format_live(record)),
        ("versions", " ".join(map(str, record.versions))),
        ("bytes", str(record.size)),
        *(_properties(metadata) if metadata else ()),
    ]
    head = ("CHANGED", "OPERATION", "VERSION", "SHA-256", "BY")
    changes = [
        (
            _format_time(change.time),
            change.operation,
            str(change.version),
            change.digest[:12],
            _format_author(change),
        )
        for change in record.changes
    ]
    return f"{_format_columns(rows)}\n{_format_columns([head, *changes])}"


def _properties(metadata: Style | PatternStyle) -> Iterator[tuple[str, str]]:
    yield "title", metadata.title
    yield "description", metadata.description
    if isinstance(metadata, PatternStyle):
        yield "pattern", metadata.pattern
        return
    yield "created", metadata.created
    for key in ("samples", "licence"):
        if key in metadata.corpus:
            yield key, str(metadata.corpus[key])
    for key in ("nats_per_character", "standard_error"):
        if metadata.report.get(key) is not None:
            yield key.replace("_", " "), str(metadata.report[key])
    if verdict := _verdict(metadata):
        yield "poor style", verdict


def _verdict(metadata: Style) -> str:
    """Return what is wrong with a poor style, as one line; "" for one that isn't poor."""
    verdict = metadata.report.get("poor")
    if not isinstance(verdict, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in verdict[:300])


def _format_change(change: Change, options: argparse.Namespace) -> str:
    if options.json:
        return _to_json(asdict(change))
    if change.operation == "retire":
        return (
            f"{change.style}: retired. Version {change.version} was live. "
            "All versions stay stored.\n"
        )
    details = f"{change.size:,} bytes, SHA-256 {change.digest[:12]}"
    return f"{change.style}: version {change.version} is live ({details})\n"


def _to_json(value: Any) -> str:
    """Return `value` as JSON, with times in RFC 3339."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=datetime.isoformat) + "\n"


def _format_live(record: StyleRecord) -> str:
    return "retired" if record.live is None else str(record.live)


def _format_time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _format_author(change: Change) -> str:
    return change.author or "(forgotten)"


def _format_columns(rows: Sequence[Sequence[str]]) -> str:
    """Return `rows` as columns two spaces apart. Unprintable characters become spaces."""
    plain = [["".join(c if c.isprintable() else " " for c in cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in plain
    )
    return "".join(f"{line}\n" for line in lines)


_COMMANDS: dict[str, Callable[[Storage, Settings, argparse.Namespace], str]] = {
    "list": _list,
    "info": _info,
    "publish": _publish,
    "pattern": _publish_pattern,
    "rollback": _roll_back,
    "retire": _retire,
}
