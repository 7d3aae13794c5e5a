"""One set of weights, read a character at a time or a batch at once."""

from dataclasses import replace

import pytest
import torch

from model.network import CharRNN
from model.recipes import RECIPES, Cell, Recipe

CELLS: tuple[Cell, ...] = ("rnn", "gru", "lstm")


def network(cell: Cell, layers: int) -> CharRNN:
    torch.manual_seed(3)
    recipe = replace(RECIPES["seed"], cell=cell, layers=layers, hidden=24, dropout=0.5)
    return CharRNN(30, recipe).eval()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_unrolled_steps_equal_the_fused_forward(cell: Cell, layers: int) -> None:
    net = network(cell, layers)
    tokens = torch.randint(0, 30, (7, 25))
    state = torch.zeros(7, net.state_size)
    with torch.no_grad():
        fused, last = net(tokens, net.start(7))
        for place in range(tokens.shape[1]):
            logits, state = net.step(tokens[:, place], state)
            torch.testing.assert_close(logits, fused[:, place], atol=1e-5, rtol=0)
        torch.testing.assert_close(state, last, atol=1e-5, rtol=0)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_in_two_parts_is_the_whole(cell: Cell, layers: int) -> None:
    net = network(cell, layers)
    tokens = torch.randint(0, 30, (7, 25))
    with torch.no_grad():
        whole, last = net(tokens, net.start(7))
        first, state = net(tokens[:, :10], net.start(7))
        second, end = net(tokens[:, 10:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(end, last, atol=1e-5, rtol=0)


def test_dropout_drops_the_same_units_at_every_character_of_a_row() -> None:
    net = network("gru", 1).train()
    dropped = net._locked_dropout(torch.ones(6, 9, 24), 0.5)
    assert torch.equal(dropped, dropped[:1].expand(6, 9, 24))
    assert set(dropped.flatten().tolist()) == {0.0, 2.0}
    assert not torch.equal(dropped[:, 0], dropped[:, 1])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPES["seed"], dropout=0.5),
        replace(RECIPES["seed"], dropout_input=0.5),
        replace(RECIPES["seed"], dropout_recurrent=0.5),
    ],
    ids=["hidden", "input", "recurrent"],
)
def test_each_dropout_acts_while_learning_and_never_after(cell: Cell, recipe: Recipe) -> None:
    torch.manual_seed(3)
    net = CharRNN(30, replace(recipe, cell=cell, hidden=24))
    tokens = torch.randint(0, 30, (7, 25))
    with torch.no_grad():
        one, other = (net.train()(tokens, net.start(7))[0] for _ in range(2))
        assert not torch.equal(one, other)
        one, other = (net.eval()(tokens, net.start(7))[0] for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("cell", "layers", "size"), [("rnn", 1, 24), ("gru", 2, 48), ("lstm", 1, 48), ("lstm", 2, 96)]
)
def test_the_state_is_as_wide_as_the_contract_says(cell: Cell, layers: int, size: int) -> None:
    net = network(cell, layers)
    assert net.state_size == size
    logits, state = net.step(torch.zeros(3, dtype=torch.int64), torch.zeros(3, size))
    assert (logits.shape, state.shape) == ((3, 30), (3, size))


@pytest.mark.parametrize("cell", CELLS)
def test_rows_do_not_see_each_other(cell: Cell) -> None:
    net = network(cell, 2)
    token, state = torch.arange(5), torch.randn(5, net.state_size)
    with torch.no_grad():
        together, _ = net.step(token, state)
        alone, _ = net.step(token[2:3], state[2:3])
    torch.testing.assert_close(together[2:3], alone, atol=1e-6, rtol=0)


def test_the_seed_recipe_is_the_exercise() -> None:
    recipe = RECIPES["seed"]
    net = CharRNN(56, recipe)
    assert (recipe.batch, recipe.rate, recipe.steps) == (32, 1e-3, 1000)
    assert net.embedding.weight.shape == (56, 16)
    assert net.state_size == 64
    assert isinstance(net.recurrent, torch.nn.RNN)
    assert net.recurrent.nonlinearity == "tanh"
