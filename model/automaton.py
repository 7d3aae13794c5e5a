"""Context automaton: a Kneser-Ney n-gram as tables, so that one step of it is some look-ups.

A node is a context, the last tokens of a row. Node 0 is the empty context. After a token, a row is
at the node of the longest context that it ends with: a trie of the contexts with its failure
links, Aho & Corasick (1975), Efficient string matching. Of many contexts, those with the greatest
gain over the next shorter one remain: Stolcke (1998), arXiv:cs/0006025.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.batches import START
from model.ngram import Floats, Ints, NGramCounts, NGramLevel, build_levels

Bools = npt.NDArray[np.bool_]

MAX_BYTES = 2**20  # of an automaton's tables in an artifact
_MAX_NODES = 2**15  # so that a node fits int16
_CANDIDATES = 4  # times as many contexts as nodes are compared by gain, the most frequent ones


@dataclass(frozen=True)
class Automaton:
    """The nodes of an n-gram, shortest contexts first.

    `next_nodes` int64 [N, V] is the node after a token, `probabilities` float64 [N, V] that of the
    next token. `lengths` int64 [N] counts the tokens of a context, `counts` int64 [N] how often the
    samples have it.
    """

    next_nodes: Ints
    probabilities: Floats
    lengths: Ints
    counts: Ints

    def rows(self) -> tuple[Ints, Ints]:
        """Return the distinct rows of `next_nodes`, int64 [R, V], and the row of each node, [N].

        A node that no context extends has the row of a shorter one. The row of node 0 is the first.
        """
        _, first, rows = np.unique(self.next_nodes, axis=0, return_index=True, return_inverse=True)
        order = first.argsort()
        return self.next_nodes[first[order]], order.argsort()[rows.reshape(-1)]

    def nodes(self, tokens: Ints) -> Ints:
        """Return the node after each of `tokens` int64 [B, T], from node 0 on, int64 [B, T]."""
        nodes = np.empty_like(tokens)
        node = np.zeros(len(tokens), np.int64)
        for position in range(tokens.shape[1]):
            node = self.next_nodes[node, tokens[:, position]]
            nodes[:, position] = node
        return nodes


@dataclass(frozen=True)
class _Contexts:
    """Contexts of one length: `indices` among all of that length, with counts, int64 [C].

    `prefixes` and `suffixes` are positions among the contexts that are one token shorter, without
    the last or the first of the `tokens`.
    """

    indices: Ints
    counts: Ints
    prefixes: Ints
    suffixes: Ints
    tokens: Ints


def build_automaton(
    counts: Sequence[NGramCounts],
    vocabulary_size: int,
    max_bytes: int = MAX_BYTES,
    min_count: int = 2,
) -> Automaton:
    """Return the best contexts that the samples have at least `min_count` times.

    An artifact has their tables in `max_bytes`, or there is only node 0. `counts` come from
    `count_ngrams`. With enough bytes and a `min_count` of 1, the probabilities are those of an
    `NGram` of order `len(counts)`.
    """
    limit = _CANDIDATES * (max_bytes // vocabulary_size + 1)
    contexts = _frequent_contexts(counts, vocabulary_size, limit, min_count)
    rows = _distributions(contexts, build_levels(counts, vocabulary_size), vocabulary_size)
    chosen = _most_useful(contexts, _gains(contexts, rows), vocabulary_size, max_bytes)
    contexts = _select(contexts, chosen)
    return Automaton(
        _next_nodes(contexts, vocabulary_size),
        np.concatenate([row[keep] for row, keep in zip(rows, chosen, strict=True)]),
        np.repeat(np.arange(len(contexts)), [len(each.indices) for each in contexts]),
        np.concatenate([each.counts for each in contexts]),
    )


def _frequent_contexts(
    counts: Sequence[NGramCounts], vocabulary_size: int, limit: int, min_count: int
) -> list[_Contexts]:
    """Return the most frequent contexts, by length from 0.

    A part of a context is at least as frequent, so it is among them too.
    """
    zero = np.zeros(1, np.int64)
    contexts = [_Contexts(zero, np.array([counts[0].occurrences.sum()]), zero, zero, zero)]
    for each, longer in pairwise(counts):
        followed = np.bincount(
            longer.keys // vocabulary_size, longer.occurrences, len(each.keys)
        ).astype(np.int64)
        prefixes = _positions(contexts[-1].indices, each.keys // vocabulary_size)
        indices = np.flatnonzero((followed >= min_count) & (prefixes >= 0))
        prefixes, tokens = prefixes[indices], each.keys[indices] % vocabulary_size
        suffixes = np.zeros_like(indices)
        if len(contexts) > 1:
            shorter = contexts[-1]
            keys = shorter.suffixes[prefixes] * vocabulary_size + tokens
            suffixes = _positions(shorter.prefixes * vocabulary_size + shorter.tokens, keys)
        contexts.append(_Contexts(indices, followed[indices], prefixes, suffixes, tokens))
    order = np.sort(np.concatenate([each.counts for each in contexts]))[::-1]
    least = order[limit] + 1 if limit < len(order) else 0
    return _select(contexts, [each.counts >= least for each in contexts])


def _positions(values: Ints, wanted: Ints) -> Ints:
    """Return where each of `wanted` is in the ascending `values`, or -1."""
    found = np.searchsorted(values, wanted)
    return np.where(np.append(values, -1)[found] == wanted, found, -1)


def _select(contexts: Sequence[_Contexts], chosen: Sequence[Bools]) -> list[_Contexts]:
    """Return the contexts that are `chosen`, with new positions."""
    shorter = np.zeros(1, np.int64)
    selected = []
    for each, keep in zip(contexts, chosen, strict=True):
        if not keep.any():
            break
        prefixes, suffixes = shorter[each.prefixes[keep]], shorter[each.suffixes[keep]]
        selected.append(
            _Contexts(each.indices[keep], each.counts[keep], prefixes, suffixes, each.tokens[keep])
        )
        shorter = keep.cumsum() - 1
    return selected


def _distributions(
    contexts: Sequence[_Contexts], levels: Sequence[NGramLevel], vocabulary_size: int
) -> list[Floats]:
    """Return the probabilities of the next token after each context, by length, float64 [C, V]."""
    uniform = np.full((1, vocabulary_size), 1 / (vocabulary_size - 1))
    uniform[:, START] = 0.0
    rows: list[Floats] = []
    for each, level in zip(contexts, levels, strict=False):
        shorter = rows[-1] if rows else uniform
        row = shorter[each.suffixes] * level.backoff[each.indices, None]
        context = _positions(each.indices, level.keys // vocabulary_size)
        seen = context >= 0
        row[context[seen], level.keys[seen] % vocabulary_size] += level.probabilities[seen]
        rows.append(row)
    return rows


def _gains(contexts: Sequence[_Contexts], rows: Sequence[Floats]) -> list[Floats]:
    """Return what each context gains over the next shorter one, in nats on the samples, [C].

    A part of a context gains at least as much as the context, which needs it.
    """
    gains = [np.full(1, np.inf)]
    for each, row, shorter in zip(contexts[1:], rows[1:], rows, strict=False):
        ratio = np.divide(row, shorter[each.suffixes], out=np.ones_like(row), where=row > 0)
        gains.append(each.counts * (row * np.log(ratio)).sum(axis=1))
    for each, gain, shorter_gain in reversed(
        list(zip(contexts[1:], gains[1:], gains, strict=False))
    ):
        np.maximum.at(shorter_gain, each.prefixes, gain)
        np.maximum.at(shorter_gain, each.suffixes, gain)
    return gains


def _most_useful(
    contexts: Sequence[_Contexts], gains: Sequence[Floats], vocabulary_size: int, max_bytes: int
) -> list[Bools]:
    """Return which contexts remain: those of the greatest gain, and the shortest of equal ones.

    A node costs a byte for each probability and four for its row. A context that is the first to
    extend another gives that one a row, of two bytes for each token.
    """
    sizes = [len(gain) for gain in gains]
    starts = np.cumsum([0, *sizes])
    prefixes = [start + each.prefixes for start, each in zip(starts, contexts[1:], strict=False)]
    prefix = np.concatenate([[-1], *prefixes])
    order = np.lexsort((np.repeat(np.arange(len(gains)), sizes), -np.concatenate(gains)))
    costs = np.full(len(order), vocabulary_size + 4)
    costs[np.unique(prefix[order], return_index=True)[1]] += 2 * vocabulary_size
    order = order[: np.searchsorted(costs.cumsum(), max_bytes, side="right")][:_MAX_NODES]
    chosen = np.zeros(starts[-1], bool)
    chosen[order] = True
    chosen[0] = True
    return np.split(chosen, starts[1:-1])


def _next_nodes(contexts: Sequence[_Contexts], vocabulary_size: int) -> Ints:
    """Return the node after each node and token: the longer context, or as after its suffix."""
    total = sum(len(each.tokens) for each in contexts)
    nodes = np.zeros((total, vocabulary_size), np.int64)
    start, shorter_start = 0, 0
    for each, longer in zip(contexts, [*contexts[1:], None], strict=True):
        end = start + len(each.tokens)
        if start:
            nodes[start:end] = nodes[shorter_start + each.suffixes]
        if longer is not None:
            nodes[start + longer.prefixes, longer.tokens] = end + np.arange(len(longer.tokens))
        shorter_start, start = start, end
    return nodes
