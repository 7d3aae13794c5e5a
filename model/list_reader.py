"""List reader: from the bytes of a file to its lines, by a reading that a person can choose."""

from dataclasses import dataclass, replace

from model.list_layout import LINES, Layouts, apply_layout, find_layouts
from model.list_text import DecodedText, decode_text
from model.list_tidy import find_clutter, tidy


@dataclass(frozen=True)
class Reading:
    """How to read a list."""

    encoding: str = ""
    """A key of `ENCODINGS`; "": the one that the file seems to have."""
    layout: str = LINES
    """The id of a layout; "": the suggested one."""
    is_tidied: bool = False
    """Whether headings, numbers, quotes and the like are removed."""


@dataclass(frozen=True)
class ListLines:
    """The lines of a list, and what the file looks like."""

    lines: list[str]
    reading: Reading
    """With the encoding and the layout that were used."""
    decoded: DecodedText
    layouts: Layouts

    @property
    def clutter(self) -> dict[str, int]:
        """What tidying removes, as `find_clutter` returns it."""
        lines = self.lines
        if self.reading.is_tidied:
            lines = apply_layout(self.decoded.text, self.reading.layout)
        return find_clutter(lines)


def read_lines(content: bytes, file_name: str = "", reading: Reading | None = None) -> ListLines:
    """Read a list; `file_name` helps to tell what it is.

    Raises `NotTextError`, `UnicodeError` for another encoding, and `UnknownLayoutError`.
    """
    reading = reading or Reading()
    decoded = decode_text(content, reading.encoding)
    layouts = find_layouts(decoded.text, file_name)
    layout = reading.layout or layouts.suggested
    lines = apply_layout(decoded.text, layout)
    if reading.is_tidied:
        lines = tidy(lines)
    used = replace(reading, encoding=decoded.encoding, layout=layout)
    return ListLines(lines, used, decoded, layouts)
