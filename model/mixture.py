"""Mixture: a network's scores with those of an n-gram and a case pattern, as one step.

The probabilities are multiplied, each to a power: log-linear interpolation, Klakow (1998),
Log-linear interpolation of language models; products of experts, Hinton (2002). Both powers are
fitted to held-out samples. Scores need no normalisation, so a step only adds rows of a table to
the network's logits: an automaton (`model.automaton`) finds the row.

How to fit one, for a single split or for several folds:

    automaton = fit_automaton(training, vocabulary, order)
    scores = score_held_out(network, automaton, held_out, vocabulary)  # one for each fold
    powers = fit_powers([scores])  # None if the n-gram does not help
    ngram = build_tables(network, automaton, powers) if powers else None
    mixture = Mixture(network, ngram, fit_case_bias(samples, vocabulary))
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.automaton import Automaton, build_automaton
from model.batches import PADDING, START, EncodedSamples, Vocabulary
from model.cancellation import CheckCancelled, never_cancelled
from model.case_patterns import fit_case_bias
from model.corpus import Split
from model.network import CharRNN
from model.ngram import concatenate, count_ngrams, take_tokens
from model.recipes import Recipe

_MAX_TOKENS = 2**20  # that the n-gram is fitted to
_MAX_SCORES = 2**22  # that the powers are fitted to
_BATCH_TOKENS = 2**14  # scored together, to limit memory
_SMALLEST = 1e-7  # probability of the start token, which no n-gram predicts
_LEVELS = 63  # of a stored score: fewer compress better (docs/model.md)
_MAX_RANGE = 20.0  # nats between the scores of a node
_MIN_GAIN = 0.002  # nats per token that an n-gram is worth its bytes for


@dataclass(frozen=True)
class Powers:
    """The powers of the probabilities of a network and of an n-gram."""

    network: float
    ngram: float

    @property
    def ngram_share(self) -> float:
        """The n-gram's share of both powers, 0 to 1."""
        return self.ngram / (self.network + self.ngram)


@dataclass(frozen=True)
class HeldOutScores:
    """What a network and an n-gram say of held-out tokens that neither has learnt from.

    `network` and `ngram` are log-probabilities float32 [T, V] of every possible token, `targets`
    int64 [T] are the tokens.
    """

    network: Tensor
    ngram: Tensor
    targets: Tensor


@dataclass(frozen=True)
class NGramTables:
    """An automaton's tables, as a step uses them.

    `next_nodes` int16 [R * V, 1] is the node by the number in the state plus the token. `offsets`
    float32 [N, 1] are these numbers of each node: the row of its next nodes times V. A node adds
    `unit` times its `scores` uint8 [N, V] to the network's logits to the power `network_power`;
    they include the bias of the network's output. `ngram_share` is that of `Powers`.
    """

    next_nodes: Tensor
    offsets: Tensor
    scores: Tensor
    unit: float
    network_power: float
    ngram_share: float


