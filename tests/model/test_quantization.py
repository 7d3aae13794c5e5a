"""Weights come back from their codes to within half a scale."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model.network import CharRNN
from model.quantization import dequantize, quantize, round_weights, weight_matrices
from model.recipes import RECIPES

MATRICES = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e4, 1e4, width=32)
).map(torch.from_numpy)


@given(MATRICES)
def test_error_is_at_most_half_a_scale(weight: torch.Tensor) -> None:
    codes, scales = quantize(weight)
    assert (codes.dtype, codes.shape) == (torch.int8, weight.shape)
    assert (scales.dtype, scales.shape) == (torch.float32, (len(weight), 1))
    errors = (dequantize(codes, scales) - weight).abs()
    assert bool((errors <= 0.5001 * scales).all())
    assert bool((scales <= weight.abs().amax(dim=1, keepdim=True) / 126 + 1e-30).all())


def test_large_matrix_has_coarse_codes() -> None:
    torch.manual_seed(1)
    for rows, largest in ((256, 127), (257, 11)):
        codes, _ = quantize(torch.randn(rows, 256))
        assert codes.abs().amax(dim=1).tolist() == [largest] * rows
        assert len(set(codes.flatten().tolist())) == 2 * largest + 1


@given(MATRICES)
def test_rounded_weights_stay_the_same(weight: torch.Tensor) -> None:
    rounded = dequantize(*quantize(weight))
    torch.testing.assert_close(dequantize(*quantize(rounded)), rounded, rtol=1e-6, atol=0)


def test_zeros_stay_zeros() -> None:
    assert dequantize(*quantize(torch.zeros(3, 4))).tolist() == torch.zeros(3, 4).tolist()


def test_only_matrices_are_rounded() -> None:
    network = CharRNN(9, replace(RECIPES["seed"], cell="lstm", layers=2))
    before = {name: weight.clone() for name, weight in network.named_parameters()}
    rounded = dict(round_weights(network).named_parameters())
    for name, weight in network.named_parameters():
        assert torch.equal(weight, before[name])
        assert torch.equal(rounded[name], weight) == (name not in weight_matrices(network))
    assert len(weight_matrices(network)) == 6
