"""Pattern: a style made of styles, such as `{dwarves} the {epithets}`; parsed and formatted.

Text in braces is a part: the name of a style, or several with `|` between them, one of which is
chosen for each name. The rest is literal text, in which `{{` and `}}` stand for single braces.
"""

import re
import unicodedata
from dataclasses import dataclass

from .phrase import unicode_name
from .request import RequestError

MAX_CHARACTERS = 200
"""Characters of a pattern."""

MAX_PARTS = 8
"""Parts of a pattern, counted after the patterns in it are replaced by theirs."""

MAX_STYLES = 16
"""Styles of a pattern, counted in the same way, with all alternatives."""

EXAMPLE = "{elves} of {kingdoms}"

_TOKEN = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<part>[^{}]*)\}|(?P<text>[^{}]+)|(?P<error>[{}])")
_BAD_CATEGORIES = ("Cc", "Cn", "Co", "Cs", "Zl", "Zp")
"""Unicode categories of characters that can't be in a name: control characters and the like."""


@dataclass(frozen=True)
class Part:
    """A part of a pattern; each name has a name of one of its `styles` there."""

    styles: tuple[str, ...]

    def __str__(self) -> str:
        return f"{{{'|'.join(self.styles)}}}"


@dataclass(frozen=True)
class Pattern:
    """The elements of a pattern in order: literal text, never twice in a row, and parts."""

    elements: tuple[str | Part, ...]

    def __str__(self) -> str:
        """Return the text that `parse_pattern` parses to this pattern."""
        return "".join(
            element.replace("{", "{{").replace("}", "}}")
            if isinstance(element, str)
            else str(element)
            for element in self.elements
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts, without the literal text."""
        return tuple(element for element in self.elements if isinstance(element, Part))

    @property
    def styles(self) -> tuple[str, ...]:
        """The names of all styles in it, each once."""
        return tuple(dict.fromkeys(style for part in self.parts for style in part.styles))


def parse_pattern(text: str) -> Pattern:
    """Return the pattern that `text` describes, in NFC and without blanks around it.

    Raises `RequestError`, which names the part at fault. Whether its styles exist is checked when
    they are opened.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if len(text) > MAX_CHARACTERS:
        raise RequestError(
            "A pattern can have at most {} characters. This one has {}.", MAX_CHARACTERS, len(text)
        )
    for character in text:
        if unicodedata.category(character) in _BAD_CATEGORIES:
            raise RequestError(
                "A pattern can't have the character {}. Remove it.",
                unicode_name(character),
            )
    elements: list[str | Part] = []
    for token in _TOKEN.finditer(text):
        element = _parse_token(token)
        if isinstance(element, str) and elements and isinstance(elements[-1], str):
            elements[-1] += element
        else:
            elements.append(element)
    pattern = Pattern(tuple(elements))
    if not pattern.parts:
        raise RequestError(
            "A pattern needs a style in braces, such as {}. This one has none.", EXAMPLE
        )
    if len(pattern.parts) > MAX_PARTS:
        raise RequestError(
            "A pattern can have at most {} parts. This one has {}.", MAX_PARTS, len(pattern.parts)
        )
    return pattern


def _parse_token(token: re.Match[str]) -> str | Part:
    if token["brace"]:
        return token["brace"][0]
    if token["text"]:
        return token["text"]
    if token["error"] == "{":
        raise RequestError(
            "The part {} isn't closed. Close it with a brace, or double its brace if it's text.",
            token.string[token.start() :],
        )
    if token["error"]:
        raise RequestError(
            "The closing brace after {} has no opening brace. Double it if it's text.",
            token.string[: token.start()],
        )
    styles = tuple(style.strip() for style in token["part"].split("|"))
    if not all(styles):
        raise RequestError(
            "The part {} lacks the name of a style. Write one, such as {}.", token[0], "{elves}"
        )
    return Part(styles)
