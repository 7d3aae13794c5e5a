"""The networks that sampling is measured with, trained here and now: no row hangs on what ships."""

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.sampling import Artifact
from export.graph import Label, build
from model.corpus import read_corpus
from model.network import CharRNN
from model.recipes import RECIPES, Recipe
from model.training import train
from model.vocabulary import Vocabulary

CORPUS = Path(__file__).parents[2] / "model" / "corpora" / "names.txt"


@dataclass(frozen=True)
class Net:
    """One network, as torch has it and as the bot reads it."""

    network: CharRNN
    vocabulary: Vocabulary
    artifact: Artifact


@cache
def tanh_64() -> Net:
    """The course's network, trained as the recipe `seed` says."""
    return _trained(replace(RECIPES["seed"], measure_every=1000))


@cache
def gru_256() -> Net:
    """Trained until it knows where names end: how long they are is part of what is measured."""
    recipe = replace(RECIPES["seed"], cell="gru", embedding=64, hidden=256, batch=128, rate=4e-3)
    return _trained(replace(recipe, steps=300, measure_every=300))


def _trained(recipe: Recipe) -> Net:
    with tempfile.TemporaryDirectory() as folder:
        *_, last = train(read_corpus(CORPUS), recipe, Path(folder, "run"))
        file = Path(folder, "net.onnx")
        file.write_bytes(build(last, Label("Names", "", "")).SerializeToString())
        return Net(last.network(), last.vocabulary(), Artifact.open(file))
