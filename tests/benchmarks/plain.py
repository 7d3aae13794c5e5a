"""What the learning is measured against: the plain way to train on names, as makemore does it.

Every sample is padded to the longest of the whole corpus, a recurrent cell is a loop over the
characters, and the loss ignores the padding. The Transformer is that project's default (4 layers,
64 wide, 4 heads, learnt positions, tanh GELU, no dropout); its time is
the unit in which that of our recipes is told.

github.com/karpathy/makemore; Vaswani et al. (2017), arXiv:1706.03762, with the normalisation first
as in GPT-2; Hochreiter & Schmidhuber (1997) for the LSTM;
Elman (1990) for the plain RNN.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name everyone reads)

from model.recipes import Cell

_IGNORED = -1


class PlainCell(nn.Module):
    """One layer of cells, unrolled in Python: tokens int64 [B, T] → logits float32 [B, T, V]."""

    def __init__(self, cell: Cell, tokens: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.advance = {"rnn": self._rnn, "lstm": self._lstm}[cell]
        parts, gates = {"rnn": (1, 1), "lstm": (2, 4)}[cell]
        self.start = nn.Parameter(torch.zeros(1, parts * hidden))
        self.embedding = nn.Embedding(tokens, embedding)
        self.gates = nn.Linear(embedding + hidden, gates * hidden)
        self.output = nn.Linear(hidden, tokens)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = self.embedding(tokens)
        state = self.start.expand(len(tokens), -1)
        said = []
        for place in range(tokens.shape[1]):
            hidden, state = self.advance(embedded[:, place], state)
            said.append(hidden)
        logits: Tensor = self.output(torch.stack(said, dim=1))
        return logits

    def _rnn(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.gates(torch.cat([x, hidden], dim=1)).tanh()
        return hidden, hidden

    def _lstm(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        hidden, memory = state.chunk(2, dim=1)
        both = torch.cat([x, hidden], dim=1)
        enter, forget, leave, new = self.gates(both).chunk(4, dim=1)
        memory = forget.sigmoid() * memory + enter.sigmoid() * new.tanh()
        hidden = leave.sigmoid() * memory.tanh()
        return hidden, torch.cat([hidden, memory], dim=1)


class Transformer(nn.Module):
    """The default Transformer: tokens int64 [B, T] → logits float32 [B, T, V]."""

    def __init__(self, tokens: int, longest: int, width: int = 64, layers: int = 4) -> None:
        super().__init__()
        self.characters = nn.Embedding(tokens, width)
        self.places = nn.Embedding(longest, width)
        self.blocks = nn.Sequential(*(_Block(longest, width) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, tokens, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1])
        x = self.blocks(self.characters(tokens) + self.places(places))
        logits: Tensor = self.output(self.norm(x))
        return logits


class _Block(nn.Module):
    """Attention, then two layers on each place; each added to what came in. [B, T, C] → same."""

    def __init__(self, longest: int, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_layers = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.answered = nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("later", torch.ones(longest, longest, dtype=torch.bool).triu(1))
        self.later: Tensor

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.before_attention(x))
        wide = self.wide(self.before_layers(x))
        cube = math.sqrt(2 / math.pi) * (wide + 0.044715 * torch.pow(wide, 3.0))
        layers: Tensor = self.narrow(0.5 * wide * (1 + torch.tanh(cube)))
        return x + layers

    def _attend(self, x: Tensor) -> Tensor:
        places = x.shape[1]
        parts = self.asked(x).chunk(3, dim=2)
        query, key, value = (p.unflatten(2, (self.heads, -1)).transpose(1, 2) for p in parts)
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])  # [B, heads, T, T]
        scores = scores.masked_fill(self.later[:places, :places], -math.inf)
        mixed = (scores.softmax(dim=3) @ value).transpose(1, 2).flatten(2)
        answered: Tensor = self.answered(mixed)
        return answered


class Loop:
    """Steps of AdamW over `samples`, padded to the longest of them all, drawn with replacement."""

    def __init__(self, samples: Sequence[str], network: nn.Module, batch: int, rate: float) -> None:
        self.ids = {c: i for i, c in enumerate(sorted(set().union(*samples)), start=1)}
        self.samples, self.batch, self.network = samples, batch, network
        self.longest = max(map(len, samples))
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.99)
        )

    def step(self) -> float:
        """Learn one batch; its loss in nats a character."""
        rows = torch.randint(len(self.samples), (self.batch,)).tolist()
        pairs = [self._encode(self.samples[row]) for row in rows]
        inputs, targets = (torch.stack(part) for part in zip(*pairs, strict=True))
        logits = self.network(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED)
        self.network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.item()

    def _encode(self, sample: str) -> tuple[Tensor, Tensor]:
        """Inputs and targets of one sample, int64 [longest + 1] each; 0 is both start and end."""
        inputs = torch.zeros(self.longest + 1, dtype=torch.int64)
        targets = torch.full((self.longest + 1,), _IGNORED)
        ids = torch.tensor([self.ids[c] for c in sample])
        inputs[1 : len(ids) + 1] = ids
        targets[: len(ids)] = ids
        targets[len(ids)] = 0
        return inputs, targets
