"""CharRNN: embedding, recurrent layers, logits. The same weights run in two ways.

`forward` trains on whole sequences with torch's fused cells. `step` advances by one character and
is what gets exported. It computes one product per group of gates with joined biases, so that in the
exported graph everything that does not depend on the state is folded into tables.

The cells: Elman (1990), Finding structure in time; Hochreiter & Schmidhuber (1997), Long short-term
memory; Cho et al. (2014), arXiv:1406.1078, with the reset gate inside the hidden product as in
torch. Dropout: Gal & Ghahramani (2016), arXiv:1512.05287 (the same units at every character);
Merity et al. (2018), arXiv:1708.02182 (hidden-to-hidden weights).
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.recipes import Recipe

# (weight [G, I], bias [G]) → the input's contribution to G gates, [B, G].
_Input = Callable[[Tensor, Tensor], Tensor]
# The state as torch's cells take it: [layers, B, H], and for an LSTM its cell state as well.
_State = Tensor | tuple[Tensor, Tensor]
_FUSED_CELLS: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


class CharRNN(nn.Module):
    """The network that `recipe` describes, for a vocabulary of `vocabulary_size` entries."""

    def __init__(self, vocabulary_size: int, recipe: Recipe) -> None:
        super().__init__()
        self.cell, self.layers, self.hidden_size = recipe.cell, recipe.layers, recipe.hidden_size
        self.embedding = nn.Embedding(vocabulary_size, recipe.embedding_size)
        self.recurrent = _FUSED_CELLS[recipe.cell](
            recipe.embedding_size,
            recipe.hidden_size,
            recipe.layers,
            dropout=recipe.dropout if recipe.layers > 1 else 0.0,
        )
        self.dropout, self.embedding_dropout = recipe.dropout, recipe.embedding_dropout
        self.recurrent_dropout = recipe.recurrent_dropout
        self.output = nn.Linear(recipe.hidden_size, vocabulary_size)

    @cached_property
    def weights(self) -> list[Tensor]:
        """All parameters. Networks of one recipe list them in the same order."""
        return list(self.parameters())

    @property
    def vocabulary_size(self) -> int:
        """V in the shapes."""
        return self.output.out_features

    @property
    def state_size(self) -> int:
        """S in the shapes: layers x hidden size, doubled for an LSTM's cell state."""
        return sum(self.part_sizes)

    @property
    def part_sizes(self) -> list[int]:
        """The sizes of a state's parts: the hidden state of each layer, and its cell state."""
        return [self.hidden_size] * self.layers * (2 if self.cell == "lstm" else 1)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Score the next character at every position.

        `tokens` int64 [B, T], `state` float32 [B, S] before the first token → logits float32
        [B, T, V], state [B, S] after the last token.
        """
        embedded = self._locked_dropout(
            self.embedding(tokens.t()), self.embedding_dropout
        )  # [T, B, E]
        hidden, last = self._run_cells(embedded, self._unpack(state))  # [T, B, H]
        logits: Tensor = self.output(self._locked_dropout(hidden, self.dropout))
        return logits.transpose(0, 1), self._pack(last)

    def initial_state(self, rows: int) -> Tensor:
        """Return the state before the first character: zeros, float32 [rows, S]."""
        return torch.zeros(rows, self.state_size, device=self.output.weight.device)

    def _locked_dropout(self, x: Tensor, dropout: float) -> Tensor:
        """Drop the same units at every character of a row, [T, B, units] → the same shape."""
        return x * self._dropout_mask(x.shape[1:], dropout) if self._drops(dropout) else x

    def _run_cells(self, embedded: Tensor, state: _State) -> tuple[Tensor, _State]:
        """Run the fused cells over the sequence, with dropout of hidden-to-hidden weights."""
        result: tuple[Tensor, _State]
        if self._drops(self.recurrent_dropout):
            weights: dict[str, Tensor] = dict(self.recurrent.named_parameters())
            for name, weight in weights.items():
                if name.startswith("weight_hh"):
                    mask = self._dropout_mask(weight.shape, self.recurrent_dropout)
                    weights[name] = weight * mask
            result = functional_call(self.recurrent, weights, (embedded, state))
        else:
            result = self.recurrent(embedded, state)
        return result

    def _drops(self, dropout: float) -> bool:
        return self.training and dropout > 0

    def _dropout_mask(self, shape: Sequence[int], dropout: float) -> Tensor:
        """Return zeros for dropped units and 1 / (1 - dropout) for the others.

        The mask is drawn on the CPU, so that a seed gives the same one on every device.
        """
        remaining = torch.rand(tuple(shape)) >= dropout
        return remaining.to(self.output.weight).div_(1 - dropout)

    def _unpack(self, state: Tensor) -> _State:
        """Convert a state [B, S] to the form of torch's cells."""
        parts = state.view(len(state), self.layers, -1, self.hidden_size).permute(2, 1, 0, 3)
        hidden = parts[0].contiguous()
        return (hidden, parts[1].contiguous()) if self.cell == "lstm" else hidden

    def _pack(self, last: _State) -> Tensor:
        """Convert the state of torch's cells to [B, S]."""
        parts = torch.stack(last if isinstance(last, tuple) else (last,))  # [1 or 2, layers, B, H]
        return parts.permute(2, 1, 0, 3).flatten(1)

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance every row by one character, without dropout.

        `token` int64 [B], `state` float32 [B, S] → logits float32 [B, V], next state float32
        [B, S].
        """
        sizes = self.part_sizes
        parts = torch.split(state, sizes, dim=1) if len(sizes) > 1 else (state,)
        hidden, parts = self.advance(token, parts)
        logits = F.linear(hidden, self.output.weight, self.output.bias)
        return logits, torch.cat(parts, dim=1) if len(sizes) > 1 else parts[0]

    def advance(
        self, token: Tensor, parts: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Advance the parts of a state as `step` does, up to the last layer's hidden state [B, H].

        A layer has a part [B, H], and an LSTM's another one for its cell state.
        """

        def embedded(weight: Tensor, bias: Tensor) -> Tensor:
            return F.embedding(token, F.linear(self.embedding.weight, weight, bias))

        x: _Input = embedded
        next_parts: tuple[Tensor, ...] = ()
        per_layer = len(parts) // self.layers
        for layer in range(self.layers):
            layer_parts = parts[layer * per_layer : (layer + 1) * per_layer]
            next_parts += self._step_layer(layer, x, layer_parts)
            hidden = next_parts[-per_layer]
            x = partial(F.linear, hidden)
        return hidden, next_parts

    def _step_layer(self, layer: int, x: _Input, parts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return a layer's next parts, the hidden state first."""
        weights = [getattr(self.recurrent, f"{name}_l{layer}") for name in _WEIGHTS]
        if self.cell == "rnn":
            return (torch.tanh(_gates(x, *parts, *weights)),)
        if self.cell == "gru":
            return (_gru(x, *parts, *weights),)
        return _lstm(x, *parts, *weights)


_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _gates(
    x: _Input, hidden: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    return torch.addmm(x(w_ih, b_ih + b_hh), hidden, w_hh.t())  # [B, G]


def _gru(
    x: _Input, hidden: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tensor:
    two = 2 * hidden.shape[1]
    gates = _gates(x, hidden, w_ih[:two], w_hh[:two], b_ih[:two], b_hh[:two])
    reset, update = torch.sigmoid(gates).chunk(2, dim=1)
    proposal = F.linear(hidden, w_hh[two:], b_hh[two:])
    new = torch.tanh(x(w_ih[two:], b_ih[two:]) + reset * proposal)
    return new + update * (hidden - new)


def _lstm(
    x: _Input,
    hidden: Tensor,
    memory: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor,
    b_hh: Tensor,
) -> tuple[Tensor, Tensor]:
    one = hidden.shape[1]
    gates = _gates(x, hidden, w_ih, w_hh, b_ih, b_hh)
    input_forget, new, output = torch.split(gates, [2 * one, one, one], dim=1)
    input_gate, forget = torch.sigmoid(input_forget).chunk(2, dim=1)
    memory = forget * memory + input_gate * torch.tanh(new)
    return torch.sigmoid(output) * torch.tanh(memory), memory
