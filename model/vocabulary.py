"""Vocabulary: characters to ids and back.

The start and end tokens have their own ids and are not characters. A space, `#` or `=` in a sample
is therefore ordinary text, and a vocabulary has two more entries than the corpus has characters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from model import ModelError

START = 0
END = 1
_SPECIAL = ("<start>", "<end>")


class VocabularyError(ModelError):
    """A sample has a character that is not in the vocabulary."""


@dataclass(frozen=True)
class Vocabulary:
    """The sorted characters, one code point each. Their ids follow those of start and end."""

    characters: tuple[str, ...]

    @classmethod
    def from_samples(cls, samples: Iterable[str]) -> "Vocabulary":
        """Collect the distinct characters of `samples`, sorted by code point."""
        return cls(tuple(sorted(set().union(*samples))))

    def __len__(self) -> int:
        return len(self.characters) + len(_SPECIAL)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All entries in the order of their ids, as an artifact lists them."""
        return _SPECIAL + self.characters

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.characters, start=len(_SPECIAL))}

    def encode(self, sample: str) -> list[int]:
        """Return the ids of the characters. Raises `VocabularyError` for an unknown character."""
        try:
            return [self._ids[c] for c in sample]
        except KeyError as error:
            raise VocabularyError(
                f"The character {error} in {sample!r} isn't in the network's vocabulary. "
                "Train on a corpus that has it."
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids` up to the first end token."""
        text = []
        for i in ids:
            if i == END:
                break
            text.append(self.tokens[i])
        return "".join(text)
