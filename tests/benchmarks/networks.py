"""Networks for the sampling benchmarks, trained on the spot, independent of the shipped styles."""

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.sampling import Artifact
from export.graph import build_artifact
from export.metadata import Label
from model.batches import Vocabulary
from model.corpus import read_corpus
from model.network import CharRNN
from model.recipes import RECIPES, Recipe
from model.training import train

CORPUS = Path(__file__).parents[2] / "model" / "corpora" / "names.txt"


@dataclass(frozen=True)
class Net:
    """A network in torch, and as the artifact that the bot reads."""

    network: CharRNN
    vocabulary: Vocabulary
    artifact: Artifact


@cache
def tanh_64() -> Net:
    """Return the network of the course exercise, trained with the recipe `seed`."""
    return _train(replace(RECIPES["seed"], eval_interval=1000))


@cache
def gru_256() -> Net:
    """Return a GRU that has learned where names end, because the speed depends on their lengths."""
    return _train(
        replace(
            RECIPES["seed"],
            cell="gru",
            embedding_size=64,
            hidden_size=256,
            batch_size=128,
            learning_rate=4e-3,
            max_steps=300,
            eval_interval=300,
        )
    )


def _train(recipe: Recipe) -> Net:
    with tempfile.TemporaryDirectory() as folder:
        *_, last = train(read_corpus(CORPUS), recipe, Path(folder, "run"))
        file = Path(folder, "net.onnx")
        file.write_bytes(build_artifact(last, Label("Names", "", "")).SerializeToString())
        return Net(last.network(), last.vocabulary(), Artifact.open(file))
