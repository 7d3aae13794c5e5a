"""Quantization: weight matrices as int8 codes with a scale for each row, for small artifacts.

Symmetric, with the largest weight of a row at the largest code: Jacob et al. (2018),
arXiv:1712.05877. Only the stored weights are small. They are multiplied out once, when the artifact
is opened.
"""

from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn

_LARGEST = 127  # code
_LARGEST_OF_MANY = 11  # code of a large matrix: coarser codes compress better (docs/model.md)
_MANY = 2**16  # weights
_SMALLEST_SCALE = 1e-30  # of a row of zeros

Network = TypeVar("Network", bound=nn.Module)


@torch.no_grad()
def quantize(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the codes int8 [N, M] of `weight` float32 [N, M], and their scales float32 [N, 1].

    The error of a weight is at most half the scale of its row.
    """
    largest = _LARGEST_OF_MANY if weight.numel() > _MANY else _LARGEST
    scales = (weight.abs().amax(dim=1, keepdim=True) / largest).clamp(min=_SMALLEST_SCALE)
    return (weight / scales).round().clamp(-largest, largest).to(torch.int8), scales


def dequantize(codes: Tensor, scales: Tensor) -> Tensor:
    """Return the weights of `codes` int8 [N, M] and `scales` float32 [N, 1], float32 [N, M]."""
    return codes.float() * scales


def weight_matrices(network: nn.Module) -> dict[str, Tensor]:
    """Return the parameters that are quantized, by name: the matrices, without the biases."""
    return {k: weight for k, weight in network.named_parameters() if weight.ndim == 2}


@torch.no_grad()
def round_weights(network: Network) -> Network:
    """Return a copy of `network` with the weights that an artifact of it has."""
    rounded = deepcopy(network)
    for weight in weight_matrices(rounded).values():
        weight.copy_(dequantize(*quantize(weight)))
    return rounded
