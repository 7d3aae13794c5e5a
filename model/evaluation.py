"""How good a network is: how well it foretells samples it never saw, and what it draws itself."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import accumulate
from math import exp, log

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name everyone reads)

from model import Heed, unheeding
from model.batches import PADDING, Encoded
from model.corpus import Split, digest
from model.network import CharRNN
from model.vocabulary import END, START, Vocabulary

DRAWN = 5000
_LETTERS = 10**6  # drawn at most: where lines are long, there are fewer than `DRAWN`
COMPARED = 2000  # samples, about, whose scores stand for the corpus's
_TOKENS = 2**16  # in one pass of evaluation: bounds its memory


@dataclass(frozen=True)
class Report:
    """What is told of a network; `drawn` and the shares are None while it still learns.

    `nats_per_character` counts the end token and no padding; bits are the same over ln 2, and the
    perplexity is its exponential. `share_new` of the drawn names are not in the corpus,
    `share_unique` is distinct names over drawn ones. `length_distance` is the Wasserstein-1
    distance between the lengths of held-out and drawn names, in characters. Where held-out samples
    are also among those learnt from, `unseen_nats_per_character` tells of the others alone.
    `corpus_quantiles`, 101 of them, are of the nats a character of the corpus's samples: they tell
    how any name compares with those.
    """

    nats_per_character: float
    bits_per_character: float
    perplexity: float
    held_out_samples: int
    drawn: int | None = None
    share_new: float | None = None
    share_unique: float | None = None
    length_distance: float | None = None
    unseen_nats_per_character: float | None = None
    corpus_quantiles: tuple[float, ...] = ()


def nats_per_character(network: CharRNN, held_out: Encoded, heed: Heed = unheeding) -> float:
    """Mean cross-entropy of `held_out` in nats a character, the end token counted as one.

    `heed` is called every now and then; what it raises breaks this off, and passes through.
    """
    return float(_nats(network, held_out, heed).sum()) / held_out.characters


def _nats(network: CharRNN, samples: Encoded, heed: Heed) -> Tensor:
    """Cross-entropy of each sample with its end, in nats, float64 [N]."""
    network.eval()
    nats = torch.zeros(len(samples), dtype=torch.float64)
    with torch.no_grad():
        for rows in samples.within(_TOKENS):
            heed()
            start = network.start(len(rows))
            inputs, targets = (t.to(start.device) for t in samples.batch(rows))
            logits, _ = network(inputs, start)
            each = F.cross_entropy(
                logits.transpose(1, 2), targets, ignore_index=PADDING, reduction="none"
            )
            nats[rows] = each.sum(dim=1).double().cpu()
    return nats


def _corpus_quantiles(
    network: CharRNN, vocabulary: Vocabulary, split: Split, heed: Heed
) -> tuple[float, ...]:
    """The quantiles 0, 0.01, … 1 of nats a character over the corpus, or an even part of it."""
    corpus = [*split.train, *split.validation, *split.test]
    samples = Encoded.of(corpus[:: 1 + len(corpus) // COMPARED], vocabulary)
    each = _nats(network, samples, heed) / (samples.lengths - 1)
    quantiles: list[float] = each.quantile(torch.linspace(0, 1, 101, dtype=torch.float64)).tolist()
    return tuple(round(nats, 4) for nats in quantiles)


def draw(
    network: CharRNN, count: int, max_length: int, seed: int, heed: Heed = unheeding
) -> list[list[int]]:
    """Draw `count` samples as ids without start and end, cut at `max_length` characters.

    `heed` is called at every character; what it raises breaks this off, and passes through.
    """
    random = torch.Generator().manual_seed(seed)
    drawn = torch.full((count, max_length), END)
    alive = torch.arange(count)
    token, state = torch.full((count,), START), network.start(count)
    with torch.no_grad():
        for place in range(max_length):
            heed()
            logits, state = network.step(token.to(state.device), state)
            logits[:, START] = -torch.inf
            chances = logits.softmax(dim=1).cpu()
            token = torch.multinomial(chances, 1, generator=random)[:, 0]
            drawn[alive, place] = token
            going = token != END
            alive, token, state = alive[going], token[going], state[going.to(state.device)]
            if not len(alive):
                break
    rows: list[list[int]] = drawn.tolist()
    return [row[: row.index(END)] if END in row else row for row in rows]


def to_draw(max_length: int) -> int:
    """How many names are drawn to be judged, of which none is longer than `max_length`."""
    return max(1, min(DRAWN, _LETTERS // max_length))


def brief(nats: float, held_out_samples: int) -> Report:
    """The report of a network that is still learning."""
    return Report(nats, nats / log(2), exp(min(nats, 700)), held_out_samples)


def evaluate(
    network: CharRNN,
    vocabulary: Vocabulary,
    split: Split,
    known: Collection[bytes],
    max_length: int,
    *,
    seed: int = 0,
    heed: Heed = unheeding,
) -> Report:
    """Measure `network` on the test samples of `split` and on names that it draws.

    These are 5,000, or fewer where they are long. `known` are the digests of the whole corpus.
    `heed` is called every now and then; what it raises breaks this off, and passes through. Raises
    `VocabularyError` for a sample with a character that the network never learnt.
    """

    def nats(samples: Sequence[str]) -> float:
        return nats_per_character(network, Encoded.of(samples, vocabulary), heed)

    drawn = draw(network, to_draw(max_length), max_length, seed, heed)
    return replace(
        judge(nats, [vocabulary.decode(ids) for ids in drawn], split, known),
        corpus_quantiles=_corpus_quantiles(network, vocabulary, split, heed),
    )


def judge(
    nats: Callable[[Sequence[str]], float],
    names: Sequence[str],
    split: Split,
    known: Collection[bytes],
) -> Report:
    """The report of anything that foretells samples, at `nats` a character, and drew `names`."""
    learnt = set(split.test).intersection(split.train)
    unseen = [sample for sample in split.test if sample not in learnt]
    return replace(
        brief(nats(split.test), len(split.test)),
        drawn=len(names),
        share_new=sum(digest(name) not in known for name in names) / len(names),
        share_unique=len(set(names)) / len(names),
        length_distance=length_distance(split.test, names),
        unseen_nats_per_character=nats(unseen) if learnt and unseen else None,
    )


def length_distance(some: Sequence[str], others: Sequence[str]) -> float:
    """Wasserstein-1 distance of two length distributions, in characters (0: the same).

    In one dimension it is the area between the two cumulative distributions.
    """
    counts = [Counter(map(len, names)) for names in (some, others)]
    longest = max(max(count) for count in counts)
    mine, theirs = (
        [n / count.total() for n in accumulate(count[length] for length in range(longest + 1))]
        for count in counts
    )
    return sum(abs(a - b) for a, b in zip(mine, theirs, strict=True))
