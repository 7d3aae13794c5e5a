"""CharacterModel: what drawing, scoring, completing and blending use of a style's network."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .artifact import Floats, Ids, Vocabulary


class CharacterModel(Protocol):
    """Predicts the next character; an `Artifact` does it with one network, a mix with several."""

    @property
    def title(self) -> str:
        """The style's title, for people."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters, and the special tokens."""

    @property
    def max_length(self) -> int:
        """The length of the longest names, in characters."""

    @property
    def state_size(self) -> int:
        """The numbers S in the state of one row; a state of zeros comes before the start token."""

    @property
    def corpus_quantiles(self) -> npt.NDArray[np.float64]:
        """The quantiles 0, 0.01, ... 1 of the samples' nats per character, [101], or [0]."""

    def step(self, token: Ids, state: Floats) -> tuple[Floats, Floats]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state [B, S].
        """

    def in_corpus(self, name: str) -> bool:
        """Whether `name` (NFC) is one of the samples that the style was trained on."""

    def are_in_corpus(self, names: Sequence[str]) -> list[bool]:
        """Return `in_corpus` of each of `names`."""
