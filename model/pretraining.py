"""`python -m model.pretraining`: train the base network on the sources of `model.base_corpus`.

The network learns all sources at once. A vector per source is added to the embedding of each
character, and scores are normalised over the alphabet of the source, as those of a list are over
the list's. A batch and its dropout depend only on the seed and the step, so a run that is started
again continues and ends with the same weights.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the customary name)

from model import ModelError
from model.base import WEIGHTS, base_sizes
from model.base_corpus import PACKAGES, Source, read_sources, script_of
from model.batches import END, PADDING, EncodedSamples, Vocabulary
from model.checkpoint import tensors_under, write_atomically
from model.corpus import read_corpus
from model.learner import optimizer_tensors, restore_optimizer, update_average
from model.network import CharRNN
from model.paths import typed_path
from model.recipes import RECIPES, learning_rate_at

STEPS = 40_000
BATCH_SIZE = 256
_RECIPE = replace(
    base_sizes(RECIPES["best"]),
    max_steps=STEPS,
    learning_rate=5e-3,
    schedule="cosine",
    warmup_steps=500,
)
_SEED = 1
_WEIGHT_DECAY = 0.01
_DROPOUT = 0.1
_EMA_DECAY = 0.998
_POOL = 4  # batches drawn together and sorted by length
_MAX_POSITIONS = 30  # longer samples are cut
_LATIN_SHARE = 0.65  # of the steps
_SOURCE_POWER = 0.7  # a source is drawn in proportion to its number of samples to this power
_HELD_OUT_STRIDE = 50  # every 50th sample is held out
_HELD_OUT_POOLS = 12
_SAVE_INTERVAL = 500
_EXCLUDED = "dinosaurs"
"""The corpus in model/corpora that the base network does not learn, so that it is a fair test."""


class SourceNetwork(nn.Module):
    """A `CharRNN` with a vector for each of `sources` sources."""

    def __init__(self, vocabulary_size: int, sources: int) -> None:
        super().__init__()
        self.network = CharRNN(vocabulary_size, _RECIPE)
        self.sources = nn.Embedding(sources, _RECIPE.embedding_size)
        nn.init.normal_(self.sources.weight, std=0.1)

    def forward(self, tokens: Tensor, source: Tensor, columns: Tensor) -> Tensor:
        """Score the characters `columns` int64 [C] at every position.

        `tokens` int64 [B, T], `source` int64 [B] → logits float32 [B, T, C].
        """
        embedded = self.network.embedding(tokens) + self.sources(source)[:, None]
        hidden, _ = self.network.recurrent(embedded.transpose(0, 1))
        if self.training:
            mask = torch.rand(hidden.shape[1:]) >= _DROPOUT
            hidden = hidden * mask / (1 - _DROPOUT)
        output = self.network.output
        logits = F.linear(hidden, output.weight[columns], output.bias[columns])
        return logits.transpose(0, 1)


@dataclass(frozen=True)
class Samples:
    """Encoded samples. Source k has the rows `offsets[k]` to `offsets[k + 1]`.

    `alphabets` bool [S, V] says which tokens a source has; each has the end token. `scripts` lists
    the sources of each script.
    """

    encoded: EncodedSamples
    offsets: Tensor
    alphabets: Tensor
    scripts: dict[str, list[int]]

    def pool(self, number: int) -> list[tuple[Tensor, Tensor]]:
        """Draw 4 batches of one script, each as rows int64 [B] and their sources int64 [B]."""
        random = np.random.default_rng((_SEED, number))
        members = self.scripts[self._draw_script(random)]
        sizes = np.diff(self.offsets.numpy())[members] ** _SOURCE_POWER
        drawn = random.choice(len(members), _POOL * BATCH_SIZE, p=sizes / sizes.sum())
        source = np.array(members)[drawn]
        first, end = self.offsets.numpy()[source], self.offsets.numpy()[source + 1]
        rows = torch.from_numpy(random.integers(first, end))
        order = self.encoded.lengths[rows].argsort(stable=True)
        sources = torch.split(torch.from_numpy(source)[order], BATCH_SIZE)
        batches = list(zip(torch.split(rows[order], BATCH_SIZE), sources, strict=True))
        return [batches[i] for i in random.permutation(_POOL)]

    def _draw_script(self, random: np.random.Generator) -> str:
        others = sorted(set(self.scripts) - {"LATIN"})
        if random.random() < _LATIN_SHARE or not others:
            return "LATIN"
        sizes = np.diff(self.offsets.numpy())
        weights = np.sqrt([sizes[self.scripts[script]].sum() for script in others])
        return others[random.choice(len(others), p=weights / weights.sum())]


def encode_sources(sources: Sequence[Source], vocabulary: Vocabulary) -> tuple[Samples, Samples]:
    """Return the training samples and the held-out samples of `sources`."""
    alphabets = torch.zeros(len(sources), len(vocabulary), dtype=torch.bool)
    alphabets[:, END] = True
    scripts: dict[str, list[int]] = {}
    for k, source in enumerate(sources):
        alphabets[k, vocabulary.encode("".join(set().union(*source.samples)))] = True
        scripts.setdefault(script_of(source), []).append(k)

    def encoded(parts: Sequence[Sequence[str]]) -> Samples:
        lengths = torch.tensor([0, *map(len, parts)])
        samples = [sample for part in parts for sample in part]
        rows = EncodedSamples.from_samples(samples, vocabulary)
        return Samples(rows, lengths.cumsum(0), alphabets, scripts)

    held_out = [source.samples[::_HELD_OUT_STRIDE] for source in sources]
    training = [
        [sample for i, sample in enumerate(source.samples) if i % _HELD_OUT_STRIDE]
        for source in sources
    ]
    return encoded(training), encoded(held_out)


def batch_loss(model: SourceNetwork, samples: Samples, rows: Tensor, source: Tensor) -> Tensor:
    """Return the cross-entropy of a batch in nats, normalised over each row's alphabet."""
    inputs, targets = samples.encoded.batch(rows, 0, _MAX_POSITIONS)
    alphabets = samples.alphabets[source]  # [B, V]
    columns = alphabets.any(0).nonzero()[:, 0]
    logits = model(inputs, source, columns)
    logits = logits.masked_fill(~alphabets[:, None, columns], -1e4)
    index = torch.full((alphabets.shape[1],), PADDING)
    index[columns] = torch.arange(len(columns))
    targets = torch.where(targets == PADDING, PADDING, index[targets.clamp(min=0)])
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING)


