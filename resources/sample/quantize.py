# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a trained network into integers, in the two schemes that TensorFlow's two generations used."""

import numpy as np
import torch

from graph import Graph, Operator, Tensor
from network import scale_and_zero_point, weight_parameters_uint8


class Uint8PerTensor:
    """As TensorFlow 1: everything uint8 asymmetric, per tensor, with the ranges that fake quantization learned."""
    dtype, first, last = "uint8", 0, 255
    versions = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "ADD": 1, "AVERAGE_POOL_2D": 1, "RESHAPE": 1, "SOFTMAX": 1}

    def __init__(self, net):
        owners = [net.stem, net.head, net.logits, *net.blocks, *(u for b in net.blocks for u in b.units)]
        self.learned = {}
        for owner in owners:
            if owner.range is not None:
                is_block = hasattr(owner, "units")
                self.learned[owner.name + "/add" if is_block else owner.name] = (owner.range.low, owner.range.high)
        self.learned["AvgPool"] = self.learned[net.head.name]

    def range_of(self, name):
        return self.learned[name]

    def weights(self, weight, bias, input_scale, axis):
        scale, zero_point = weight_parameters_uint8(torch.from_numpy(weight))
        q = np.clip(np.rint(weight / np.float32(scale)) + zero_point, 1, 255).astype(np.uint8)
        return q, np.array([scale], np.float32), np.array([zero_point])


class Int8PerChannel:
    """As TensorFlow 2 after training: weights int8 symmetric, narrow range, per channel; activations int8 asymmetric.

    `observed` holds minimum and maximum of every activation over the calibration images.
    """
    dtype, first, last = "int8", -128, 127
    versions = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "ADD": 2, "MEAN": 2, "FULLY_CONNECTED": 4, "SOFTMAX": 2}

    def __init__(self, observed):
        self.observed = observed

    def range_of(self, name):
        return self.observed[name]

    def weights(self, weight, bias, input_scale, axis):
        if weight.ndim == 2:  # FULLY_CONNECTED was per tensor
            largest = np.array([np.abs(weight).max()])
        else:
            largest = np.abs(weight).max(tuple(a for a in range(weight.ndim) if a != axis))
        # A channel of nearly no weights must not give a scale so small that its bias leaves int32.
        scale = np.maximum(largest / 127, np.abs(bias).max() / (input_scale * 2.0**30)).astype(np.float32)
        shape = [-1 if a == axis and len(scale) > 1 else 1 for a in range(weight.ndim)]
        q = np.clip(np.rint(weight / scale.reshape(shape)), -127, 127).astype(np.int8)
        return q, scale, np.zeros(len(scale), int)


