"""What a message shows, from top to bottom: texts, cards, pictures, rules.

Embeds and the components of the second kind come to the same few blocks, which are then written
plainly (`plain.py`) or painted (`painting.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
from ..state.messages import Message, MessageFlag
from ..state.wire import Json
from .controls import Control, controls
from .files import Files, meant
from .markdown import Line, Named, Span, read


@dataclass(frozen=True)
class Text:
    """Lines of text; `aside` marks a title, an author or a footer: not the thing itself."""

    lines: list[Line]
    aside: bool = False


@dataclass(frozen=True)
class Field:
    """A field of an embed; those `inline` stand side by side."""

    name: list[Line]
    value: list[Line]
    inline: bool


@dataclass(frozen=True)
class File:
    """A picture or another file: the path where it is saved, or its address, and what is on it."""

    place: str
    about: str = ""


@dataclass(frozen=True)
class Rule:
    """A line between blocks, drawn or not."""

    drawn: bool


@dataclass(frozen=True)
class Bar:
    """Buttons or a menu, side by side."""

    controls: list[Control]


@dataclass(frozen=True)
class Card:
    """An embed or a container: blocks behind a bar of one colour (0xRRGGBB)."""

    colour: int | None
    blocks: "list[Block]"


Block = Text | Field | File | Rule | Bar | Card


@dataclass(frozen=True)
class Reader:
    """Reads messages for one who sees them: what mentions show, and where files are saved."""

    named: Named
    files: Files

    def blocks(self, message: Message) -> list[Block]:
        """Return what `message` shows; its files are saved."""
        shown = message.json(follow=False)
        found: list[Block] = [Text(self._lines(message.content))] if message.content else []
        found += [self._embed(embed, message) for embed in shown["embeds"]]
        found += self._components(message.components, message)
        within = list(_places(shown["embeds"])) + list(_places(message.components))
        told = {file.id for url in within if (file := meant(url, message.attachments))}
        rest = (file for file in message.attachments if file.id not in told)
        found += [File(str(self.files.save(file)), file.description or "") for file in rest]
        below = [] if message.flags & MessageFlag.COMPONENTS_V2 else controls(message)
        return [*found, Bar(below)] if below else found

    def _lines(self, text: str) -> list[Line]:
        return read(text, self.named)

    def _file(self, media: Json, message: Message, about: str | None = None) -> File:
        return File(self.files.place(media.get("url", ""), message.attachments), about or "")

    def _embed(self, embed: Json, message: Message) -> Card:
        found: list[Block] = []
        if author := embed.get("author"):
            found.append(_aside(str(author.get("name", ""))))
        if title := embed.get("title"):
            bold = [[Span(s.text, s.look | {"heading"}) for s in row] for row in self._lines(title)]
            found.append(Text(bold, aside=True))
        if embed.get("url"):
            found.append(_aside(embed["url"]))
        if description := embed.get("description"):
            found.append(Text(self._lines(description)))
        for field in embed.get("fields") or []:
            name, value = self._lines(field["name"]), self._lines(field["value"])
            found.append(Field(name, value, bool(field.get("inline"))))
        media = [embed[key] for key in ("image", "thumbnail") if embed.get(key)]
        found += [self._file(one, message) for one in media]
        said = [(embed.get("footer") or {}).get("text"), embed.get("timestamp")]
        if footer := " · ".join(filter(None, said)):
            found.append(_aside(footer))
        return Card(embed.get("color"), found)

    def _components(self, parts: list[Json], message: Message) -> list[Block]:
        return [block for part in parts for block in self._component(part, message)]

    def _component(self, part: Json, message: Message) -> list[Block]:
        kind = part["type"]
        if kind == TEXT:
            return [Text(self._lines(part["content"]))]
        if kind == SEPARATOR:
            return [Rule(bool(part.get("divider", True)))]
        if kind == CONTAINER:
            return [Card(part.get("accent_color"), self._components(part["components"], message))]
        if kind in (ROW, BUTTON) and message.flags & MessageFlag.COMPONENTS_V2:
            within = [part, *part.get("components", [])]
            return [Bar([one for one in controls(message) if one.part in within])]
        if kind == SECTION:
            return self._components([*part["components"], part["accessory"]], message)
        if kind == THUMBNAIL:
            return [self._file(part["media"], message, part.get("description"))]
        if kind == GALLERY:
            return [self._file(i["media"], message, i.get("description")) for i in part["items"]]
        if kind == FILE:
            return [self._file(part["file"], message)]
        return []


def _aside(text: str) -> Text:
    """Return a line that is shown as it stands: authors and footers know no Markdown."""
    return Text([[Span(row, frozenset({"small"}))] for row in text.split("\n")], aside=True)


def _places(value: Any) -> Iterator[str]:
    """Give every address in nested JSON."""
    if isinstance(value, dict):
        if isinstance(value.get("url"), str):
            yield value["url"]
        for inner in value.values():
            yield from _places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _places(inner)
