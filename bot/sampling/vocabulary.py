"""Vocabulary: characters ↔ ids, and the ways to spell a typed text with them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

START, END = 0, 1
"""Ids of the special tokens: before the first character, and after the last one."""

SPECIAL_TOKENS = ("<start>", "<end>")
"""Their entries in the artifact's list. All other entries are single characters."""


class UnknownCharacterError(ValueError):
    """A text has a character that the style doesn't use; `character` is the first one."""

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
        first = self.entries[:2]
        if first != SPECIAL_TOKENS:
            raise ValueError(f"its first entries are {list(first)}, not {list(SPECIAL_TOKENS)}")
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

    def can_spell(self, text: str) -> bool:
        """Whether the style uses every character of `text`."""
        return all(character in self._ids for character in text)

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`'s characters; raises `UnknownCharacterError`."""
        for character in text:
            if character not in self._ids:
                raise UnknownCharacterError(character)
        return [self._ids[character] for character in text]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`, which must not contain a special token."""
        return "".join(self.entries[i] for i in ids)

    def spellings(self, text: str) -> list[str]:
        """Return the ways to spell `text`: as typed, then in the other letter cases.

        An unknown character is replaced by its other case, or by its base letter without accents.
        Raises `UnknownCharacterError` with the first character that can't be replaced.
        """
        typed = unicodedata.normalize("NFC", text)
        capitalized = typed[:1].upper() + typed[1:]
        lower = typed.lower()
        cases = (typed, capitalized, lower.capitalize(), typed.title(), typed.upper(), lower)
        return list(dict.fromkeys("".join(map(self._replace, case)) for case in cases))

    def _replace(self, character: str) -> str:
        base = _remove_accents(character)
        for option in (character, character.upper(), character.lower(), base, base.swapcase()):
            if option and self.can_spell(option):
                return option
        raise UnknownCharacterError(character)


def _remove_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
