"""Plain training loop and networks to compare with, as in makemore.

Every sample is padded to the longest of the corpus, a recurrent cell is a Python loop over the
characters, and the loss ignores padding. The Transformer is makemore's default: 4 layers, 64 wide,
4 heads, learned positions, tanh GELU, no dropout. Its speed is the unit for that of our recipes.

github.com/karpathy/makemore; Vaswani et al. (2017), arXiv:1706.03762, with the normalisation first
as in GPT-2; Hochreiter & Schmidhuber (1997) for the LSTM; Elman (1990) for the plain RNN.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.recipes import Cell

_IGNORED = -1


class PlainCell(nn.Module):
    """One recurrent layer, unrolled in Python: tokens int64 [B, T] → logits float32 [B, T, V]."""

    def __init__(
        self, cell: Cell, vocabulary_size: int, embedding_size: int, hidden_size: int
    ) -> None:
        super().__init__()
        self.advance = {"rnn": self._rnn, "lstm": self._lstm}[cell]
        parts, gates = {"rnn": (1, 1), "lstm": (2, 4)}[cell]
        self.start = nn.Parameter(torch.zeros(1, parts * hidden_size))
        self.embedding = nn.Embedding(vocabulary_size, embedding_size)
        self.gates = nn.Linear(embedding_size + hidden_size, gates * hidden_size)
        self.output = nn.Linear(hidden_size, vocabulary_size)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = self.embedding(tokens)
        state = self.start.expand(len(tokens), -1)
        outputs = []
        for position in range(tokens.shape[1]):
            hidden, state = self.advance(embedded[:, position], state)
            outputs.append(hidden)
        logits: Tensor = self.output(torch.stack(outputs, dim=1))
        return logits

    def _rnn(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.gates(torch.cat([x, hidden], dim=1)).tanh()
        return hidden, hidden

    def _lstm(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        hidden, memory = state.chunk(2, dim=1)
        both = torch.cat([x, hidden], dim=1)
        input_gate, forget, output, new = self.gates(both).chunk(4, dim=1)
        memory = forget.sigmoid() * memory + input_gate.sigmoid() * new.tanh()
        hidden = output.sigmoid() * memory.tanh()
        return hidden, torch.cat([hidden, memory], dim=1)


class Transformer(nn.Module):
    """makemore's default Transformer: tokens int64 [B, T] → logits float32 [B, T, V]."""

    def __init__(
        self, vocabulary_size: int, max_length: int, width: int = 64, layers: int = 4
    ) -> None:
        super().__init__()
        self.characters = nn.Embedding(vocabulary_size, width)
        self.positions = nn.Embedding(max_length, width)
        self.blocks = nn.Sequential(*(_Block(max_length, width) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, vocabulary_size, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1])
        x = self.blocks(self.characters(tokens) + self.positions(positions))
        logits: Tensor = self.output(self.norm(x))
        return logits


class _Block(nn.Module):
    """Causal self-attention, then a two-layer MLP, each with a residual: [B, T, C] → the same."""

    def __init__(self, max_length: int, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("mask", torch.ones(max_length, max_length, dtype=torch.bool).triu(1))
        self.mask: Tensor

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attention(self.norm_1(x))
        wide = self.expand(self.norm_2(x))
        cube = math.sqrt(2 / math.pi) * (wide + 0.044715 * torch.pow(wide, 3.0))
        mlp: Tensor = self.contract(0.5 * wide * (1 + torch.tanh(cube)))
        return x + mlp

    def _attention(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        parts = self.query_key_value(x).chunk(3, dim=2)
        query, key, value = (p.unflatten(2, (self.heads, -1)).transpose(1, 2) for p in parts)
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])  # [B, heads, T, T]
        scores = scores.masked_fill(self.mask[:length, :length], -math.inf)
        mixed = (scores.softmax(dim=3) @ value).transpose(1, 2).flatten(2)
        projected: Tensor = self.projection(mixed)
        return projected


class Loop:
    """AdamW steps on `samples`, padded to the longest of all, drawn with replacement.

    `others` are samples to test on: they count for the alphabet and the longest.
    """

    def __init__(
        self,
        samples: Sequence[str],
        network: nn.Module,
        batch_size: int,
        learning_rate: float,
        others: Sequence[str] = (),
    ) -> None:
        everything = [*samples, *others]
        self.ids = {c: i for i, c in enumerate(sorted(set().union(*everything)), start=1)}
        self.samples, self.batch_size, self.network = samples, batch_size, network
        self.max_length = max(map(len, everything))
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=learning_rate, weight_decay=0.01, betas=(0.9, 0.99)
        )

    def step(self) -> float:
        """Train on one batch; return its loss in nats per character."""
        rows = torch.randint(len(self.samples), (self.batch_size,)).tolist()
        inputs, targets = self.encode([self.samples[row] for row in rows])
        logits = self.network(inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED)
        self.network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.item()

    def encode(self, samples: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return inputs and targets, int64 [B, max_length + 1]. 0 is both start and end."""
        pairs = [self._encode(sample) for sample in samples]
        inputs, targets = (torch.stack(part) for part in zip(*pairs, strict=True))
        return inputs, targets

    def _encode(self, sample: str) -> tuple[Tensor, Tensor]:
        inputs = torch.zeros(self.max_length + 1, dtype=torch.int64)
        targets = torch.full((self.max_length + 1,), _IGNORED)
        ids = torch.tensor([self.ids[c] for c in sample])
        inputs[1 : len(ids) + 1] = ids
        targets[: len(ids)] = ids
        targets[len(ids)] = 0
        return inputs, targets
