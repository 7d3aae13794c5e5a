"""Pattern builder: the generator of a pattern, made of those of its styles."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..sampling import NameGenerator, PatternGenerator, RequestError
from ..sampling.pattern import MAX_PARTS, MAX_STYLES, Part
from .manifest import StyleNotFoundError
from .mix_text import is_mix, parse_mix
from .pattern_style import PatternStyle

_MAX_DEPTH = 8
"""Patterns in one another."""

OpenPart = Callable[[str], Awaitable[NameGenerator | PatternStyle]]
"""Opens a style, or a mix, that a pattern names; raises `StyleNotFoundError`."""


@dataclass
class PatternBuilder:
    """Makes the generator of one pattern, with those of the patterns in it.

    Styles are counted as they are opened, so the work is bounded.
    """

    open_part: OpenPart
    styles: int = 0

    async def build(self, name: str, style: PatternStyle) -> PatternGenerator:
        """Return the generator of the pattern `style`, called `name`.

        Raises `RequestError`, which names the part at fault, and what `open_part` raises otherwise.
        """
        generator, parts = await self._build(style, (name,))
        if parts > MAX_PARTS:
            raise RequestError(
                "The pattern {} has {} parts, with those of the patterns in it. It can have at "
                "most {}.",
                style.pattern,
                parts,
                MAX_PARTS,
            )
        return generator

    async def _build(
        self, style: PatternStyle, path: tuple[str, ...]
    ) -> tuple[PatternGenerator, int]:
        """Return the generator, and how many parts it has; `path` are the patterns around it."""
        elements: list[str | tuple[NameGenerator, ...]] = []
        count = 0
        for element in style.parsed.elements:
            if isinstance(element, Part):
                opened = [await self._open(text, style, path) for text in element.styles]
                elements.append(tuple(generator for generator, _ in opened))
                count += max(parts for _, parts in opened)
            else:
                elements.append(element)
        return PatternGenerator(style.title, style.pattern, elements), count

    async def _open(
        self, text: str, style: PatternStyle, path: tuple[str, ...]
    ) -> tuple[NameGenerator, int]:
        if text in path:
            raise RequestError(
                "The pattern {} refers to itself: its part {} leads back to it. Replace that part.",
                style.pattern,
                text,
            )
        try:
            opened = await self.open_part(text)
        except StyleNotFoundError:
            raise RequestError(
                "The pattern {} needs the style {}, which isn't available here.",
                style.pattern,
                text,
            ) from None
        if isinstance(opened, PatternStyle):
            if len(path) == _MAX_DEPTH:
                raise RequestError(
                    "The pattern {} is in more than {} patterns in one another.", text, _MAX_DEPTH
                )
            return await self._build(opened, (*path, text))
        self.styles += len(parse_mix(text)) if is_mix(text) else 1
        if self.styles > MAX_STYLES:
            raise RequestError(
                "A pattern can have at most {} styles, counted with those of the patterns in it. "
                "{} is one more.",
                MAX_STYLES,
                text,
            )
        return opened, 1
