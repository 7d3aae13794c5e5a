"""Samples as tensors: stored flat, served in batches of like length, trimmed to their longest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
import torch
from torch import Tensor

from model.vocabulary import END, START, Vocabulary

PADDING = -100  # the target that torch's cross-entropy ignores
_CHARACTERS = 4096  # in a step at most: a step on long lines is not much dearer than one on names
_POOL = 64  # batches that are sorted by length together: fewer would pad more, more would mix less


@dataclass(frozen=True)
class Encoded:
    """Samples between their start and end tokens, one after another.

    `ids` int32 [sum of lengths], `starts` and `lengths` int64 [N]: sample n is
    `ids[starts[n] : starts[n] + lengths[n]]`.
    """

    ids: Tensor
    starts: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, samples: Sequence[str], vocabulary: Vocabulary) -> "Encoded":
        """Encode `samples`; raises `VocabularyError` for an unknown character."""
        rows = ([START, *vocabulary.encode(sample), END] for sample in samples)
        ids = torch.from_numpy(np.fromiter(chain.from_iterable(rows), dtype=np.int32))
        lengths = torch.tensor([len(sample) + 2 for sample in samples])
        return cls(ids, lengths.cumsum(0) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def characters(self) -> int:
        """How many there are to foretell, the end of each sample counted as one."""
        return int((self.lengths - 1).sum())

    def batch(
        self, rows: Tensor, begin: int = 0, width: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Inputs and targets of the samples `rows` int64 [B], both int64 [B, T].

        They start at place `begin` and go to the end of the longest of these samples, or for
        `width` places at most; targets after an end are `PADDING`.
        """
        lengths = self.lengths[rows] - 1 - begin
        longest = int(lengths.max())
        places = torch.arange(longest if width is None else min(longest, width))
        inside = places < lengths[:, None]
        index = (self.starts[rows, None] + begin + places).where(inside, 0)
        inputs = self.ids[index].long().where(inside, END)
        targets = self.ids[index + 1].long().where(inside, PADDING)
        return inputs, targets

    def plan(
        self, size: int, width: int, seed: int, skip: int
    ) -> Iterator[tuple[Tensor, int, float]]:
        """Every step without end, from step `skip` on: its rows, its first place, its epochs.

        Those are the epochs behind it once it is taken, with fractions. A batch of samples longer
        than `width` takes several steps, one after another, each with the rows that still go on;
        every step follows from `seed` and its number alone.
        """
        for epoch in count():
            windows = [
                (rows[self.lengths[rows] - 1 > begin], begin)
                for rows in self.epoch(size, width, (seed, epoch))
                for begin in range(0, int(self.lengths[rows].max()) - 1, width)
            ]
            for i, (rows, begin) in enumerate(windows[skip:], start=skip + 1):
                yield rows, begin, epoch + i / len(windows)
            skip = max(0, skip - len(windows))

    def epoch(self, size: int, width: int, seed: tuple[int, int]) -> list[Tensor]:
        """Every sample once, as rows of batches of `size`; the same `seed`, the same order.

        Batches are smaller where `width` places of so many samples would make a step too large.
        """
        random = np.random.default_rng(seed)
        order = torch.from_numpy(random.permutation(len(self)))
        batches = []
        for pool in torch.split(order, size * _POOL):
            rows = pool[self.lengths[pool].argsort(stable=True)]
            while len(rows):
                longest = min(int(self.lengths[rows[:size]][-1]) - 1, width)
                few = max(1, min(size, _CHARACTERS // longest))
                batches.append(rows[:few])
                rows = rows[few:]
        return [batches[i] for i in random.permutation(len(batches))]

    def within(self, tokens: int) -> Iterator[Tensor]:
        """Every sample once, longest first, in rows of at most about `tokens` tokens together."""
        order = self.lengths.argsort(descending=True, stable=True)
        while len(order):
            size = max(1, tokens // int(self.lengths[order[0]]))
            yield order[:size]
            order = order[size:]
