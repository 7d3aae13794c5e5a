"""What counting alone can do: an n-gram model, the bar that a network has to clear.

Interpolated Kneser-Ney with three discounts a length: Kneser & Ney (1995), Improved backing-off for
m-gram language modeling; Chen & Goodman (1999), An empirical study of smoothing techniques for
language modeling. A sample has one start before it, so near it contexts are as short as the history
is; n-grams that hold the start keep their plain counts at every length, as nothing precedes them.

No n-gram is spelled out: it is numbered by its place among the n-grams of its length, which are
kept sorted by `number of its context * tokens + last token`. That fits 64 bits for any alphabet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from model.batches import Encoded
from model.corpus import Split
from model.vocabulary import END, START, Vocabulary

ORDERS = range(2, 9)
MOST_TOKENS = 2**21  # learnt from: about 200,000 names, seconds, half a gigabyte at most
_TRIED = 2**18  # tokens that the order is chosen on
_CHUNK = 256  # samples foretold at once: bounds the memory

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """The n-grams of one length: `keys` int64 [M], sorted, and two ways to count them, int64 [M].

    `plain` is how often one occurs; `before` is how many different tokens come before it.
    """

    keys: Ints
    plain: Ints
    before: Ints


@dataclass(frozen=True)
class Level:
    """The n-grams of one length as shares of what follows their contexts.

    `shares` float64 [M] belong to `keys` int64 [M]; `left` float64 [C] is what each of the C
    contexts leaves to the next shorter one.
    """

    keys: Ints
    shares: Floats
    left: Floats

    @cached_property
    def cumulative(self) -> Floats:
        """Sums of the shares before each n-gram and after the last, float64 [M + 1]."""
        return np.concatenate([[0.0], self.shares.cumsum()])

    def places(self, keys: Ints) -> Ints:
        """The numbers of the n-grams `keys` int64 [N], -1 for one that was never seen."""
        found = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)


@dataclass(frozen=True)
class NGram:
    """A model of order `len(levels)`, learnt from `samples` samples."""

    vocabulary: Vocabulary
    levels: tuple[Level, ...]
    samples: int

    def probabilities(self, ids: Ints) -> Floats:
        """The probability of each token in `ids` int64 [T] but the starts, given its sample so far.

        `ids` are samples between their starts and ends, one after another.
        """
        tokens = len(self.vocabulary)
        odds = np.full(len(ids), 1 / (tokens - 1))  # anything but a start
        context = np.zeros(len(ids), np.int64)
        for level in self.levels:
            followed = context >= 0
            odds *= np.where(followed, level.left[context], 1.0)
            places = np.where(followed, level.places(context * tokens + ids), -1)
            odds += np.where(places >= 0, level.shares[places], 0.0)
            context = _shifted(places, ids)
        foretold: Floats = odds[ids != START]
        return foretold

    def nats_per_character(self, samples: Sequence[str]) -> float:
        """Mean surprise in nats a character, the end token counted as one.

        Raises `VocabularyError` for a character that the vocabulary lacks.
        """
        total = 0.0
        for i in range(0, len(samples), _CHUNK):
            ids = _flat(samples[i : i + _CHUNK], self.vocabulary)
            total -= float(np.log(self.probabilities(ids)).sum())
        return total / sum(len(sample) + 1 for sample in samples)

    def draw(self, count: int, max_length: int, seed: int) -> list[str]:
        """Draw `count` names, cut at `max_length` characters; the same seed, the same names."""
        random = np.random.default_rng(seed)
        contexts = self._advanced([], np.full(count, START))
        columns: list[Ints] = []
        ended = np.zeros(count, bool)
        while len(columns) < max_length and not ended.all():
            columns.append(self._drawn(contexts, random))
            contexts = self._advanced(contexts, columns[-1])
            ended |= columns[-1] == END
        return [self.vocabulary.decode(row) for row in np.stack(columns, axis=1).tolist()]

    def _drawn(self, contexts: list[Ints], random: np.random.Generator) -> Ints:
        """A token for each of the rows whose `contexts` int64 [B] are given by length, from 0.

        Interpolation is a mixture, so it is drawn as one: the longest context either names a token
        by its shares, or leaves the row to the next shorter one, and at last to even chances.
        """
        tokens = len(self.vocabulary)
        drawn = random.integers(START + 1, tokens, len(contexts[0]))
        undecided = np.ones(len(drawn), bool)
        for level, context in reversed(list(zip(self.levels, contexts, strict=True))):
            rows = np.flatnonzero(undecided & (context >= 0))
            first, last = (
                level.cumulative[np.searchsorted(level.keys, (context[rows] + i) * tokens)]
                for i in (0, 1)
            )
            point = first + random.random(len(rows))
            named = point < last
            place = np.searchsorted(level.cumulative, point[named], side="right") - 1
            drawn[rows[named]] = level.keys[place] % tokens
            undecided[rows[named]] = False
        return drawn

    def _advanced(self, contexts: list[Ints], token: Ints) -> list[Ints]:
        """The contexts of every length after one more `token` int64 [B]."""
        tokens, empty = len(self.vocabulary), np.zeros_like(token)
        longer = [
            np.where(context >= 0, level.places(context * tokens + token), -1)
            for level, context in zip(self.levels[:-1], contexts or [empty], strict=False)
        ]
        nothing = np.full_like(token, -1)
        return [empty, *longer, *[nothing] * len(self.levels)][: len(self.levels)]


def learn(split: Split, vocabulary: Vocabulary) -> NGram:
    """The model of `split.train` whose order, 2 to 8, foretells `split.validation` best.

    Of a large corpus it learns the first `MOST_TOKENS` tokens (the split has shuffled them).
    """
    learnt = _first(split.train, MOST_TOKENS)
    counted = count(_flat(learnt, vocabulary), len(vocabulary), ORDERS[-1])
    tried = _first(split.validation, _TRIED)
    models = (
        NGram(vocabulary, interpolated(counted[:order], len(vocabulary)), len(learnt))
        for order in ORDERS
        if order <= len(counted)
    )
    return min(models, key=lambda model: model.nats_per_character(tried))


def count(ids: Ints, tokens: int, order: int) -> list[Counts]:
    """Count the n-grams of `ids` int64 [T] by length, from 1 to `order` or the longest there is.

    Of the longest, `before` is not known; a model reads their plain counts.
    """
    counted: list[Counts] = []
    context, places = np.zeros_like(ids), ids
    for length in range(1, order + 1):
        here = np.flatnonzero(context >= 0)
        if not len(here):
            break
        keys, first, numbers, plain = np.unique(
            context[here] * tokens + ids[here],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        first = here[first]
        if counted:  # each of these is one more token before the n-gram that it ends with
            counted[-1].before[:] += np.bincount(places[first], minlength=len(counted[-1].keys))
        else:
            plain[keys == START] = 0  # a context, but nothing that follows one
        counted.append(Counts(keys, plain, np.where(ids[first - length + 1] == START, plain, 0)))
        places = np.full(len(ids), -1)
        places[here] = numbers
        context = _shifted(places, ids)
    return counted


def interpolated(counted: Sequence[Counts], tokens: int) -> tuple[Level, ...]:
    """The levels of the model of order `len(counted)`: plain counts for the longest n-grams."""
    made: list[Level] = []
    for counts in counted:
        numbers = counts.plain if counts is counted[-1] else counts.before
        contexts = len(made[-1].keys) if made else 1
        made.append(_level(counts.keys, numbers, contexts, tokens))
    return tuple(made)


def discounts(numbers: Ints) -> Floats:
    """What is taken from an n-gram counted 0, 1, 2, or 3 times and more, float64 [4].

    Estimated from how many of the counts `numbers` are 1, 2, 3 and 4. Where these are too few to
    tell, as of single characters or in a small corpus: 0, 1/2, 1 and 3/2.
    """
    ones, twos, threes, fours = np.bincount(numbers.clip(max=5), minlength=6)[1:5].tolist()
    if min(ones, twos, threes, fours) > 0:
        share = ones / (ones + 2 * twos)
        ratios = (twos / ones, threes / twos, fours / threes)
        found = [0.0, *(n - (n + 1) * share * ratio for n, ratio in enumerate(ratios, start=1))]
        if min(found[1:]) > 0:
            return np.array(found)
    return np.array([0.0, 0.5, 1.0, 1.5])


def _level(keys: Ints, numbers: Ints, contexts: int, tokens: int) -> Level:
    taken = discounts(numbers)[numbers.clip(max=3)]
    context = keys // tokens
    total = np.bincount(context, numbers, contexts)
    taken_of = np.bincount(context, taken, contexts)
    left = np.divide(taken_of, total, out=np.ones(contexts), where=total > 0)
    return Level(keys, (numbers - taken) / total[context], left)


def _shifted(places: Ints, ids: Ints) -> Ints:
    """What ends at each token as what comes before the next; nothing does before a start."""
    context = np.concatenate([[-1], places[:-1]])
    context[ids == START] = -1
    return context


def _flat(samples: Sequence[str], vocabulary: Vocabulary) -> Ints:
    """The samples between their starts and ends, one after another, int64 [T]."""
    return Encoded.of(samples, vocabulary).ids.numpy().astype(np.int64)


def _first(samples: list[str], tokens: int) -> list[str]:
    """The samples that come first, as many as have no more than `tokens` tokens; one at least."""
    sizes = accumulate(len(sample) + 2 for sample in samples)
    return samples[: max(1, sum(size <= tokens for size in sizes))]