@dataclass
class Pretraining:
    """The networks and the optimizer. `average` has the averaged weights, which are used."""

    model: SourceNetwork
    average: SourceNetwork
    optimizer: torch.optim.AdamW
    step: int = 0

    def take_step(self, samples: Samples, rows: Tensor, source: Tensor) -> float:
        """Take a step on a batch; return its loss."""
        torch.manual_seed(_SEED * 10**9 + self.step)
        self.model.train()
        loss = batch_loss(self.model, samples, rows, source)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.param_groups[0]["lr"] = learning_rate_at(_RECIPE, self.step)
        self.optimizer.step()
        averages, weights = self.average.parameters(), self.model.parameters()
        update_average(averages, weights, _EMA_DECAY, self.step)
        self.step += 1
        return loss.item()

    def save(self, path: Path) -> None:
        """Save the state in `path`. Raises `OSError`."""
        tensors = {
            "step": torch.tensor(self.step),
            **{f"model/{name}": t for name, t in self.model.state_dict().items()},
            **{f"average/{name}": t for name, t in self.average.state_dict().items()},
            **{f"moments/{name}": t for name, t in optimizer_tensors(self.optimizer).items()},
        }
        write_atomically(path, safetensors.torch.save(tensors))

    def restore(self, path: Path) -> None:
        """Restore the state from `path`."""
        tensors = safetensors.torch.load_file(path)
        self.step = int(tensors["step"])
        self.model.load_state_dict(tensors_under("model", tensors))
        self.average.load_state_dict(tensors_under("average", tensors))
        restore_optimizer(self.optimizer, tensors_under("moments", tensors))


