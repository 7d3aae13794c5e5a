"""Phrase: a text for people, which can be translated before its values are filled in."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Union

Value = Union[str, int, "Phrase", tuple["Value", ...]]
"""Untrusted text, which is quoted; a number; a phrase; or a list, shown as “a, b and c”."""


class AnyOf(tuple[Value, ...]):
    """A list that is shown as “a, b or c”."""

    __slots__ = ()


def unicode_name(character: str) -> str:
    """Return the name of an invisible character, such as “zero width space”."""
    common = {"\n": "line break", "\t": "tab"}
    return common.get(character) or unicodedata.name(character, "control character").lower()


class Phrase:
    """A text with a `{}` for each of `values`.

    Translators get the templates, so each of them is a constant where it is written.
    """

    def __init__(self, template: str, *values: Value) -> None:
        self.template = template
        self.values = values

    def render(
        self,
        quote: Callable[[str], str],
        translate: Callable[[str], str] = lambda text: text,
        format_number: Callable[[int], str] = "{:,}".format,
    ) -> str:
        """Return the text; `quote` escapes untrusted text, `translate` translates a template."""

        def render(value: Value) -> str:
            if isinstance(value, Phrase):
                return value.render(quote, translate, format_number)
            if isinstance(value, tuple):
                *most, last = map(render, value)
                ending = _OR if isinstance(value, AnyOf) else _AND
                joined = translate(_COMMA.template).join(most)
                return translate(ending.template).format(joined, last) if most else last
            return quote(value) if isinstance(value, str) else format_number(value)

        return translate(self.template).format(*map(render, self.values))

    def quoted(self) -> Iterator[str]:
        """Yield the untrusted texts in it."""
        return _texts_in(self.values)


_COMMA, _AND, _OR = Phrase(", "), Phrase("{} and {}"), Phrase("{} or {}")


def _texts_in(values: tuple[Value, ...]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Phrase):
            yield from value.quoted()
        elif isinstance(value, tuple):
            yield from _texts_in(value)
