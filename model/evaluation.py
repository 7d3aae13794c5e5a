"""Evaluation: loss on held-out samples, and statistics of generated names."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import accumulate
from math import exp, log

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.batches import END, PADDING, START, EncodedSamples, Vocabulary
from model.cancellation import CheckCancelled, never_cancelled
from model.corpus import Split, sample_digest
from model.mixture import Mixture, Model

MAX_GENERATED = 5000  # names
_MAX_GENERATED_CHARACTERS = 300_000  # so that fewer than `MAX_GENERATED` are generated if long
_QUANTILE_SAMPLES = 2000  # about so many samples represent the corpus in `corpus_quantiles`
_QUANTILE_CHARACTERS = 100_000  # so that it is fewer samples if they are long
_MAX_TOKENS = 2**16  # per forward pass, to limit memory


@dataclass(frozen=True)
class Report:
    """Quality of a network. The fields from `drawn` on are None until training has finished.

    `nats_per_character` counts the end token and no padding. `bits_per_character` is the same over
    ln 2, `perplexity` its exponential. `drawn` is the number of generated names: `share_new` of
    them are not in the corpus, `share_unique` is distinct names over all. `length_distance` is the
    Wasserstein-1 distance between the lengths of held-out and generated names, in characters.
    `unseen_nats_per_character` is set when some held-out samples are also training samples, and
    leaves those out. `corpus_quantiles` are 101 quantiles of the corpus samples' nats per
    character, for comparing a name with them. `unigram_nats` is the loss of the training samples'
    character frequencies on the same held-out samples, see `unigram_nats`.

    `standard_error` is that of `nats_per_character`. `folds` is set if the samples were held out in
    turn (cross-validation); `held_out_samples` is then all of them. `base` is "fine-tuned" or
    "scratch". `ngram_weight` is the share of an n-gram in the mixture, 0 to 1.

    An artifact stores these field names. Reports from before a field existed lack it.
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
    unigram_nats: float | None = None
    standard_error: float | None = None
    folds: int | None = None
    base: str | None = None
    ngram_weight: float | None = None


def nats_per_character(
    network: Model,
    samples: EncodedSamples,
    check_cancelled: CheckCancelled = never_cancelled,
) -> float:
    """Return the mean cross-entropy of `samples` in nats per character, including end tokens."""
    return float(sample_nats(network, samples, check_cancelled).sum()) / samples.target_count


def sample_nats(
    network: Model, samples: EncodedSamples, check_cancelled: CheckCancelled = never_cancelled
) -> Tensor:
    """Return the total cross-entropy of each sample in nats, float64 [N]."""
    network.eval()
    nats = torch.zeros(len(samples), dtype=torch.float64)
    with torch.no_grad():
        for rows in samples.evaluation_batches(_MAX_TOKENS):
            check_cancelled()
            state = network.initial_state(len(rows))
            inputs, targets = (t.to(state.device) for t in samples.batch(rows))
            logits, _ = network(inputs, state)
            losses = F.cross_entropy(
                logits.transpose(1, 2), targets, ignore_index=PADDING, reduction="none"
            )
            nats[rows] = losses.sum(dim=1).double().cpu()
    return nats


def _corpus_quantiles(
    network: Model,
    vocabulary: Vocabulary,
    split: Split,
    check_cancelled: CheckCancelled,
) -> tuple[float, ...]:
    """Return the quantiles 0, 0.01, ... 1 of nats per character over an even part of the corpus."""
    corpus = [*split.train, *split.validation, *split.test]
    mean_length = sum(len(sample) + 1 for sample in corpus) / len(corpus)
    stride = 1 + len(corpus) // max_quantile_samples(mean_length)
    samples = EncodedSamples.from_samples(corpus[::stride], vocabulary)
    nats = sample_nats(network, samples, check_cancelled) / (samples.lengths - 1)
    quantiles: list[float] = nats.quantile(torch.linspace(0, 1, 101, dtype=torch.float64)).tolist()
    return tuple(round(value, 4) for value in quantiles)


def generate(
    network: Model,
    count: int,
    max_length: int,
    seed: int,
    check_cancelled: CheckCancelled = never_cancelled,
    *,
    temperature: float = 1.0,
) -> list[list[int]]:
    """Generate `count` names as ids without start and end, cut at `max_length` characters.

    Calls `check_cancelled` at every character.
    """
    random = torch.Generator().manual_seed(seed)
    generated = torch.full((count, max_length), END)
    active = torch.arange(count)  # the rows that have not ended
    token, state = torch.full((count,), START), network.initial_state(count)
    with torch.no_grad():
        for position in range(max_length):
            check_cancelled()
            logits, state = network.step(token.to(state.device), state)
            logits[:, START] = -torch.inf
            probabilities = (logits / temperature).softmax(dim=1).cpu()
            token = torch.multinomial(probabilities, 1, generator=random)[:, 0]
            generated[active, position] = token
            continues = token != END
            active, token = active[continues], token[continues]
            state = state[continues.to(state.device)]
            if not len(active):
                break
    rows: list[list[int]] = generated.tolist()
    return [row[: row.index(END)] if END in row else row for row in rows]