def create_pretraining(vocabulary_size: int, sources: int) -> Pretraining:
    """Return the state before the first step."""
    torch.manual_seed(_SEED)
    model = SourceNetwork(vocabulary_size, sources)
    average = SourceNetwork(vocabulary_size, sources)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(
        model.parameters(), betas=(0.9, 0.99), weight_decay=_WEIGHT_DECAY, fused=True
    )
    return Pretraining(model, average, optimizer)


def pretrain(
    run: Pretraining, training: Samples, held_out: Samples, state: Path, steps: int = STEPS
) -> Iterator[tuple[int, float, float]]:
    """Take steps up to `steps`, and save in `state` every 500.

    Yields the step, the mean loss since the last time, and that of held-out samples.
    """
    losses: list[float] = []
    while run.step < steps:
        for rows, source in training.pool(run.step // _POOL)[run.step % _POOL :]:
            losses.append(run.take_step(training, rows, source))
        if run.step % _SAVE_INTERVAL == 0 or run.step >= steps:
            run.save(state)
            yield run.step, float(np.mean(losses)), held_out_loss(run.average, held_out)
            losses = []


@torch.no_grad()
def held_out_loss(model: SourceNetwork, held_out: Samples) -> float:
    """Return the mean loss of 48 batches of held-out samples."""
    model.eval()
    pools = (held_out.pool(number) for number in range(_HELD_OUT_POOLS))
    losses = [batch_loss(model, held_out, *batch).item() for pool in pools for batch in pool]
    return float(np.mean(losses))


def write_base(
    model: SourceNetwork, sources: Sequence[Source], vocabulary: Vocabulary, path: Path
) -> None:
    """Write the weights in half precision, as `model.base` reads them. Raises `OSError`."""
    network = model.network
    recurrent = network.recurrent.state_dict().items()
    tensors = {
        "embedding": network.embedding.weight,
        "output_weight": network.output.weight,
        "output_bias": network.output.bias,
        "sources": model.sources.weight,
        **{f"recurrent/{name}": t for name, t in recurrent},
    }
    metadata = {
        "characters": "".join(vocabulary.characters),
        "sources": json.dumps({s.name: len(s.samples) for s in sources}, ensure_ascii=False),
        "packages": json.dumps(PACKAGES),
    }
    halved = {name: t.detach().half().contiguous() for name, t in tensors.items()}
    write_atomically(path, safetensors.torch.save(halved, metadata))


def main(arguments: list[str] | None = None) -> int:
    """Train, or continue, and write the weights. Return 0, or 2 after a line on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m model.pretraining",
        description="Train the base network. About an hour on one core; start again to continue.",
    )
    parser.add_argument("--out", type=typed_path, default=WEIGHTS, metavar="FILE")
    parser.add_argument(
        "--state", type=typed_path, default=Path("runs/base.safetensors"), metavar="FILE"
    )
    options = parser.parse_args(arguments)
    corpora = Path(__file__).parent / "corpora"
    try:
        sources = read_sources(read_corpus(corpora / f"{_EXCLUDED}.txt").samples)
        options.state.parent.mkdir(parents=True, exist_ok=True)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        _run(sources, options.state, options.out)
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(sources: Sequence[Source], state: Path, out: Path) -> None:
    torch.set_num_threads(1)
    vocabulary = Vocabulary.from_samples(s for source in sources for s in source.samples)
    training, held_out = encode_sources(sources, vocabulary)
    sys.stdout.write(
        f"{len(sources)} sources, {len(training.encoded):,} samples, {len(vocabulary):,} tokens\n"
    )
    run = create_pretraining(len(vocabulary), len(sources))
    if state.exists():
        run.restore(state)
    for step, loss, validation in pretrain(run, training, held_out, state):
        sys.stdout.write(f"step {step:>6,}  loss {loss:.4f}  held out {validation:.4f}\n")
        sys.stdout.flush()
    write_base(run.average, sources, vocabulary, out)


if __name__ == "__main__":
    sys.exit(main())
