"""The exported step of a mixture agrees with torch, and the bot generates names with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.sampling import Artifact, Request
from export.graph import build_artifact, build_graph, check_parity
from export.metadata import Label
from model import checkpoint
from model.case_patterns import fit_case_bias
from model.checkpoint import Checkpoint
from model.mixture import Mixture, Powers, build_tables, fit_automaton
from model.network import CharRNN
from model.quantization import round_weights
from model.recipes import RECIPES, Cell
from tests.export.conftest import NAMES, step_operators
from tests.sampler import Sampler


def make_mixture(network: CharRNN, loaded: Checkpoint) -> Mixture:
    vocabulary = loaded.vocabulary()
    tables = build_tables(network, fit_automaton(NAMES, vocabulary, 4), Powers(0.3, 0.7))
    return Mixture(network, tables, fit_case_bias(NAMES, vocabulary))


@pytest.fixture(scope="module")
def mixed(run: Path) -> Checkpoint:
    """A checkpoint with an n-gram and a case pattern."""
    loaded = checkpoint.load(run)
    tables = make_mixture(loaded.network(), loaded).tensors()
    return replace(loaded, tensors={**loaded.tensors, **tables})


@pytest.fixture(scope="module")
def artifact(mixed: Checkpoint) -> Artifact:
    content = build_artifact(mixed, Label("Elves", "", "")).SerializeToString()
    return Artifact.read(content, "elves")


@pytest.mark.parametrize(("cell", "layers"), [("rnn", 1), ("gru", 2), ("lstm", 1)])
def test_graph_agrees_with_torch(run: Path, cell: Cell, layers: int) -> None:
    loaded = checkpoint.load(run)
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden_size=6)
    mixture = make_mixture(CharRNN(len(loaded.vocabulary()), recipe).eval(), loaded)
    mixture = round_weights(mixture)
    assert check_parity(build_graph(mixture), mixture) < 2e-5


def test_tables_cost_few_operators(mixed: Checkpoint) -> None:
    alone, together = (
        step_operators(build_graph(model)) for model in (mixed.network(), mixed.mixture())
    )
    ngram = ["Squeeze", "Cast", "Add", "Gather", "Squeeze", "Cast", "Gather", "Cast", "Gather"]
    assert sorted(together) == sorted([*alone, *ngram, "Gather", "Add"])


def test_bot_takes_the_same_steps(mixed: Checkpoint, artifact: Artifact) -> None:
    mixture = round_weights(mixed.mixture())
    assert artifact.state_size == mixture.state_size == mixed.network().state_size + 1
    state = np.zeros((2, artifact.state_size), np.float32)
    for token in (np.array([0, 0]), np.array([5, 3])):
        expected, last = mixture.step(torch.from_numpy(token), torch.from_numpy(state))
        logits, state = artifact.step(token, state)
        np.testing.assert_allclose(logits, expected.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(state, last.detach().numpy(), atol=1e-5)
    assert state[:, -1].tolist() != [0, 0]


def test_bot_generates_names(artifact: Artifact) -> None:
    names = Sampler(artifact).names(Request(prefix="tr", count=20, seed=1, temperature=2.0))
    assert all(name.startswith("Tr") for name in names)
    assert all(name[1:] == name[1:].lower() for name in names)
