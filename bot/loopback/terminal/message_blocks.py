"""Message layout: converts embeds and components to blocks that every console can print.

Attachments are saved to a temporary folder, so that a block can show their path.
"""

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..payloads.components import (
    BUTTON,
    CONTAINER,
    FILE,
    GALLERY,
    ROW,
    SECTION,
    SEPARATOR,
    TEXT,
    THUMBNAIL,
)
from ..state.encoding import Json
from ..state.messages import Attachment, Message, MessageFlag
from .components import Component, list_components
from .markdown import Line, MentionFormatter, Span, parse

_MAX_NAME_LENGTH = 60
"""Characters of a saved file's name; file systems allow at most 255 bytes."""


@dataclass(frozen=True)
class TextBlock:
    """Lines of text; `is_secondary` marks titles, authors and footers."""

    lines: list[Line]
    is_secondary: bool = False


@dataclass(frozen=True)
class FieldBlock:
    """A field of an embed; inline fields are placed side by side."""

    name: list[Line]
    value: list[Line]
    is_inline: bool


@dataclass(frozen=True)
class FileBlock:
    """An image or another file: its path or URL, and its description."""

    location: str
    description: str = ""


@dataclass(frozen=True)
class Divider:
    """A separator between blocks, with or without a line."""

    has_line: bool


@dataclass(frozen=True)
class ComponentRow:
    """Buttons or a select menu, side by side."""

    components: list[Component]


@dataclass(frozen=True)
class Card:
    """An embed or a container; `colour` (0xRRGGBB) is that of its left border."""

    colour: int | None
    blocks: "list[Block]"


Block = TextBlock | FieldBlock | FileBlock | Divider | ComponentRow | Card


@dataclass
class SavedAttachments:
    """Attachments saved to a temporary folder, which stays after the chat ends."""

    folder: Path | None = None
    paths: dict[int, Path] = field(default_factory=dict)
    """The paths by attachment id."""

    def save(self, attachment: Attachment) -> Path:
        """Save an attachment once, and return its path."""
        if attachment.id not in self.paths:
            if self.folder is None:
                self.folder = Path(tempfile.mkdtemp(prefix="namesmith-chat-"))
            name = attachment.filename.lstrip(".")[-_MAX_NAME_LENGTH:] or "file"
            path = _unused_path(self.folder, name)
            path.write_bytes(attachment.data)
            self.paths[attachment.id] = path
        return self.paths[attachment.id]

    def locate(self, url: str, attachments: Collection[Attachment]) -> str:
        """Return the saved path if `url` is that of an attachment, else the URL."""
        attachment = _find_attachment(url, attachments)
        return str(self.save(attachment)) if attachment else url


@dataclass(frozen=True)
class BlockBuilder:
    """Builds the blocks of messages."""

    format_mention: MentionFormatter
    saved: SavedAttachments

    def build(self, message: Message) -> list[Block]:
        """Return the blocks of `message`, from top to bottom, and save its attachments."""
        payload = message.json(include_referenced=False)
        blocks: list[Block] = [TextBlock(self._parse(message.content))] if message.content else []
        blocks += [self._embed(embed, message) for embed in payload["embeds"]]
        blocks += self._components(message.components, message)
        urls = [*_find_urls(payload["embeds"]), *_find_urls(message.components)]
        used = {
            attachment.id
            for url in urls
            if (attachment := _find_attachment(url, message.attachments))
        }
        blocks += [
            FileBlock(str(self.saved.save(attachment)), attachment.description or "")
            for attachment in message.attachments
            if attachment.id not in used
        ]
        is_v2 = message.flags & MessageFlag.COMPONENTS_V2
        components = [] if is_v2 else list_components(message)
        return [*blocks, ComponentRow(components)] if components else blocks

    def _parse(self, text: str) -> list[Line]:
        return parse(text, self.format_mention)

    def _file(self, media: Json, message: Message, description: str | None = None) -> FileBlock:
        location = self.saved.locate(media.get("url", ""), message.attachments)
        return FileBlock(location, description or "")

    def _embed(self, embed: Json, message: Message) -> Card:
        blocks: list[Block] = []
        if author := embed.get("author"):
            blocks.append(_secondary_text(str(author.get("name", ""))))
        if title := embed.get("title"):
            lines = [
                [Span(span.text, span.styles | {"heading"}) for span in line]
                for line in self._parse(title)
            ]
            blocks.append(TextBlock(lines, is_secondary=True))
        if embed.get("url"):
            blocks.append(_secondary_text(embed["url"]))
        if description := embed.get("description"):
            blocks.append(TextBlock(self._parse(description)))
        for part in embed.get("fields") or []:
            name, value = self._parse(part["name"]), self._parse(part["value"])
            blocks.append(FieldBlock(name, value, bool(part.get("inline"))))
        media = [embed[key] for key in ("image", "thumbnail") if embed.get(key)]
        blocks += [self._file(one, message) for one in media]
        footer = [(embed.get("footer") or {}).get("text"), embed.get("timestamp")]
        if text := " · ".join(filter(None, footer)):
            blocks.append(_secondary_text(text))
        return Card(embed.get("color"), blocks)

    def _components(self, parts: list[Json], message: Message) -> list[Block]:
        return [block for part in parts for block in self._component(part, message)]

    def _component(self, part: Json, message: Message) -> list[Block]:
        kind = part["type"]
        if kind == TEXT:
            return [TextBlock(self._parse(part["content"]))]
        if kind == SEPARATOR:
            return [Divider(bool(part.get("divider", True)))]
        if kind == CONTAINER:
            return [Card(part.get("accent_color"), self._components(part["components"], message))]
        if kind in (ROW, BUTTON) and message.flags & MessageFlag.COMPONENTS_V2:
            row = [part, *part.get("components", [])]
            return [ComponentRow([one for one in list_components(message) if one.data in row])]
        if kind == SECTION:
            return self._components([*part["components"], part["accessory"]], message)
        if kind == THUMBNAIL:
            return [self._file(part["media"], message, part.get("description"))]
        if kind == GALLERY:
            return [self._file(i["media"], message, i.get("description")) for i in part["items"]]
        if kind == FILE:
            return [self._file(part["file"], message)]
        return []


def _secondary_text(text: str) -> TextBlock:
    """Return text without Markdown, as in authors and footers."""
    lines = [[Span(line, frozenset({"small"}))] for line in text.split("\n")]
    return TextBlock(lines, is_secondary=True)


def _find_attachment(url: str, attachments: Collection[Attachment]) -> Attachment | None:
    """Find the attachment with this URL, which may be `attachment://` and its name."""
    name = url.removeprefix("attachment://")
    return next((one for one in attachments if name in (one.url, one.filename)), None)


def _find_urls(payload: Any) -> Iterator[str]:
    """Yield every URL in nested JSON."""
    if isinstance(payload, dict):
        if isinstance(payload.get("url"), str):
            yield payload["url"]
        for inner in payload.values():
            yield from _find_urls(inner)
    elif isinstance(payload, list):
        for inner in payload:
            yield from _find_urls(inner)


def _unused_path(folder: Path, name: str) -> Path:
    """Return a path in `folder` that does not exist: `name`, or with a number added."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
