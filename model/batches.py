"""Batches: a vocabulary, and samples encoded with it, grouped by similar length and padded.

The start and end tokens have their own ids and are not characters. A space, `#` or `=` in a sample
is therefore ordinary text, and a vocabulary has two more entries than the corpus has characters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count

import numpy as np
import torch
from torch import Tensor

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


PADDING = -100  # the target that torch's cross-entropy ignores
_MAX_CHARACTERS = 1024  # per step, so that a step on long lines costs no more than on names
_POOL = 64  # batches sorted by length together; fewer pad more, more mix the samples less


@dataclass(frozen=True)
class EncodedSamples:
    """Samples between start and end tokens, concatenated.

    `ids` int32 [sum of lengths], `starts` and `lengths` int64 [N]: sample n is
    `ids[starts[n] : starts[n] + lengths[n]]`.
    """

    ids: Tensor
    starts: Tensor
    lengths: Tensor

    @classmethod
    def from_samples(cls, samples: Sequence[str], vocabulary: Vocabulary) -> "EncodedSamples":
        """Encode `samples`. Raises `VocabularyError` for an unknown character."""
        rows = ([START, *vocabulary.encode(sample), END] for sample in samples)
        ids = torch.from_numpy(np.fromiter(chain.from_iterable(rows), dtype=np.int32))
        lengths = torch.tensor([len(sample) + 2 for sample in samples])
        return cls(ids, lengths.cumsum(0) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def target_count(self) -> int:
        """Number of tokens to predict: all characters, and one end token per sample."""
        return int((self.lengths - 1).sum())

    def batch(
        self, rows: Tensor, start: int = 0, max_length: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of the samples `rows` int64 [B], both int64 [B, T].

        They begin at position `start` of each sample and end with the longest of these samples, or
        after `max_length` positions. Targets after an end token are `PADDING`.
        """
        index, inside = self.positions(rows, start, max_length)
        inputs = self.ids[index].long().where(inside, END)
        targets = self.ids[index + 1].long().where(inside, PADDING)
        return inputs, targets

    def positions(
        self, rows: Tensor, start: int = 0, max_length: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the index in `ids` of each input of `batch`, and whether it is inside its sample.

        int64 and bool, both [B, T]. The index of an input after the end token is 0.
        """
        lengths = self.lengths[rows] - 1 - start
        longest = int(lengths.max())
        positions = torch.arange(longest if max_length is None else min(longest, max_length))
        inside = positions < lengths[:, None]
        return (self.starts[rows, None] + start + positions).where(inside, 0), inside

    def windows(
        self, batch_size: int, bptt_length: int, seed: int, skip: int
    ) -> Iterator[tuple[Tensor, int, float]]:
        """Yield the training steps without end, from step `skip` on: rows, start, epochs.

        `epochs` is the fractional number of epochs completed after the step. A batch of samples
        longer than `bptt_length` takes several consecutive steps, each with the samples that have
        not ended. A step depends only on `seed` and its number.
        """
        for epoch in count():
            windows = self.epoch_windows(batch_size, bptt_length, (seed, epoch))
            for i, (rows, start) in enumerate(windows[skip:], start=skip + 1):
                yield rows, start, epoch + i / len(windows)
            skip = max(0, skip - len(windows))

    def epoch_windows(
        self, batch_size: int, bptt_length: int, seed: tuple[int, int]
    ) -> list[tuple[Tensor, int]]:
        """Return the steps of one epoch, each as rows and start."""
        return [
            (rows[self.lengths[rows] - 1 > start], start)
            for rows in self.epoch_batches(batch_size, bptt_length, seed)
            for start in range(0, int(self.lengths[rows].max()) - 1, bptt_length)
        ]

    def epoch_batches(
        self, batch_size: int, bptt_length: int, seed: tuple[int, int]
    ) -> list[Tensor]:
        """Return every sample once, as rows of batches. The same `seed` gives the same order.

        Batches are smaller than `batch_size` where `bptt_length` positions of that many samples
        would exceed the maximum number of characters per step.
        """
        random = np.random.default_rng(seed)
        order = torch.from_numpy(random.permutation(len(self)))
        batches = []
        for pool in torch.split(order, batch_size * _POOL):
            rows = pool[self.lengths[pool].argsort(stable=True)]
            while len(rows):
                longest = min(int(self.lengths[rows[:batch_size]][-1]) - 1, bptt_length)
                size = max(1, min(batch_size, _MAX_CHARACTERS // longest))
                batches.append(rows[:size])
                rows = rows[size:]
        return [batches[i] for i in random.permutation(len(batches))]

    def evaluation_batches(self, max_tokens: int) -> Iterator[Tensor]:
        """Yield every sample once, longest first, in rows of about `max_tokens` tokens."""
        order = self.lengths.argsort(descending=True, stable=True)
        while len(order):
            size = max(1, max_tokens // int(self.lengths[order[0]]))
            yield order[:size]
            order = order[size:]
