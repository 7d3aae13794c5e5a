"""Training n-gram: the n-gram that a network is trained with, so that it learns what that lacks.

The loss is that of both scores together: a product of experts (Hinton 2002) whose second expert is
already trained. An n-gram knows its own training samples too well. So these are divided into folds,
and each fold is scored by an n-gram of the others, as in stacked generalisation (Wolpert 1992).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.automaton import Automaton
from model.batches import EncodedSamples, Vocabulary
from model.mixture import Mixture, Powers, build_tables, fit_automaton, log_probabilities
from model.network import CharRNN
from model.recipes import LONG_LIST, Recipe

_MAX_FOLDS, _MIN_FOLDS = 8, 2
_MAX_CHARACTERS = 2**21  # that all n-grams are fitted to together
_BATCH = 2000  # samples scored together, to limit memory


@dataclass(frozen=True)
class TrainingNGram:
    """An n-gram with a fixed power.

    `automaton` has learnt all training samples, and scores held-out ones. `scores` float32 [N, V]
    are log-probabilities to that power by the automata of the folds, one after the other. `nodes`
    int32 [T] has a row of `scores` for each of the ids of the training samples.
    """

    automaton: Automaton
    power: float
    scores: Tensor
    nodes: Tensor

    def at(self, index: Tensor) -> Tensor:
        """Return the scores of the token after each position, int64 [B, T] → [B, T, V]."""
        return F.embedding(self.nodes[index], self.scores)

    def mix(self, network: CharRNN) -> Mixture:
        """Return `network` with the n-gram of all training samples."""
        tables = build_tables(network, self.automaton, Powers(1.0, self.power))
        return Mixture(network, tables).to(network.output.weight.device)


def fit_training_ngram(
    samples: Sequence[str], encoded: EncodedSamples, vocabulary: Vocabulary, recipe: Recipe
) -> TrainingNGram | None:
    """Return the n-gram to learn the training samples with; None if they are few.

    It is None as well if `recipe` does without.
    """
    if not (recipe.ngram_order and recipe.ngram_power) or len(samples) < LONG_LIST:
        return None
    count = min(_MAX_FOLDS, max(_MIN_FOLDS, _MAX_CHARACTERS // encoded.target_count))
    folds = np.random.default_rng(recipe.seed).integers(0, count, len(samples))
    nodes = torch.zeros(len(encoded.ids), dtype=torch.int32)
    tables: list[Tensor] = []
    for fold in range(count):
        others = [sample for sample, own in zip(samples, folds, strict=True) if own != fold]
        automaton = fit_automaton(others or samples, vocabulary, recipe.ngram_order)
        first_row = sum(map(len, tables))
        for rows in torch.split(torch.from_numpy(np.flatnonzero(folds == fold)), _BATCH):
            index, inside = encoded.positions(rows)
            tokens = encoded.ids[index].long().numpy()
            found = torch.from_numpy(automaton.nodes(tokens)) + first_row
            nodes[index[inside]] = found[inside].int()
        tables.append(log_probabilities(automaton) * recipe.ngram_power)
    automaton = fit_automaton(samples, vocabulary, recipe.ngram_order)
    return TrainingNGram(automaton, recipe.ngram_power, torch.cat(tables), nodes)
