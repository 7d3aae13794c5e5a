"""torch and onnxruntime agree, or the difference is told."""

from dataclasses import replace

import onnx
import pytest
import torch
from onnx import numpy_helper

from export import parity
from export.graph import step_graph
from export.parity import ParityError
from model.network import CharRNN
from model.recipes import RECIPES, Cell


def network(cell: Cell, layers: int = 1) -> CharRNN:
    torch.manual_seed(5)
    return CharRNN(40, replace(RECIPES["seed"], cell=cell, layers=layers)).eval()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_network_agrees_over_twenty_steps_of_one_and_of_seventeen_rows(
    cell: Cell, layers: int
) -> None:
    net = network(cell, layers)
    assert (parity.STEPS, parity.BATCHES, parity.TOLERANCE) == (20, (1, 17), 1e-4)
    assert parity.check(step_graph(net), net) < 1e-5


def test_a_weight_that_is_a_little_off_is_found_and_told() -> None:
    net = network("gru")
    model = step_graph(net)
    bias = next(t for t in model.graph.initializer if t.name.endswith("output.bias"))
    changed = numpy_helper.to_array(bias).copy()
    changed[7] += 0.002
    bias.CopyFrom(numpy_helper.from_array(changed, bias.name))
    with pytest.raises(ParityError, match=r"^step 1 of batch 1: .* by 0\.002, more than 0\.0001$"):
        parity.check(model, net)


def test_a_state_that_is_off_is_found_though_the_logits_of_the_step_are_right() -> None:
    net = network("rnn")
    model = step_graph(net)
    (tanh,) = (node for node in model.graph.node if node.op_type == "Tanh")
    # The logits still come from tanh; the state that is passed on is what went into it.
    logits = next(node for node in model.graph.node if "logits" in node.output)
    logits.input[0] = "squashed"
    given = tanh.input[0]
    tanh.output[0] = "squashed"
    model.graph.node.append(onnx.helper.make_node("Identity", [given], ["next_state"]))
    with pytest.raises(ParityError, match=r"^step 2 of batch 1: "):
        parity.check(model, net)


def test_numbers_that_are_not_finite_are_no_agreement() -> None:
    net = network("rnn")
    with torch.no_grad():
        net.output.bias[0] = torch.nan
    with pytest.raises(ParityError, match="by nan, more than"):
        parity.check(step_graph(net), net)


def test_a_graph_that_is_not_valid_is_told_in_one_line() -> None:
    net = network("rnn")
    model = step_graph(net)
    model.graph.node[0].op_type = "Gathre"
    with pytest.raises(ParityError, match=r"^the graph is not valid: .*Gathre.*$"):
        parity.check(model, net)
