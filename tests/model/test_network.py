"""`step` and `forward` compute the same from the same weights."""

from dataclasses import replace

import pytest
import torch

from model.network import CharRNN
from model.recipes import RECIPES, Cell, Recipe

CELLS: tuple[Cell, ...] = ("rnn", "gru", "lstm")


def make_network(cell: Cell, layers: int) -> CharRNN:
    torch.manual_seed(3)
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden_size=24, dropout=0.5)
    return CharRNN(30, recipe).eval()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_equal_forward(cell: Cell, layers: int) -> None:
    network = make_network(cell, layers)
    tokens = torch.randint(0, 30, (7, 25))
    state = torch.zeros(7, network.state_size)
    with torch.no_grad():
        fused, last = network(tokens, network.initial_state(7))
        for position in range(tokens.shape[1]):
            logits, state = network.step(tokens[:, position], state)
            torch.testing.assert_close(logits, fused[:, position], atol=1e-5, rtol=0)
        torch.testing.assert_close(state, last, atol=1e-5, rtol=0)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_two_halves_equal_the_whole(cell: Cell, layers: int) -> None:
    network = make_network(cell, layers)
    tokens = torch.randint(0, 30, (7, 25))
    with torch.no_grad():
        whole, last = network(tokens, network.initial_state(7))
        first, state = network(tokens[:, :10], network.initial_state(7))
        second, end = network(tokens[:, 10:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(end, last, atol=1e-5, rtol=0)


def test_locked_dropout_repeats_its_mask() -> None:
    network = make_network("gru", 1).train()
    dropped = network._locked_dropout(torch.ones(6, 9, 24), 0.5)
    assert torch.equal(dropped, dropped[:1].expand(6, 9, 24))
    assert set(dropped.flatten().tolist()) == {0.0, 2.0}
    assert not torch.equal(dropped[:, 0], dropped[:, 1])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPES["seed"], dropout=0.5),
        replace(RECIPES["seed"], embedding_dropout=0.5),
        replace(RECIPES["seed"], recurrent_dropout=0.5),
    ],
    ids=["hidden", "embedding", "recurrent"],
)
def test_dropout_acts_only_in_training(cell: Cell, recipe: Recipe) -> None:
    torch.manual_seed(3)
    network = CharRNN(30, replace(recipe, cell=cell, hidden_size=24))
    tokens = torch.randint(0, 30, (7, 25))
    with torch.no_grad():
        one, other = (network.train()(tokens, network.initial_state(7))[0] for _ in range(2))
        assert not torch.equal(one, other)
        one, other = (network.eval()(tokens, network.initial_state(7))[0] for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("cell", "layers", "size"), [("rnn", 1, 24), ("gru", 2, 48), ("lstm", 1, 48), ("lstm", 2, 96)]
)
def test_state_size(cell: Cell, layers: int, size: int) -> None:
    network = make_network(cell, layers)
    assert network.state_size == size
    logits, state = network.step(torch.zeros(3, dtype=torch.int64), torch.zeros(3, size))
    assert (logits.shape, state.shape) == ((3, 30), (3, size))


@pytest.mark.parametrize("cell", CELLS)
def test_rows_are_independent(cell: Cell) -> None:
    network = make_network(cell, 2)
    token, state = torch.arange(5), torch.randn(5, network.state_size)
    with torch.no_grad():
        together, _ = network.step(token, state)
        alone, _ = network.step(token[2:3], state[2:3])
    torch.testing.assert_close(together[2:3], alone, atol=1e-6, rtol=0)


def test_seed_recipe_is_the_exercise() -> None:
    recipe = RECIPES["seed"]
    network = CharRNN(56, recipe)
    assert (recipe.batch_size, recipe.learning_rate, recipe.max_steps) == (32, 1e-3, 1000)
    assert network.embedding.weight.shape == (56, 16)
    assert network.state_size == 64
    assert isinstance(network.recurrent, torch.nn.RNN)
    assert network.recurrent.nonlinearity == "tanh"
