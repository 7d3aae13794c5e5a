"""CharRNN: embedding, recurrent layers, logits. One set of weights, read in two ways.

`forward` takes whole sequences through torch's fused cells and learns; `step` takes one character
and is what is handed over. `step` asks for a product per group of gates with its biases already
joined, so that in the exported graph all that does not depend on the state folds into tables.

The cells: Elman (1990), Finding structure in time; Hochreiter & Schmidhuber (1997), Long short-term
memory; Cho et al. (2014), arXiv:1406.1078, with the reset gate inside the hidden product as torch
has it. What is dropped while learning: Gal & Ghahramani (2016), arXiv:1512.05287 (the same units at
every character); Merity et al. (2018), arXiv:1708.02182 (weights between states).
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812  (the name everyone reads)

from model.recipes import Recipe

# (weight [G, I], bias [G]) → the part of G gates that the layer's input decides, [B, G].
_Input = Callable[[Tensor, Tensor], Tensor]
_State = Tensor | tuple[Tensor, Tensor]  # torch's: [layers, B, H], an LSTM's cells beside it
_FUSED: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class CharRNN(nn.Module):
    """The network of `recipe` over a vocabulary of `tokens` entries."""

    def __init__(self, tokens: int, recipe: Recipe) -> None:
        super().__init__()
        self.cell, self.layers, self.hidden = recipe.cell, recipe.layers, recipe.hidden
        self.embedding = nn.Embedding(tokens, recipe.embedding)
        self.recurrent = _FUSED[recipe.cell](
            recipe.embedding,
            recipe.hidden,
            recipe.layers,
            dropout=recipe.dropout if recipe.layers > 1 else 0.0,
        )
        self.dropout, self.dropout_input = recipe.dropout, recipe.dropout_input
        self.dropout_recurrent = recipe.dropout_recurrent
        self.output = nn.Linear(recipe.hidden, tokens)

    @cached_property
    def weights(self) -> list[Tensor]:
        """All that is learnt, in the same order for every network of a recipe."""
        return list(self.parameters())

    @property
    def state_size(self) -> int:
        """S of the contract: layers x hidden, and the same again for an LSTM's cells."""
        return self.layers * self.hidden * (2 if self.cell == "lstm" else 1)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Score every next character of every row.

        `tokens` int64 [B, T], `state` float32 [B, S] before the first of them (zeros at the start)
        → logits float32 [B, T, V], state [B, S] after the last.
        """
        embedded = self._locked_dropout(self.embedding(tokens.t()), self.dropout_input)  # [T, B, E]
        hidden, last = self._recur(embedded, self._unpack(state))  # [T, B, H]
        logits: Tensor = self.output(self._locked_dropout(hidden, self.dropout))
        return logits.transpose(0, 1), self._pack(last)

    def start(self, rows: int) -> Tensor:
        """The state before the first character: zeros, float32 [rows, S]."""
        return torch.zeros(rows, self.state_size, device=self.output.weight.device)

    def _locked_dropout(self, x: Tensor, share: float) -> Tensor:
        """Drop the same units of a row at all its characters, [T, B, units] → the same."""
        return x * self._mask(x.shape[1:], share) if self._drops(share) else x

    def _recur(self, embedded: Tensor, state: _State) -> tuple[Tensor, _State]:
        """The cells at every character; of the weights from state to state, some are dropped."""
        result: tuple[Tensor, _State]
        if self._drops(self.dropout_recurrent):
            weights: dict[str, Tensor] = dict(self.recurrent.named_parameters())
            for name, weight in weights.items():
                if name.startswith("weight_hh"):
                    weights[name] = weight * self._mask(weight.shape, self.dropout_recurrent)
            result = functional_call(self.recurrent, weights, (embedded, state))
        else:
            result = self.recurrent(embedded, state)
        return result

    def _drops(self, share: float) -> bool:
        return self.training and share > 0

    def _mask(self, shape: Sequence[int], share: float) -> Tensor:
        """Zeros for the `share` that is dropped, 1 / (1 - share) for what stays.

        It is drawn on the CPU, so that the same seed learns alike on every device.
        """
        kept = torch.rand(tuple(shape)) >= share
        return kept.to(self.output.weight).div_(1 - share)

    def _unpack(self, state: Tensor) -> _State:
        """State [B, S] → what torch's cells want: [layers, B, H], an LSTM's cells beside it."""
        parts = state.view(len(state), self.layers, -1, self.hidden).permute(2, 1, 0, 3)
        hidden = parts[0].contiguous()
        return (hidden, parts[1].contiguous()) if self.cell == "lstm" else hidden

    def _pack(self, last: _State) -> Tensor:
        parts = torch.stack(last if isinstance(last, tuple) else (last,))  # [1 or 2, layers, B, H]
        return parts.permute(2, 1, 0, 3).flatten(1)

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance every row by one character, without dropout.

        `token` int64 [B], `state` float32 [B, S] (zeros at the start) → logits float32 [B, V],
        next state float32 [B, S].
        """

        def embedded(weight: Tensor, bias: Tensor) -> Tensor:
            return F.embedding(token, F.linear(self.embedding.weight, weight, bias))

        x: _Input = embedded
        parts = torch.chunk(state, self.layers, dim=1) if self.layers > 1 else (state,)
        next_parts = []
        for layer, part in enumerate(parts):
            hidden, next_part = self._advance(layer, x, part)
            next_parts.append(next_part)
            x = partial(F.linear, hidden)
        logits = x(self.output.weight, self.output.bias)
        return logits, next_parts[0] if self.layers == 1 else torch.cat(next_parts, dim=1)

    def _advance(self, layer: int, x: _Input, state: Tensor) -> tuple[Tensor, Tensor]:
        """One layer's hidden state [B, H] and the part of the state that it keeps."""
        weights = [getattr(self.recurrent, f"{name}_l{layer}") for name in _WEIGHTS]
        if self.cell == "rnn":
            hidden = torch.tanh(_gates(x, state, *weights))
            return hidden, hidden
        if self.cell == "gru":
            hidden = _gru(x, state, *weights)
            return hidden, hidden
        hidden, memory = _lstm(x, *state.chunk(2, dim=1), *weights)
        return hidden, torch.cat([hidden, memory], dim=1)


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
    enter_forget, new, leave = torch.split(gates, [2 * one, one, one], dim=1)
    enter, forget = torch.sigmoid(enter_forget).chunk(2, dim=1)
    memory = forget * memory + enter * torch.tanh(new)
    return torch.sigmoid(leave) * torch.tanh(memory), memory
