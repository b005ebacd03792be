"""A linear layer laid out once for the CPU it runs on.

PyTorch multiplies by a weight as it lies, in float32 through MKL, which takes its slower kernels on CPUs
that Intel did not make. oneDNN's packed weights were 2.4 times faster in float32 and 1.4 in bfloat16
(AMD Zen 5, 2 cores), and add bias, GELU and residual while the result is still in registers. These are
the operators TorchInductor emits; where they are missing the plain ones give the same numbers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TYPICAL_ROWS = 2048  # oneDNN picks the layout for this many rows; others work too


class Linear:
    """Computes x @ weight.T + bias, then GELU or the sum with `add` where asked."""

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> None:
        self.weight = weight.detach().to(dtype).contiguous()
        self.bias = None if bias is None else bias.detach().to(dtype, copy=True)
        self.packed = can_pack(self.weight)
        if self.packed:
            self.weight = torch.ops.mkldnn._reorder_linear_weight(self.weight, TYPICAL_ROWS)

    def __call__(self, x: Tensor, *, gelu: bool = False, add: Tensor | None = None) -> Tensor:
        """Map (rows, in) to (rows, out); `add` has the result's shape."""
        if not self.packed:
            y = F.linear(x, self.weight, self.bias)
            y = F.gelu(y) if gelu else y
            return y if add is None else y + add
        fused = torch.ops.mkldnn._linear_pointwise
        if add is not None:
            return fused.binary(x, add, self.weight, self.bias, "add")  # type: ignore[no-any-return]
        kind = ("gelu", "none") if gelu else ("none", "")
        return fused(x, self.weight, self.bias, kind[0], [], kind[1])  # type: ignore[no-any-return]


def can_pack(weight: Tensor) -> bool:
    """True where oneDNN has packed kernels for this weight's device and number format."""
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if weight.dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32