class GraphMaker:
    def __init__(self, scheme, graph):
        self.scheme, self.graph = scheme, graph

    def activation(self, name, shape, key=None, parameters=None):
        """An activation with the range known under `key`, or with given (scale, zero point)."""
        if parameters is None:
            parameters = scale_and_zero_point(*self.scheme.range_of(key), self.scheme.first, self.scheme.last)
        scale, zero_point = np.float32(parameters[0]), parameters[1]
        return self.graph.add(Tensor(
            name, shape, self.scheme.dtype, np.array([scale], np.float32), np.array([zero_point]),
            low=float(scale * (self.scheme.first - zero_point)), high=float(scale * (self.scheme.last - zero_point))))

    def parameters(self, index):
        tensor = self.graph.tensors[index]
        return tensor.scale[0], int(tensor.zero_point[0])

    def constant(self, name, values):
        data = np.array(values, np.int32)
        return self.graph.add(Tensor(name, list(data.shape), "int32", data=data))

    def operator(self, kind, inputs, output, **options):
        self.graph.operators.append(Operator(kind, self.scheme.versions[kind], inputs, output, options))
        return output

    def weights_and_bias(self, name, weight, bias, source, axis):
        """Adds both constants; the bias is int32 with scale input x weight."""
        input_scale = self.parameters(source)[0]
        q, scale, zero_point = self.scheme.weights(weight, bias, input_scale, axis)
        axis = axis if len(scale) > 1 else 0
        per_tensor = len(scale) == 1
        weights = self.graph.add(Tensor(
            f"{name}/weights", list(q.shape), self.scheme.dtype, scale, zero_point, axis,
            float(scale[0] * (int(q.min()) - zero_point[0])) if per_tensor else None,
            float(scale[0] * (int(q.max()) - zero_point[0])) if per_tensor else None, q))
        bias_scale = (input_scale * scale).astype(np.float32)
        quantized = np.rint(bias.astype(np.float64) / bias_scale)
        if np.abs(quantized).max() >= 2**31:
            raise OverflowError(f"{name}: bias leaves int32")
        biases = self.graph.add(Tensor(f"{name}/bias", [len(bias)], "int32", bias_scale,
                                       np.zeros(len(bias_scale), int), data=quantized.astype(np.int32)))
        return weights, biases

    def conv(self, unit, source):
        weight, bias = (v.detach().numpy().astype(np.float32) for v in unit.folded())
        # PyTorch [out, in, h, w]; TFLite [out, h, w, in], depthwise [1, h, w, channel].
        weight = weight.transpose((1, 2, 3, 0) if unit.depthwise else (0, 2, 3, 1))
        name = f"{self.graph.name}/{unit.name}"
        constants = self.weights_and_bias(name, weight, bias, source, 3 if unit.depthwise else 0)
        _, height, width, _ = self.graph.tensors[source].shape
        shape = [1, -(-height // unit.stride), -(-width // unit.stride), len(bias)]
        output = self.activation(f"{name}/{'Relu6' if unit.relu6 else 'BiasAdd'}", shape, unit.name)
        options = {"depth_multiplier": 1} if unit.depthwise else {}
        return self.operator("DEPTHWISE_CONV_2D" if unit.depthwise else "CONV_2D", [source, *constants], output,
                             padding="SAME", stride_w=unit.stride, stride_h=unit.stride,
                             activation="RELU6" if unit.relu6 else "NONE", **options)

    def body(self, net):
        """From the input to the last feature map."""
        first = self.scheme.first
        x = self.activation("input", [1, 28, 28, 1], parameters=(1 / 255, first))
        self.graph.inputs = [x]
        x = self.conv(net.stem, x)
        for block in net.blocks:
            y = x
            for unit in block.units:
                y = self.conv(unit, y)
            if block.range is not None:
                sum_of = self.activation(f"{self.graph.name}/{block.name}/add", list(self.graph.tensors[y].shape),
                                         f"{block.name}/add")
                y = self.operator("ADD", [x, y], sum_of, activation="NONE")
            x = y
        return self.conv(net.head, x)

    def softmax(self, logits):
        output = self.activation("probabilities", [1, 10], parameters=(1 / 256, self.scheme.first))
        self.graph.outputs = [self.operator("SOFTMAX", [logits], output, beta=1.0)]
        return self.graph


def runtime_version(text):
    """TFLite's metadata entry: 16 bytes, filled with zeros."""
    return text.encode().ljust(16, b"\0")


ORIGIN = (b"Sample of Requant, trained on Fashion-MNIST (Zalando SE, MIT). Input: 28x28 grey pixels 0..255. "
          b"How it was made: resources/sample/README.md")


def uint8_graph(net):
    """TensorFlow 1's operators: pool, 1x1 convolution, reshape, softmax."""
    graph = Graph("FashionMobilenet", "Requant sample: MobileNetV2-style, quantization-aware training, "
                  "uint8 asymmetric per tensor", metadata={"min_runtime_version": runtime_version("1.5.0"),
                                                           "sample_origin": ORIGIN})
    make = GraphMaker(Uint8PerTensor(net), graph)
    x = make.body(net)
    _, height, width, channels = graph.tensors[x].shape
    pooled = make.activation("FashionMobilenet/AvgPool", [1, 1, 1, channels], parameters=make.parameters(x))
    make.operator("AVERAGE_POOL_2D", [x], pooled, padding="VALID", stride_w=1, stride_h=1, filter_width=width,
                  filter_height=height, activation="NONE")
    logits = make.conv(net.logits, pooled)
    shape = make.constant("FashionMobilenet/Logits/shape", [1, 10])
    flat = make.activation("FashionMobilenet/Logits/Reshape", [1, 10], parameters=make.parameters(logits))
    make.operator("RESHAPE", [logits, shape], flat, new_shape=[1, 10])
    return make.softmax(flat)


def int8_graph(net, observed):
    """TensorFlow 2's operators: mean, fully connected, softmax; with a signature."""
    graph = Graph("FashionMobilenet", "Requant sample: MobileNetV2-style, quantized after training, "
                  "int8 per channel", metadata={"min_runtime_version": runtime_version("1.14.0"),
                                                "sample_origin": ORIGIN}, signature="serving_default")
    make = GraphMaker(Int8PerChannel(observed), graph)
    x = make.body(net)
    axes = make.constant("FashionMobilenet/AvgPool/axes", [1, 2])
    pooled = make.activation("FashionMobilenet/AvgPool", [1, graph.tensors[x].shape[3]], "AvgPool")
    make.operator("MEAN", [x, axes], pooled, keep_dims=0)
    weight, bias = (v.detach().numpy().astype(np.float32) for v in net.logits.folded())
    constants = make.weights_and_bias("FashionMobilenet/Logits", weight[:, :, 0, 0], bias, pooled, 0)
    logits = make.activation("FashionMobilenet/Logits/BiasAdd", [1, 10], net.logits.name)
    make.operator("FULLY_CONNECTED", [pooled, *constants], logits, activation="NONE")
    return make.softmax(logits)


def observe(net, inputs):
    """Minimum and maximum of every activation of the folded float network."""
    observed = {}

    def watch(name, x):
        low, high = (float(v) for v in torch.aminmax(x))
        before = observed.get(name, (0.0, 0.0))
        observed[name] = (min(before[0], low), max(before[1], high))

    net.eval()
    with torch.no_grad():
        for batch in inputs.split(500):
            net(batch, "folded", watch)
    return observed