class Mixture(nn.Module):
    """A network with the tables that help it, or the network alone.

    It has the methods of `CharRNN`. With an n-gram the state has one more number, the last. Logits
    are not normalised. `case_bias` float32 [V, V] is added by the current token.
    """

    ngram: NGramTables | None
    next_nodes: Tensor
    offsets: Tensor
    scores: Tensor
    case_bias: Tensor | None

    def __init__(
        self, network: CharRNN, ngram: NGramTables | None = None, case_bias: Tensor | None = None
    ) -> None:
        super().__init__()
        self.network, self.ngram = network, ngram
        if ngram:
            for name in ("next_nodes", "offsets", "scores"):
                self.register_buffer(name, getattr(ngram, name))
        self.register_buffer("case_bias", case_bias)
        self.eval()

    @property
    def vocabulary_size(self) -> int:
        """V in the shapes."""
        return self.network.vocabulary_size

    @property
    def state_size(self) -> int:
        """S in the shapes: the network's, and one more for an n-gram."""
        return self.network.state_size + (1 if self.ngram else 0)

    def initial_state(self, rows: int) -> Tensor:
        """Return the state before the first character: zeros, float32 [rows, S]."""
        return torch.zeros(rows, self.state_size, device=self.network.output.weight.device)

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance every row by one character.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state float32
        [B, S].
        """
        if self.ngram is None:
            logits, next_state = self.network.step(token, state)
        else:
            *parts, offset = torch.split(state, [*self.network.part_sizes, 1], dim=1)
            hidden, next_parts = self.network.advance(token, tuple(parts))
            node = self._next_node(token, offset.squeeze(1))
            logits = torch.addmm(
                F.embedding(node, self.scores).float(),  # [B, V]
                hidden,
                self.network.output.weight.t() * self.ngram.network_power,
                beta=self.ngram.unit,
            )
            next_state = torch.cat([*next_parts, F.embedding(node, self.offsets)], dim=1)
        if self.case_bias is not None:
            logits = logits + F.embedding(token, self.case_bias)
        return logits, next_state

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Score the next character at every position, as `step` would.

        `tokens` int64 [B, T], `state` float32 [B, S] before the first token → logits float32
        [B, T, V], state [B, S] after the last token.
        """
        logits, last = self.network(tokens, state[:, : self.network.state_size])
        if self.ngram:
            nodes, offset = [], state[:, -1:]
            for token in tokens.unbind(1):
                nodes.append(self._next_node(token, offset.squeeze(1)))
                offset = self.offsets[nodes[-1]]
            scores = self.scores[torch.stack(nodes, dim=1)].float() * self.ngram.unit
            logits = (logits - self.network.output.bias) * self.ngram.network_power + scores
            last = torch.cat([last, offset], dim=1)
        if self.case_bias is not None:
            logits = logits + self.case_bias[tokens]
        return logits, last

    def _next_node(self, token: Tensor, offset: Tensor) -> Tensor:
        """Return the node after `token` int64 [B] by the number in the state, float32 [B]."""
        return F.embedding(offset.long() + token, self.next_nodes).squeeze(1).long()

    def tensors(self) -> dict[str, Tensor]:
        """Return the tables by name, for a checkpoint: `ngram/...` and `case/bias`."""
        named: dict[str, Tensor] = {}
        if self.ngram:
            named["ngram/next_nodes"] = self.next_nodes
            named["ngram/offsets"], named["ngram/scores"] = self.offsets, self.scores
            constants = [self.ngram.unit, self.ngram.network_power, self.ngram.ngram_share]
            named["ngram/constants"] = torch.tensor(constants, dtype=torch.float64)
        if self.case_bias is not None:
            named["case/bias"] = self.case_bias
        return named


Model = CharRNN | Mixture
"""What can be evaluated and exported."""


def load_mixture(network: CharRNN, tensors: Mapping[str, Tensor]) -> Mixture:
    """Return `network` with the tables that `Mixture.tensors` named, if there are any."""
    ngram = None
    if "ngram/constants" in tensors:
        ngram = NGramTables(
            tensors["ngram/next_nodes"],
            tensors["ngram/offsets"],
            tensors["ngram/scores"],
            *tensors["ngram/constants"].tolist(),
        )
    return Mixture(network, ngram, tensors.get("case/bias"))


def fit_automaton(samples: Sequence[str], vocabulary: Vocabulary, order: int) -> Automaton:
    """Return the automaton of an n-gram of `samples`, or of the first of very many."""
    ids = concatenate(take_tokens(samples, _MAX_TOKENS), vocabulary)
    return build_automaton(count_ngrams(ids, len(vocabulary), order), len(vocabulary))


def log_probabilities(automaton: Automaton) -> Tensor:
    """Return the log-probabilities of each token at each node, float32 [N, V], none infinite."""
    return torch.from_numpy(automaton.probabilities).clamp(min=_SMALLEST).log().float()


