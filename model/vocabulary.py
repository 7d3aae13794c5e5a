"""Characters ↔ ids.

Start and end are ids of their own and stand for no character, so a space, `#` or `=` in a sample is
ordinary text. A vocabulary has two entries more than the corpus has distinct characters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from model import ModelError

START = 0
END = 1
_SPECIAL = ("<start>", "<end>")


class VocabularyError(ModelError):
    """A sample holds a character that the network never learnt."""


@dataclass(frozen=True)
class Vocabulary:
    """The characters (one code point each, sorted) whose ids follow start and end."""

    characters: tuple[str, ...]

    @classmethod
    def of(cls, samples: Iterable[str]) -> "Vocabulary":
        """The vocabulary of `samples`: their distinct characters, sorted by code point."""
        return cls(tuple(sorted(set().union(*samples))))

    def __len__(self) -> int:
        return len(self.characters) + len(_SPECIAL)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every entry in id order, as an artifact lists them."""
        return _SPECIAL + self.characters

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.characters, start=len(_SPECIAL))}

    def encode(self, sample: str) -> list[int]:
        """The ids of `sample`'s characters; raises `VocabularyError` for one that is not known."""
        try:
            return [self._ids[c] for c in sample]
        except KeyError as error:
            raise VocabularyError(
                f"the character {error} of {sample!r} is not in the network's vocabulary; "
                "train on a corpus that has it"
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, read up to the first end."""
        text = []
        for i in ids:
            if i == END:
                break
            text.append(self.tokens[i])
        return "".join(text)
