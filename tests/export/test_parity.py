"""The parity check accepts exported graphs and finds small differences."""

from dataclasses import replace

import onnx
import pytest
import torch
from onnx import numpy_helper

from export import graph
from export.graph import ParityError, build_graph, check_parity
from model.network import CharRNN
from model.quantization import round_weights
from model.recipes import RECIPES, Cell


def make_network(cell: Cell, layers: int = 1) -> CharRNN:
    torch.manual_seed(5)
    return round_weights(CharRNN(40, replace(RECIPES["seed"], cell=cell, layers=layers)).eval())


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_exported_graph_agrees(cell: Cell, layers: int) -> None:
    network = make_network(cell, layers)
    assert (graph.STEPS, graph.BATCH_SIZES, graph.TOLERANCE) == (20, (1, 17), 1e-3)
    assert check_parity(build_graph(network), network) < 1e-5


def test_changed_weight_is_found() -> None:
    network = make_network("gru")
    model = build_graph(network)
    bias = next(t for t in model.graph.initializer if t.name.endswith("output.bias"))
    changed = numpy_helper.to_array(bias).copy()
    changed[7] += 0.002
    bias.CopyFrom(numpy_helper.from_array(changed, bias.name))
    with pytest.raises(
        ParityError, match=r"^Step 1 of batch size 1: .* by 0\.002, more than 0\.001\.$"
    ):
        check_parity(model, network)


def test_wrong_state_is_found() -> None:
    network = make_network("rnn")
    model = build_graph(network)
    (tanh,) = (node for node in model.graph.node if node.op_type == "Tanh")
    # The logits still use the output of tanh, but the next state is its input.
    logits = next(node for node in model.graph.node if "logits" in node.output)
    logits.input[0] = "squashed"
    tanh_input = tanh.input[0]
    tanh.output[0] = "squashed"
    model.graph.node.append(onnx.helper.make_node("Identity", [tanh_input], ["next_state"]))
    with pytest.raises(ParityError, match=r"^Step 2 of batch size 1: "):
        check_parity(model, network)


def test_nan_is_a_difference() -> None:
    network = make_network("rnn")
    with torch.no_grad():
        network.output.bias[0] = torch.nan
    with pytest.raises(ParityError, match="by nan, more than"):
        check_parity(build_graph(network), network)


def test_invalid_graph_is_refused() -> None:
    network = make_network("rnn")
    model = build_graph(network)
    model.graph.node[0].op_type = "Gathre"
    with pytest.raises(ParityError, match=r"^The graph isn't valid: .*Gathre.*$"):
        check_parity(model, network)
