# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a quantized graph on integers, for the accuracy that train.py prints.

Accumulators are exact (float64 holds them); they are requantized with a float32 multiplier, half to even. ADD and
SOFTMAX are rounded once from float64, which a runtime may do one step differently: for accuracy, not for bytes.
"""

import numpy as np
import torch
from torch.nn import functional

LIMITS = {"uint8": (0, 255), "int8": (-128, 127)}


def parameters(tensor):
    return float(tensor.scale[0]), int(tensor.zero_point[0])


def finish(real_steps, output, activation="NONE"):
    """Rounds, adds the zero point and clamps to the type and to ReLU6."""
    low, high = LIMITS[output.dtype]
    scale, zero_point = parameters(output)
    if activation == "RELU6":
        low, high = max(low, zero_point), min(high, zero_point + round(6 / scale))
    return torch.clamp(torch.round(real_steps) + zero_point, low, high)


def centred(tensor):
    """Integers of a constant minus its zero point."""
    return torch.from_numpy(tensor.data.astype(np.float64) - int(tensor.zero_point[0]))


def requantized(sums, source, weights, output, activation):
    multiplier = (source.scale[0] * weights.scale) / output.scale[0]
    multiplier = torch.from_numpy(multiplier.astype(np.float32)).reshape([1, -1] + [1] * (sums.ndim - 2))
    return finish((sums.float() * multiplier).double(), output, activation)


def convolution(op, x, source, weights, bias, output):
    depthwise = op.kind == "DEPTHWISE_CONV_2D"
    kernel = centred(weights).permute((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
    x = x - parameters(source)[1]
    total = [max((o - 1) * op.options["stride_w"] + k - i, 0)
             for o, k, i in zip(output.shape[1:3], kernel.shape[2:], source.shape[1:3])]
    x = functional.pad(x, (total[1] // 2, total[1] - total[1] // 2, total[0] // 2, total[0] - total[0] // 2))
    sums = functional.conv2d(x, kernel, centred(bias), op.options["stride_w"],
                             groups=kernel.shape[0] if depthwise else 1)
    return requantized(sums, source, weights, output, op.options["activation"])


def compute(op, values, graph):
    tensors = graph.tensors
    output, source = tensors[op.output], tensors[op.inputs[0]]
    x = values[op.inputs[0]]
    out_scale = parameters(output)[0]
    scale, zero_point = parameters(source)
    if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return convolution(op, x, source, tensors[op.inputs[1]], tensors[op.inputs[2]], output)
    if op.kind == "FULLY_CONNECTED":
        weights, bias = tensors[op.inputs[1]], tensors[op.inputs[2]]
        sums = functional.linear(x - zero_point, centred(weights), centred(bias))
        return requantized(sums, source, weights, output, op.options["activation"])
    if op.kind == "ADD":
        other_scale, other_zero = parameters(tensors[op.inputs[1]])
        real = (x - zero_point) * scale + (values[op.inputs[1]] - other_zero) * other_scale
        return finish(real / out_scale, output)
    if op.kind == "AVERAGE_POOL_2D":
        return torch.floor(x.mean((2, 3), keepdim=True) + 0.5)
    if op.kind == "MEAN":
        return finish((x - zero_point).mean((2, 3)) * scale / out_scale, output)
    if op.kind == "RESHAPE":
        return x.reshape(len(x), *op.options["new_shape"][1:])
    if op.kind == "SOFTMAX":
        return finish(torch.softmax(x * scale, 1) / out_scale, output)
    raise ValueError(f"no arithmetic for {op.kind}")


def predict(graph, images):
    """images: uint8 [n, 28, 28, 1]; gives the integer outputs [n, 10]."""
    offset = LIMITS[graph.tensors[graph.inputs[0]].dtype][0]
    values = {graph.inputs[0]: torch.from_numpy(images).permute(0, 3, 1, 2).double() + offset}
    with torch.no_grad():
        for op in graph.operators:
            values[op.output] = compute(op, values, graph)
    return values[graph.outputs[0]].numpy().astype(int)


def accuracy(graph, images, labels):
    hits = sum(int((predict(graph, images[i:i + 250]).argmax(1) == labels[i:i + 250]).sum())
               for i in range(0, len(images), 250))
    return hits / len(images)