def generated_count(max_length: int) -> int:
    """Return how many names an evaluation generates if they have up to `max_length` characters."""
    return max(1, min(MAX_GENERATED, _MAX_GENERATED_CHARACTERS // max_length))


def max_quantile_samples(mean_length: float) -> int:
    """Return how many samples of that mean length represent a corpus in its quantiles."""
    return max(1, min(_QUANTILE_SAMPLES, int(_QUANTILE_CHARACTERS / mean_length)))


def loss_report(nats: float, held_out_samples: int) -> Report:
    """Return the report of an unfinished training: the loss alone."""
    return Report(nats, nats / log(2), exp(min(nats, 700)), held_out_samples)


def with_loss(report: Report, nats: float, held_out_samples: int) -> Report:
    """Return `report` with another loss, measured on that many samples."""
    loss = loss_report(nats, held_out_samples)
    return replace(
        report,
        nats_per_character=loss.nats_per_character,
        bits_per_character=loss.bits_per_character,
        perplexity=loss.perplexity,
        held_out_samples=loss.held_out_samples,
    )


def evaluate(
    network: Model,
    vocabulary: Vocabulary,
    split: Split,
    known: Collection[bytes],
    max_length: int,
    *,
    seed: int = 0,
    check_cancelled: CheckCancelled = never_cancelled,
) -> Report:
    """Evaluate `network` on the test samples of `split` and on names that it generates.

    `known` holds the digests of the whole corpus. Raises `VocabularyError` for a sample with an
    unknown character.
    """

    def nats(samples: Sequence[str]) -> float:
        encoded = EncodedSamples.from_samples(samples, vocabulary)
        return nats_per_character(network, encoded, check_cancelled)

    generated = generate(network, generated_count(max_length), max_length, seed, check_cancelled)
    return replace(
        full_report(nats, [vocabulary.decode(ids) for ids in generated], split, known),
        corpus_quantiles=_corpus_quantiles(network, vocabulary, split, check_cancelled),
        ngram_weight=_ngram_weight(network),
    )


def _ngram_weight(network: Model) -> float | None:
    ngram = network.ngram if isinstance(network, Mixture) else None
    return round(ngram.ngram_share, 4) if ngram else None


def full_report(
    nats: Callable[[Sequence[str]], float],
    names: Sequence[str],
    split: Split,
    known: Collection[bytes],
) -> Report:
    """Report on any model that generated `names`. `nats` returns its nats per character."""
    overlap = set(split.test).intersection(split.train)
    unseen = [sample for sample in split.test if sample not in overlap]
    return replace(
        loss_report(nats(split.test), len(split.test)),
        drawn=len(names),
        share_new=sum(sample_digest(name) not in known for name in names) / len(names),
        share_unique=len(set(names)) / len(names),
        length_distance=length_distance(split.test, names),
        unseen_nats_per_character=nats(unseen) if overlap and unseen else None,
        unigram_nats=unigram_nats(split.train, split.test) if split.train else None,
    )


def unigram_nats(train: Sequence[str], held_out: Sequence[str]) -> float:
    """Return the loss of the character frequencies of `train` on `held_out`, with end tokens.

    In nats per character. Every count is one higher (Laplace smoothing), for unseen characters.
    """
    counts, targets = (
        Counter("".join(samples)) + Counter({"": len(samples)}) for samples in (train, held_out)
    )
    total = counts.total() + len(counts | targets)
    nats = sum(n * log(total / (counts[token] + 1)) for token, n in targets.items())
    return nats / targets.total()


def length_distance(names: Sequence[str], others: Sequence[str]) -> float:
    """Return the Wasserstein-1 distance of two length distributions, in characters.

    In one dimension it is the area between the two cumulative distributions.
    """
    counts = [Counter(map(len, part)) for part in (names, others)]
    longest = max(max(count) for count in counts)
    first, second = (
        [n / count.total() for n in accumulate(count[length] for length in range(longest + 1))]
        for count in counts
    )
    return sum(abs(a - b) for a, b in zip(first, second, strict=True))
