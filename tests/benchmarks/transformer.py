"""makemore's Transformer, trained as its script does, to compare names with.

Its defaults: AdamW at 5e-4, batches of 32, a test on its own split every 500 steps, and the weights
with the lowest test loss are the result. github.com/karpathy/makemore
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model.batches import Vocabulary
from model.corpus import Split

from .baselines import Loop, Transformer

_TEST_INTERVAL = 500  # steps
_PATIENCE = 6  # tests without a new lowest loss


@dataclass(frozen=True)
class TransformerModel:
    """The Transformer with the interface of `model.network.CharRNN`.

    The state is the tokens so far, int64 [B, T]. Its ids are ours less one, because it has one
    token for start and end.
    """

    transformer: Transformer

    def initial_state(self, rows: int) -> Tensor:
        """Return the state before the first character: no tokens, int64 [rows, 0]."""
        return torch.zeros(rows, 0, dtype=torch.int64)

    def step(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Advance by `token` int64 [B] → logits float32 [B, V], state [B, T + 1]."""
        tokens = torch.cat([state, token[:, None]], dim=1)
        logits = self.transformer((tokens - 1).clamp(min=0))[:, -1]
        return F.pad(logits, (1, 0), value=-torch.inf), tokens


def open_transformer(file: Path, split: Split, vocabulary: Vocabulary) -> TransformerModel:
    """Load the Transformer from `file`, or train it for 10 to 20 minutes and save it there."""
    max_length = max(map(len, [*split.train, *split.validation, *split.test]))
    transformer = Transformer(len(vocabulary) - 1, max_length + 1)
    if not file.exists():
        _train(transformer, split, file)
    transformer.load_state_dict(safetensors.torch.load_file(file))
    return TransformerModel(transformer.eval())


def _train(transformer: Transformer, split: Split, file: Path) -> None:
    """Train on all samples but those of the test; write the best weights to `file`."""
    torch.manual_seed(3407)
    samples = [*split.train, *split.validation]
    loop = Loop(samples, transformer, batch_size=32, learning_rate=5e-4, others=split.test)
    part = file.with_suffix(".part")
    lowest, since, step = float("inf"), 0, 0
    while since < _PATIENCE:
        for _ in range(_TEST_INTERVAL):
            loop.step()
        step += _TEST_INTERVAL
        nats = test_nats(loop, split.test)
        since += 1
        if nats < lowest:
            lowest, since = nats, 0
            safetensors.torch.save_file(transformer.state_dict(), part)
        sys.stderr.write(f"Transformer: step {step:6}  test {nats:.4f}  lowest {lowest:.4f}\n")
    part.replace(file)


@torch.no_grad()
def test_nats(loop: Loop, samples: Sequence[str]) -> float:
    """Return the nats per character of `samples`, counting the end of each."""
    inputs, targets = loop.encode(samples)
    logits = loop.network(inputs)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1).item()
