"""Style cards: what people see of a style before they use it, read without opening its network."""

import asyncio
import json
import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from ..sampling import ArtifactError, Style
from ..sampling.metadata import MAX_STYLE_BYTES
from ..sampling.protobuf import read_fields
from .manifest import Manifest, StoredVersion
from .pattern_style import PatternStyle, is_pattern
from .storage import Storage, read_version

Layer = Literal["guild", "shared", "shipped"]
Kind = Literal["network", "pattern"]

_MODEL_METADATA, _KEY, _VALUE = 14, 1, 2
"""Field numbers: the metadata of a model, and the key and value of an entry (onnx.proto)."""

_STYLE_KEY = b"namesmith.style"
_MAX_FIELDS = 1_000
"""Fields of a model, and of an entry; a real model has about fifteen."""

_MAX_TITLE, _MAX_DESCRIPTION, _MAX_GROUP, _MAX_TAG, _MAX_EXAMPLE = 100, 500, 40, 32, 60

_READ_SECONDS = 1.0
"""How long a request waits for cards that are not read yet; only a remote storage is that slow."""


@dataclass(frozen=True)
class StyleCard:
    """A style's name and description. Texts are bounded, and empty where the style has none.

    `examples` are up to three names. A style with `is_damaged` can't be opened.
    """

    name: str
    title: str
    description: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    layer: Layer = "shipped"
    kind: Kind = "network"
    is_damaged: bool = False


ReadCard = Callable[[], StyleCard]
"""Reads a card. It may block."""


class CardCache:
    """Cards by the key of their style; each is read once, on a thread."""

    def __init__(self) -> None:
        self._cards: dict[str, asyncio.Future[StyleCard]] = {}
        self._lists: dict[int | None, tuple[StyleCard, ...]] = {}
        self._changes = 0

    def __len__(self) -> int:
        return len(self._cards)

    async def list(
        self,
        guild_id: int | None,
        readers: Callable[[], Mapping[str, tuple[StyleCard, ReadCard]]],
    ) -> Sequence[StyleCard]:
        """Return the cards of a guild's styles, None: of those that all guilds have.

        `readers` returns, by key, what stands for a card that can't be read within a second, which
        is read meanwhile, and how to read it. The list is cached until a style changes.
        """
        if guild_id in self._lists:
            return self._lists[guild_id]
        changes, styles = self._changes, readers()
        cards = {key: self._get(key, read) for key, (_, read) in styles.items()}
        unread = [card for card in cards.values() if not card.done()]
        if unread:
            await asyncio.wait(unread, timeout=_READ_SECONDS)
        found = tuple(
            card.result() if _is_read(card) else styles[key][0] for key, card in cards.items()
        )
        if changes == self._changes and all(map(_is_read, cards.values())):
            self._lists[guild_id] = found
        return found

    def remove(self, key: str) -> None:
        """Remove the card of a style that has changed."""
        self._cards.pop(key, None)
        self._lists.clear()
        self._changes += 1

    def close(self) -> None:
        """Stop waiting for cards."""
        for card in self._cards.values():
            card.cancel()
        self._cards.clear()
        self._lists.clear()

    def _get(self, key: str, read: ReadCard) -> "asyncio.Future[StyleCard]":
        card = self._cards.get(key)
        if card is None or (card.done() and not _is_read(card)):
            card = self._cards[key] = asyncio.ensure_future(asyncio.to_thread(read))
        return card


def _is_read(card: "asyncio.Future[StyleCard]") -> bool:
    return card.done() and not card.cancelled() and card.exception() is None


def read_file_card(file: Path, name: str) -> StyleCard:
    """Read the card of an .onnx file without reading its network. Blocks."""
    try:
        with file.open("rb") as opened:
            content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        return read_card(memoryview(content), name, "shipped")
    except (OSError, ValueError):
        return damaged_card(name, "shipped")


def read_live_card(
    storage: Storage, folder: str, manifest: Manifest, max_bytes: int, name: str, layer: Layer
) -> StyleCard:
    """Read the card of the live version, or of the latest earlier one that is intact. Blocks.

    Raises `StorageError`.
    """
    for version in reversed(manifest.live_history()):
        if stored := manifest.find(version):
            try:
                return _read_version_card(storage, folder, stored, max_bytes, name, layer)
            except ValueError:  # also an `ArtifactError`, which opening the style reports
                continue
    return damaged_card(name, layer)


def read_card(content: memoryview, name: str, layer: Layer) -> StyleCard:
    """Return the card in the metadata of an .onnx file, or of a pattern; raises `ValueError`."""
    if is_pattern(content):
        return pattern_card(PatternStyle.read(bytes(content), name), name, layer)
    try:
        entries = json.loads(_style_metadata(content))
    except RecursionError:
        raise ArtifactError("has a namesmith.style that is not JSON") from None
    if not isinstance(entries, dict):
        raise ArtifactError("has a namesmith.style that is not a JSON dict")
    return _card(Style.of(entries), name, layer, "network")


def pattern_card(style: PatternStyle, name: str, layer: Layer) -> StyleCard:
    """Return the card of a pattern."""
    return _card(style, name, layer, "pattern")


def _card(style: Style | PatternStyle, name: str, layer: Layer, kind: Kind) -> StyleCard:
    return StyleCard(
        name,
        _shorten(style.title, _MAX_TITLE) or name,
        _shorten(style.description, _MAX_DESCRIPTION),
        _shorten(style.group, _MAX_GROUP),
        tuple(_shorten(tag, _MAX_TAG) for tag in style.tags if tag.strip()),
        tuple(_shorten(name, _MAX_EXAMPLE) for name in style.examples[:3] if name.strip()),
        layer,
        kind,
    )


def damaged_card(name: str, layer: Layer) -> StyleCard:
    """Return the card of a style that can't be opened."""
    return StyleCard(name, name, layer=layer, is_damaged=True)


def _read_version_card(
    storage: Storage, folder: str, stored: StoredVersion, max_bytes: int, name: str, layer: Layer
) -> StyleCard:
    _, content = read_version(storage, folder, stored, max_bytes)
    return read_card(memoryview(content), name, layer)


def _style_metadata(content: memoryview) -> bytes:
    """Return the style's JSON; of the graph, which is most of the file, only the length is read."""
    for field in islice(read_fields(content), _MAX_FIELDS):
        if field.number == _MODEL_METADATA:
            parts = islice(read_fields(field.content), _MAX_FIELDS)
            entry = {part.number: part.content for part in parts}
            value = entry.get(_VALUE, b"")
            if bytes(entry.get(_KEY, b"")) == _STYLE_KEY and len(value) <= MAX_STYLE_BYTES:
                return bytes(value)
    raise ArtifactError("has no namesmith.style in its metadata")


def _shorten(text: str, max_length: int) -> str:
    """Return `text` on one line, at most `max_length` characters of it."""
    return " ".join(text.split())[:max_length]