@torch.no_grad()
def score_held_out(
    network: CharRNN,
    automaton: Automaton,
    samples: Sequence[str],
    vocabulary: Vocabulary,
    check_cancelled: CheckCancelled = never_cancelled,
) -> HeldOutScores:
    """Score `samples`, or the first of very many, that neither model has learnt from."""
    part = take_tokens(samples, _MAX_SCORES // len(vocabulary))
    encoded = EncodedSamples.from_samples(part, vocabulary)
    ngram = log_probabilities(automaton)
    network.eval()
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    for rows in encoded.evaluation_batches(_BATCH_TOKENS):
        check_cancelled()
        state = network.initial_state(len(rows))
        inputs, targets = encoded.batch(rows)
        logits, _ = network(inputs.to(state.device), state)
        nodes = torch.from_numpy(automaton.nodes(inputs.numpy()))
        inside = targets != PADDING
        scores = logits.cpu()[inside].log_softmax(dim=1)
        parts.append((scores, ngram[nodes[inside]], targets[inside]))
    return HeldOutScores(*(torch.cat(each) for each in zip(*parts, strict=True)))


def fit_powers(parts: Sequence[HeldOutScores]) -> Powers | None:
    """Return the powers with the lowest loss on held-out tokens; None if the n-gram does not help.

    `parts` come from one split, or from every fold of a cross-validation. The loss is convex, so
    Newton's method finds its minimum. Few tokens leave the powers near 0.7 and 0.3: the n-gram's is
    normally distributed around 0.3 (± 0.2), the sum of both around 1 (± 0.1). The n-gram must gain
    more nats than there are powers (Akaike (1974), A new look at the statistical model
    identification), and 0.002 per token, because it costs space and time.
    """
    center, sums = torch.tensor([0.7, 0.3]), torch.ones(2)
    alone = torch.tensor([0.0, 1.0])
    precision = torch.outer(sums, sums) / 0.1**2 + torch.outer(alone, alone) / 0.2**2
    powers = center.double()
    for _ in range(_NEWTON_STEPS):
        gradient, curvature = precision.double() @ (powers - center), precision.double()
        for part in parts:
            slope, bend = _derivatives(part, powers)
            gradient, curvature = gradient + slope, curvature + bend
        powers = powers - torch.linalg.solve(curvature, gradient)
    network, ngram = powers.tolist()
    gain = sum(_loss(part, torch.tensor([1.0, 0.0])) - _loss(part, powers) for part in parts)
    tokens = sum(len(part.targets) for part in parts)
    if network <= 0 or ngram <= 0 or gain <= max(len(powers), _MIN_GAIN * tokens):
        return None
    return Powers(network, ngram)


_NEWTON_STEPS = 8


def _features(part: HeldOutScores) -> Tensor:
    """Return what the powers multiply, float32 [T, V, 2]."""
    return torch.stack([part.network, part.ngram], dim=2)


def _derivatives(part: HeldOutScores, powers: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradient [2] and the Hessian [2, 2] of the loss in nats, float64."""
    features = _features(part)
    probabilities = (features @ powers.float()).softmax(dim=1)[:, None]  # [T, 1, V]
    means = (probabilities @ features)[:, 0]  # [T, 2]
    rows = torch.arange(len(part.targets))
    squares = (features.mT * probabilities) @ features  # [T, 2, 2]
    gradient = (means - features[rows, part.targets]).double().sum(0)
    return gradient, squares.double().sum(0) - means.double().mT @ means.double()


def _loss(part: HeldOutScores, powers: Tensor) -> float:
    scores = _features(part) @ powers.float()
    return float(F.cross_entropy(scores, part.targets, reduction="sum"))


def fit_mixture(
    network: CharRNN,
    split: Split,
    vocabulary: Vocabulary,
    recipe: Recipe,
    check_cancelled: CheckCancelled = never_cancelled,
    automaton: Automaton | None = None,
) -> Mixture:
    """Return `network` with an n-gram of the training samples, if it helps the validation samples.

    `automaton` is that n-gram, if there is one already. Case patterns, like the vocabulary, are
    those of all samples. A recipe can leave out both.
    """
    powers = None
    if recipe.ngram_order:
        automaton = automaton or fit_automaton(split.train, vocabulary, recipe.ngram_order)
        check_cancelled()
        scores = score_held_out(network, automaton, split.validation, vocabulary, check_cancelled)
        powers = fit_powers([scores])
    samples = [*split.train, *split.validation, *split.test]
    return mix(network, automaton, powers, samples, vocabulary, recipe)


def mix(
    network: CharRNN,
    automaton: Automaton | None,
    powers: Powers | None,
    samples: Sequence[str],
    vocabulary: Vocabulary,
    recipe: Recipe,
) -> Mixture:
    """Return `network` with the n-gram of `automaton`, if it has one and there are powers for it.

    Case patterns are those of all `samples`.
    """
    ngram = build_tables(network, automaton, powers) if automaton and powers else None
    case_bias = fit_case_bias(samples, vocabulary) if recipe.case_patterns else None
    return Mixture(network, ngram, case_bias)


@torch.no_grad()
def build_tables(network: CharRNN, automaton: Automaton, powers: Powers) -> NGramTables:
    """Return the tables of a mixture, with scores rounded to one of 64 levels.

    A constant that is added to a row does not matter, so every row has its own.
    """
    rows, row_of = automaton.rows()
    bias = network.output.bias.cpu() * powers.network
    scores = log_probabilities(automaton) * powers.ngram + bias
    scores -= scores.amax(dim=1, keepdim=True)
    scores[:, START] = -_MAX_RANGE
    unit = max(1e-6, min(_MAX_RANGE, -float(scores[:, START + 1 :].min()))) / _LEVELS
    levels = (_LEVELS + scores / unit).round().clamp(0, _LEVELS)
    return NGramTables(
        next_nodes=torch.from_numpy(rows.reshape(-1, 1)).to(torch.int16),
        offsets=torch.from_numpy(row_of[:, None] * rows.shape[1]).float(),
        scores=levels.to(torch.uint8),
        unit=unit,
        network_power=powers.network,
        ngram_share=powers.ngram_share,
    )
