"""Characters ↔ ids as the artifact tells them, and how a person's prefix is met in them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

START, END = 0, 1
"""The ids that stand for no character: before the first, after the last."""

SPECIAL = ("<start>", "<end>")
"""Their entries in the artifact's list; every other entry is one character, so none can clash."""


class UnknownCharacterError(ValueError):
    """A prefix holds a character that the style has never seen; `character` is the first such."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a style; `entries[id]` is the character with that id.

    Raises `ValueError`, one line, for a list that is not the two special tokens followed by
    distinct single characters.
    """

    entries: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.entries[:2] != SPECIAL:
            raise ValueError(f"its first entries are {list(self.entries[:2])}, not {list(SPECIAL)}")
        characters = self.entries[2:]
        if not characters:
            raise ValueError("it has no characters")
        for entry in characters:
            if len(entry) != 1:
                raise ValueError(f"its entry {entry!r} is not one character")
        if len(set(characters)) != len(characters):
            raise ValueError("it lists a character twice")
        object.__setattr__(self, "_ids", {c: i for i, c in enumerate(self.entries)})

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def characters(self) -> str:
        """Every character of the style, in code point order."""
        return "".join(sorted(self.entries[2:]))

    def spells(self, text: str) -> bool:
        """Whether every character of `text` is one of the style's."""
        return all(character in self._ids for character in text)

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`'s characters; raises `UnknownCharacterError`."""
        for character in text:
            if character not in self._ids:
                raise UnknownCharacterError(character)
        return [self._ids[character] for character in text]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`, none of which is a special token."""
        return "".join(self.entries[i] for i in ids)

    def forms(self, prefix: str) -> list[str]:
        """Return the ways in which this style can spell `prefix`, as typed first.

        Then follow the other letter cases. A character that is unknown as typed is replaced by its
        other case, or by itself without accents. Raises `UnknownCharacterError` with the first
        character for which nothing helps.
        """
        typed = unicodedata.normalize("NFC", prefix)
        capitalised = typed[:1].upper() + typed[1:]
        lower = typed.lower()
        cases = (typed, capitalised, lower.capitalize(), typed.title(), typed.upper(), lower)
        return list(dict.fromkeys("".join(map(self._spell, case)) for case in cases))

    def _spell(self, character: str) -> str:
        plain = _without_accents(character)
        for form in (character, character.upper(), character.lower(), plain, plain.swapcase()):
            if form and self.spells(form):
                return form
        raise UnknownCharacterError(character)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
