"""NameGenerator: what the commands use of a style, however it makes its names."""

from collections.abc import Callable, Sequence
from typing import Protocol

from .prefix_probabilities import PrefixProbability
from .request import Request
from .score import Score


class NameGenerator(Protocol):
    """Answers requests for the names of one style; it works as long as it has references.

    All methods raise `RequestError` for what the style can't answer.
    """

    @property
    def title(self) -> str:
        """The style's title, for people."""

    @property
    def max_length(self) -> int:
        """The length of the longest names, in characters."""

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the style's samples, and so not a new name."""

    async def names(self, request: Request) -> list[str]:
        """Return names that meet `request`."""

    async def prefix_probabilities(self, text: str) -> list[PrefixProbability]:
        """Return how likely each beginning of `text` (clean) begins a name, or is one."""

    async def score(self, name: str) -> Score:
        """Return how well `name` fits the style."""

    async def top_names(self, prefix: str, count: int = 5) -> list[tuple[str, float]]:
        """Return the most likely names that begin with `prefix`, with their probabilities."""

    async def top_beginnings(self, prefix: str, count: int = 8) -> list[tuple[str, float]]:
        """Return `prefix` in the style's spelling, and the most likely ones a character longer."""

    async def blend(
        self,
        names: Sequence[str],
        count: int = 5,
        seed: int | None = None,
        is_allowed: Callable[[str], bool] | None = None,
        exclude: frozenset[str] = frozenset(),
        *,
        new_only: bool = False,
    ) -> list[str]:
        """Return names between the two or three `names`; they begin like the first one."""

    def close(self) -> None:
        """Stop, and cancel the waiting requests."""
