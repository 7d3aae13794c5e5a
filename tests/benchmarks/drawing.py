"""Drawing: names from any model that advances by a character, at a temperature and by a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from model.batches import END, START, Vocabulary
from model.ngram import Ints, NGram


class Steps(Protocol):
    """A model that advances rows by a character, as `model.network.CharRNN` does."""

    def initial_state(self, rows: int) -> Tensor:
        """Return the state [rows, S] before the start token."""

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by `token` int64 [B] → logits float32 [B, V], next state [B, S]."""


Rule = Callable[[Tensor], Tensor]
"""Removes characters: log-probabilities [B, V] → the same with -inf for those not to draw."""


@dataclass(frozen=True)
class NGramSteps:
    """Kneser-Ney with the interface of a network. The state is its contexts, int64 [B, orders]."""

    model: NGram

    def initial_state(self, rows: int) -> Tensor:
        """Return no context at all: int64 [rows, 0]."""
        return torch.zeros(rows, 0, dtype=torch.int64)

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by `token` int64 [B] → logits float32 [B, V], state [B, orders]."""
        contexts = self.model._extend(list(state.numpy().T), token.numpy())
        size = len(self.model.vocabulary)
        probabilities = np.full((len(token), size), 1 / (size - 1))
        for level, context in zip(self.model.levels, contexts, strict=True):
            seen = (context >= 0)[:, None]
            probabilities *= np.where(seen, level.backoff[context][:, None], 1.0)
            keys: Ints = context[:, None] * size + np.arange(size)
            found = level.find(keys)
            probabilities += np.where(seen & (found >= 0), level.probabilities[found], 0.0)
        logits = torch.from_numpy(np.log(probabilities)).float()
        return logits, torch.from_numpy(np.stack(contexts, axis=1))


def min_p(share: float, log_p: Tensor) -> Tensor:
    """Remove characters less likely than `share` of the likeliest: Nguyen et al. (2024)."""
    low = log_p < log_p.max(dim=1, keepdim=True).values + np.log(share)
    return log_p.masked_fill(low, -torch.inf)


def nucleus(mass: float, log_p: Tensor) -> Tensor:
    """Keep the likeliest characters that have `mass` together: Holtzman et al. (2020)."""
    ordered, order = log_p.sort(dim=1, descending=True)
    before = ordered.exp().cumsum(dim=1) - ordered.exp()
    return log_p.masked_fill((before >= mass).gather(1, order.argsort(dim=1)), -torch.inf)


def typical(mass: float, log_p: Tensor) -> Tensor:
    """Keep those whose surprise is nearest to the entropy: Meister et al. (2023)."""
    entropy = -(log_p.exp() * log_p.clamp(min=-1e4)).sum(dim=1, keepdim=True)
    order = (log_p + entropy).abs().argsort(dim=1)
    ordered = log_p.gather(1, order).exp()
    before = ordered.cumsum(dim=1) - ordered
    return log_p.masked_fill((before >= mass).gather(1, order.argsort(dim=1)), -torch.inf)


RULES: dict[str, Rule] = {
    "temperature": lambda log_p: log_p,
    **{f"min-p {share}": partial(min_p, share) for share in (0.02, 0.05, 0.1)},
    **{f"nucleus {mass}": partial(nucleus, mass) for mass in (0.95, 0.9)},
    **{f"typical {mass}": partial(typical, mass) for mass in (0.95, 0.9)},
}


@dataclass(frozen=True)
class Model:
    """A model with the name of its row."""

    name: str
    steps: Steps
    vocabulary: Vocabulary
    max_length: int

    @torch.no_grad()
    def draw(self, count: int, temperature: float, rule: Rule, seed: int) -> list[str]:
        """Draw `count` names, cut at `max_length` characters.

        The rule is applied to the probabilities at temperature 1, the temperature to what it
        leaves.
        """
        random = torch.Generator().manual_seed(seed)
        drawn = torch.full((count, self.max_length), END)
        active = torch.arange(count)
        token, state = torch.full((count,), START), self.steps.initial_state(count)
        for position in range(self.max_length):
            logits, state = self.steps.step(token, state)
            logits[:, START] = -torch.inf
            left = rule(logits.log_softmax(dim=1)) / temperature
            token = torch.multinomial(left.softmax(dim=1), 1, generator=random)[:, 0]
            drawn[active, position] = token
            active, state, token = (t[token != END] for t in (active, state, token))
            if not len(active):
                break
        return [self.vocabulary.decode(row) for row in drawn.tolist()]
