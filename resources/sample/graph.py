# SPDX-License-Identifier: GPL-3.0-or-later
"""A quantized network as plain data: what quantize.py makes, integer_check.py runs and tflite_writer.py writes."""

from dataclasses import dataclass, field
from typing import Optional

import numpy as np


@dataclass
class Tensor:
    """real = scale * (q - zero_point), per tensor or along `axis`; data is None for activations."""
    name: str
    shape: list
    dtype: str
    scale: Optional[np.ndarray] = None
    zero_point: Optional[np.ndarray] = None
    axis: int = 0
    low: Optional[float] = None
    high: Optional[float] = None
    data: Optional[np.ndarray] = None


@dataclass
class Operator:
    """kind: TFLite's name of the builtin operator; options by TFLite's names of the option fields."""
    kind: str
    version: int
    inputs: list
    output: int
    options: dict


@dataclass
class Graph:
    name: str
    description: str
    tensors: list = field(default_factory=list)
    operators: list = field(default_factory=list)
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    metadata: dict = field(default_factory=dict)
    signature: Optional[str] = None

    def add(self, tensor):
        self.tensors.append(tensor)
        return len(self.tensors) - 1
