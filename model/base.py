"""Base network: weights trained on names of the world, from which training on a list starts.

`model.pretraining` made them. A list that starts from them keeps its own alphabet: a character that
the base network does not know starts as its other case, as its base letter, or near the mean of
all. Of the vectors that distinguish the sources of the base network, a list starts with the mean of
those under which it is likely.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import safetensors
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.batches import END, PADDING, START, EncodedSamples, Vocabulary
from model.evaluation import nats_per_character
from model.network import CharRNN
from model.recipes import RECIPES, Recipe

WEIGHTS = Path(__file__).parent / "base" / "base.safetensors"
_NETWORK = RECIPES["best"]
_ESTIMATED = 200  # sources that remain after an estimate of their losses
_FIRST_CHOICE = (10, 24)  # samples that these are compared on, and the sources that remain
_LAST_CHOICE = 100  # samples that the remaining sources are compared on
_MAX_CHARACTERS = 40  # of each of these: no sample of a source is longer
_SPREAD = 0.3  # of the standard deviation, around the mean, for an unknown character


@dataclass(frozen=True)
class Base:
    """The weights, float32: `embedding` [V, E], `output_weight` [V, H], `output_bias` [V].

    `recurrent` has the weights of the LSTM by name, `sources` [S, E] a vector per source, which is
    added to all embeddings. V counts the start and end tokens and `characters`.
    """

    characters: str
    source_names: tuple[str, ...]
    embedding: Tensor
    output_weight: Tensor
    output_bias: Tensor
    recurrent: dict[str, Tensor]
    sources: Tensor

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.characters, start=2)}

    def rows(self, vocabulary: Vocabulary) -> Tensor:
        """Return the row of each token of `vocabulary`, int64, or -1 for an unknown character."""
        rows = [self._row(character) for character in vocabulary.characters]
        return torch.tensor([START, END, *rows])

    def _row(self, character: str) -> int:
        similar = (
            character,
            character.lower(),
            character.upper(),
            unicodedata.normalize("NFKD", character)[0],
        )
        return next((self._ids[c] for c in similar if c in self._ids), -1)


@cache
def load_base() -> Base:
    """Load the weights that come with the project."""
    with safetensors.safe_open(WEIGHTS, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    recurrent = {k.split("/")[1]: t for k, t in tensors.items() if k.startswith("recurrent/")}
    return Base(
        metadata["characters"],
        tuple(json.loads(metadata["sources"])),  # the names; the values are numbers of samples
        tensors["embedding"],
        tensors["output_weight"],
        tensors["output_bias"],
        recurrent,
        tensors["sources"],
    )


def base_sizes(recipe: Recipe) -> Recipe:
    """Return `recipe` with the cell, layers and sizes of the base network."""
    return replace(
        recipe,
        cell=_NETWORK.cell,
        layers=_NETWORK.layers,
        embedding_size=_NETWORK.embedding_size,
        hidden_size=_NETWORK.hidden_size,
    )


def start_from_base(recipe: Recipe, vocabulary: Vocabulary, samples: Sequence[str]) -> CharRNN:
    """Return a network for `vocabulary` with the weights of the base network.

    `recipe` must have its sizes. The random state of torch decides the first weights of unknown
    characters. `samples` choose the source.
    """
    base, rows = load_base(), load_base().rows(vocabulary)
    network = CharRNN(len(vocabulary), recipe)
    embedding = _take_rows(base.embedding, rows)
    with torch.no_grad():
        for name, weight in base.recurrent.items():
            network.recurrent.get_parameter(name).copy_(weight)
        network.output.weight.copy_(_take_rows(base.output_weight, rows))
        network.output.bias.copy_(_take_rows(base.output_bias[:, None], rows)[:, 0])
        source = _source_vector(network, embedding, base.sources, vocabulary, samples)
        network.embedding.weight.copy_(embedding + source)
    return network


def _take_rows(weights: Tensor, rows: Tensor) -> Tensor:
    """Return `weights` [V, N] at `rows` int64 [M]; rows of -1 are drawn near the mean."""
    known = rows >= 0
    taken = weights[rows.clamp(min=0)]
    unknown = int((~known).sum())
    if unknown:
        letters = weights[rows[known]]
        noise = torch.randn(unknown, weights.shape[1]) * letters.std(0) * _SPREAD
        taken[~known] = letters.mean(0) + noise
    return taken


def _source_vector(
    network: CharRNN,
    embedding: Tensor,
    sources: Tensor,
    vocabulary: Vocabulary,
    samples: Sequence[str],
) -> Tensor:
    """Return the mean of the source vectors, weighted by how likely they make `samples`, [E].

    The weights are posterior probabilities, flattened as a few samples cannot tell similar sources
    apart. The loss of all sources is estimated; the best of them are compared on a few samples, and
    the best of these on more.
    """

    def encode(count: int) -> EncodedSamples:
        part = [s[:_MAX_CHARACTERS] for s in samples[:: max(1, len(samples) // count)][:count]]
        return EncodedSamples.from_samples(part, vocabulary)

    def nats(candidates: Tensor, encoded: EncodedSamples) -> Tensor:
        losses = []
        for source in candidates:
            network.embedding.weight.copy_(embedding + source)
            losses.append(nats_per_character(network, encoded))
        return torch.tensor(losses)

    count, remaining = _FIRST_CHOICE
    few, many = encode(count), encode(_LAST_CHOICE)
    mean = sources.mean(0)
    network.embedding.weight.copy_(embedding + mean)
    estimates = (sources - mean) @ _shift_gradient(network, few)
    candidates = sources[estimates.argsort(stable=True)[:_ESTIMATED]]
    candidates = candidates[nats(candidates, few).argsort(stable=True)[:remaining]]
    weights = (-nats(candidates, many) * many.target_count**0.5).softmax(dim=0)
    vector: Tensor = weights @ candidates
    return vector


@torch.enable_grad()
def _shift_gradient(network: CharRNN, samples: EncodedSamples) -> Tensor:
    """Return the gradient of the loss by a vector that is added to all embeddings, [E]."""
    inputs, targets = samples.batch(torch.arange(len(samples)))
    logits, _ = network.eval()(inputs, network.initial_state(len(samples)))
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)
    (gradient,) = torch.autograd.grad(loss, network.embedding.weight)
    return gradient.sum(0)
