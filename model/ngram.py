"""Kneser-Ney n-gram: counts, discounts, probabilities, and names drawn from it.

Interpolated Kneser-Ney with three discounts per order: Kneser & Ney (1995), Improved backing-off
for m-gram language modeling; Chen & Goodman (1999), An empirical study of smoothing techniques for
language modeling. A sample has one start token, so contexts near it are short. N-grams with the
start token use plain counts at every order, because nothing precedes them.

An n-gram is not stored as text but as its index among the n-grams of its order, which are sorted
by `index of its context * vocabulary size + last token`. That fits 64 bits for any alphabet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from model.batches import END, START, EncodedSamples, Vocabulary
from model.corpus import Split

ORDERS = range(2, 9)
MAX_TOKENS = 2**21  # for fitting: about 200,000 names, some seconds, at most half a gigabyte
_MAX_VALIDATION_TOKENS = 2**18  # for choosing the order
_CHUNK = 256  # samples scored together, to limit memory

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NGramCounts:
    """The n-grams of one order: `keys` int64 [M], sorted, with two counts each, int64 [M].

    `occurrences` counts how often an n-gram occurs, `preceding` the different tokens before it.
    """

    keys: Ints
    occurrences: Ints
    preceding: Ints


@dataclass(frozen=True)
class NGramLevel:
    """The discounted probabilities of one order.

    `probabilities` float64 [M] belong to `keys` int64 [M]. `backoff` float64 [C] is the
    probability that each of the C contexts leaves to the next lower order.
    """

    keys: Ints
    probabilities: Floats
    backoff: Floats

    @cached_property
    def cumulative(self) -> Floats:
        """Cumulative probabilities before each n-gram and after the last, float64 [M + 1]."""
        return np.concatenate([[0.0], self.probabilities.cumsum()])

    def find(self, keys: Ints) -> Ints:
        """Return the indices of the n-grams `keys` int64 [N], -1 for those never seen."""
        found = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)


@dataclass(frozen=True)
class NGram:
    """A model of order `len(levels)`, fitted to `samples` samples."""

    vocabulary: Vocabulary
    levels: tuple[NGramLevel, ...]
    samples: int

    def probabilities(self, ids: Ints) -> Floats:
        """Return the probability of each token in `ids` int64 [T] except the start tokens.

        `ids` are concatenated samples between start and end tokens.
        """
        size = len(self.vocabulary)
        probabilities = np.full(len(ids), 1 / (size - 1))  # order 0: any token except a start
        context = np.zeros(len(ids), np.int64)
        for level in self.levels:
            seen = context >= 0
            probabilities *= np.where(seen, level.backoff[context], 1.0)
            indices = np.where(seen, level.find(context * size + ids), -1)
            probabilities += np.where(indices >= 0, level.probabilities[indices], 0.0)
            context = _next_context(indices, ids)
        result: Floats = probabilities[ids != START]
        return result

    def nats_per_character(self, samples: Sequence[str]) -> float:
        """Return the mean cross-entropy in nats per character, including end tokens.

        Raises `VocabularyError` for an unknown character.
        """
        total = 0.0
        for i in range(0, len(samples), _CHUNK):
            ids = concatenate(samples[i : i + _CHUNK], self.vocabulary)
            total -= float(np.log(self.probabilities(ids)).sum())
        return total / sum(len(sample) + 1 for sample in samples)

    def generate(self, count: int, max_length: int, seed: int) -> list[str]:
        """Generate `count` names, cut at `max_length` characters. A seed gives the same names."""
        random = np.random.default_rng(seed)
        contexts = self._extend([], np.full(count, START))
        columns: list[Ints] = []
        ended = np.zeros(count, bool)
        while len(columns) < max_length and not ended.all():
            columns.append(self._sample_tokens(contexts, random))
            contexts = self._extend(contexts, columns[-1])
            ended |= columns[-1] == END
        return [self.vocabulary.decode(row) for row in np.stack(columns, axis=1).tolist()]

    def _sample_tokens(self, contexts: list[Ints], random: np.random.Generator) -> Ints:
        """Sample a token for each row. `contexts` has int64 [B] per order, from 0.

        Interpolation is a mixture: the longest context either gives a token by its probabilities
        or leaves the row to the next lower order, and the lowest to a uniform choice.
        """
        size = len(self.vocabulary)
        tokens = random.integers(START + 1, size, len(contexts[0]))
        undecided = np.ones(len(tokens), bool)
        for level, context in reversed(list(zip(self.levels, contexts, strict=True))):
            rows = np.flatnonzero(undecided & (context >= 0))
            first, last = (
                level.cumulative[np.searchsorted(level.keys, (context[rows] + i) * size)]
                for i in (0, 1)
            )
            point = first + random.random(len(rows))
            decided = point < last
            index = np.searchsorted(level.cumulative, point[decided], side="right") - 1
            tokens[rows[decided]] = level.keys[index] % size
            undecided[rows[decided]] = False
        return tokens

    def _extend(self, contexts: list[Ints], token: Ints) -> list[Ints]:
        """Return the contexts of every order after one more `token` int64 [B]."""
        size, empty = len(self.vocabulary), np.zeros_like(token)
        longer = [
            np.where(context >= 0, level.find(context * size + token), -1)
            for level, context in zip(self.levels[:-1], contexts or [empty], strict=False)
        ]
        unseen = np.full_like(token, -1)
        return [empty, *longer, *[unseen] * len(self.levels)][: len(self.levels)]


def fit_ngram(split: Split, vocabulary: Vocabulary) -> NGram:
    """Fit models of orders 2 to 8 to `split.train`; return the best on `split.validation`.

    Only the first `MAX_TOKENS` tokens are used. The split has shuffled the samples.
    """
    samples = take_tokens(split.train, MAX_TOKENS)
    counts = count_ngrams(concatenate(samples, vocabulary), len(vocabulary), ORDERS[-1])
    validation = take_tokens(split.validation, _MAX_VALIDATION_TOKENS)
    models = (
        NGram(vocabulary, build_levels(counts[:order], len(vocabulary)), len(samples))
        for order in ORDERS
        if order <= len(counts)
    )
    return min(models, key=lambda model: model.nats_per_character(validation))


def count_ngrams(ids: Ints, vocabulary_size: int, order: int) -> list[NGramCounts]:
    """Count the n-grams of `ids` int64 [T] for each order, from 1 to `order` or the longest.

    `preceding` of the highest order is not computed, because a model uses `occurrences` there.
    """
    counts: list[NGramCounts] = []
    context, indices = np.zeros_like(ids), ids
    for length in range(1, order + 1):
        positions = np.flatnonzero(context >= 0)
        if not len(positions):
            break
        keys, first, inverse, occurrences = np.unique(
            context[positions] * vocabulary_size + ids[positions],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        first = positions[first]
        if counts:  # each of these adds a different token before its own suffix
            previous = counts[-1]
            previous.preceding[:] += np.bincount(indices[first], minlength=len(previous.keys))
        else:
            occurrences[keys == START] = 0  # the start token is a context, and follows nothing
        preceding = np.where(ids[first - length + 1] == START, occurrences, 0)
        counts.append(NGramCounts(keys, occurrences, preceding))
        indices = np.full(len(ids), -1)
        indices[positions] = inverse
        context = _next_context(indices, ids)
    return counts


def build_levels(counts: Sequence[NGramCounts], vocabulary_size: int) -> tuple[NGramLevel, ...]:
    """Return the levels of a model of order `len(counts)`."""
    levels: list[NGramLevel] = []
    for each in counts:
        numbers = each.occurrences if each is counts[-1] else each.preceding
        contexts = len(levels[-1].keys) if levels else 1
        levels.append(_build_level(each.keys, numbers, contexts, vocabulary_size))
    return tuple(levels)


def discounts(numbers: Ints) -> Floats:
    """Return the discounts of n-grams with counts of 0, 1, 2, and 3 or more, float64 [4].

    Estimated from how many of `numbers` are 1, 2, 3 and 4. If there are too few for an estimate,
    the discounts are 0, 1/2, 1 and 3/2.
    """
    ones, twos, threes, fours = np.bincount(numbers.clip(max=5), minlength=6)[1:5].tolist()
    if min(ones, twos, threes, fours) > 0:
        share = ones / (ones + 2 * twos)
        ratios = (twos / ones, threes / twos, fours / threes)
        found = [0.0, *(n - (n + 1) * share * ratio for n, ratio in enumerate(ratios, start=1))]
        if min(found[1:]) > 0:
            return np.array(found)
    return np.array([0.0, 0.5, 1.0, 1.5])


def _build_level(keys: Ints, numbers: Ints, contexts: int, vocabulary_size: int) -> NGramLevel:
    discount = discounts(numbers)[numbers.clip(max=3)]
    context = keys // vocabulary_size
    total = np.bincount(context, numbers, contexts)
    discounted = np.bincount(context, discount, contexts)
    backoff = np.divide(discounted, total, out=np.ones(contexts), where=total > 0)
    return NGramLevel(keys, (numbers - discount) / total[context], backoff)


def _next_context(indices: Ints, ids: Ints) -> Ints:
    """Return the n-gram that ends before each token; -1 before a start token."""
    context = np.concatenate([[-1], indices[:-1]])
    context[ids == START] = -1
    return context


def concatenate(samples: Sequence[str], vocabulary: Vocabulary) -> Ints:
    """Return the samples between start and end tokens, concatenated, int64 [T]."""
    return EncodedSamples.from_samples(samples, vocabulary).ids.numpy().astype(np.int64)


def take_tokens(samples: Sequence[str], max_tokens: int) -> Sequence[str]:
    """Return the first samples with at most `max_tokens` tokens in total, but at least one."""
    totals = accumulate(len(sample) + 2 for sample in samples)
    return samples[: max(1, sum(total <= max_tokens for total in totals))]
