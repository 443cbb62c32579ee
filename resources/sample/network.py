# SPDX-License-Identifier: GPL-3.0-or-later
"""A small MobileNetV2 for 28x28 grey images, and the fake quantization it is trained with.

Every convolution is a ConvUnit. A unit runs as convolution + batch normalisation while the float network is
trained, and as one convolution with batch normalisation folded into its weights while quantization is trained.
"""

import torch
from torch import nn
from torch.nn import functional

# expansion, output channels, repeats, stride of the first: the table of the MobileNetV2 paper (section 4), made small.
BLOCKS = [(1, 16, 1, 1), (4, 24, 2, 1), (4, 40, 3, 2), (4, 56, 2, 1)]
STEM_CHANNELS = 24
HEAD_CHANNELS = 192
CLASSES = 10


def scale_and_zero_point(low, high, first, last):
    """Affine parameters for [low, high] on integers first..last, low <= 0 <= high.

    The zero point is moved to the nearest integer ("nudged") so that real 0 has no error; the scale stays as it is.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max(high - low, 1e-6) / (last - first)
    zero_point = int(round(first - low / scale))
    return scale, max(first, min(last, zero_point))


class ActivationRange(nn.Module):
    """Moving average of minimum and maximum of one tensor; quantizes to uint8 with them."""

    def __init__(self, decay=0.99):
        super().__init__()
        self.decay = decay
        self.frozen = False
        self.low = self.high = None

    def observe(self, x):
        low, high = (float(v) for v in torch.aminmax(x.detach()))
        if self.low is None:
            self.low, self.high = low, high
        else:
            self.low += (1 - self.decay) * (low - self.low)
            self.high += (1 - self.decay) * (high - self.high)

    def parameters_uint8(self):
        return scale_and_zero_point(self.low, self.high, 0, 255)

    def forward(self, x):
        if self.training and not self.frozen:
            self.observe(x)
        return torch.fake_quantize_per_tensor_affine(x, *self.parameters_uint8(), 0, 255)


class ConvUnit(nn.Module):
    """Convolution (SAME padding), batch normalisation unless has_norm is false, ReLU6 if asked, range of the result."""

    def __init__(self, name, inputs, outputs, kernel, stride=1, depthwise=False, relu6=True, has_norm=True):
        super().__init__()
        self.name, self.kernel, self.stride, self.depthwise, self.relu6 = name, kernel, stride, depthwise, relu6
        self.groups = inputs if depthwise else 1
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=self.groups, bias=not has_norm)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03) if has_norm else None
        self.range = ActivationRange()

    def pad(self, x):
        """TensorFlow's SAME: the odd row and column go to the bottom and right."""
        total = [max((-(-n // self.stride) - 1) * self.stride + self.kernel - n, 0) for n in x.shape[2:]]
        if not any(total):
            return x
        return functional.pad(x, (total[1] // 2, total[1] - total[1] // 2, total[0] // 2, total[0] - total[0] // 2))

    def folded(self):
        """Weights and bias with batch normalisation (moving statistics) multiplied in."""
        if self.norm is None:
            return self.conv.weight, self.conv.bias
        factor = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return self.conv.weight * factor[:, None, None, None], self.norm.bias - self.norm.running_mean * factor

    def forward(self, x, mode):
        x = self.pad(x)
        if mode == "train":
            x = self.conv(x)
            x = self.norm(x) if self.norm is not None else x
        else:
            weight, bias = self.folded()
            if mode == "quantized":
                weight = fake_quantize_weights(weight)
            x = functional.conv2d(x, weight, bias, self.stride, groups=self.groups)
        return functional.relu6(x) if self.relu6 else x


def weight_parameters_uint8(weight):
    """Per tensor, asymmetric, narrow range: integers 1..255, as TensorFlow 1 trained them."""
    low, high = (float(v) for v in torch.aminmax(weight.detach()))
    return scale_and_zero_point(low, high, 1, 255)


def fake_quantize_weights(weight):
    return torch.fake_quantize_per_tensor_affine(weight, *weight_parameters_uint8(weight), 1, 255)


class InvertedResidual(nn.Module):
    """Expand (1x1), filter (depthwise 3x3), project (1x1, linear); adds its input where shapes agree."""

    def __init__(self, name, inputs, outputs, expansion, stride):
        super().__init__()
        self.name = name
        inner = inputs * expansion
        self.units = nn.ModuleList()
        if expansion != 1:
            self.units.append(ConvUnit(f"{name}/expand", inputs, inner, 1))
        self.units.append(ConvUnit(f"{name}/depthwise", inner, inner, 3, stride, depthwise=True))
        self.units.append(ConvUnit(f"{name}/project", inner, outputs, 1, relu6=False))
        self.range = ActivationRange() if stride == 1 and inputs == outputs else None


class FashionMobilenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = ConvUnit("Conv", 1, STEM_CHANNELS, 3, stride=2)
        blocks, channels = [], STEM_CHANNELS
        for expansion, outputs, repeats, stride in BLOCKS:
            for i in range(repeats):
                name = "expanded_conv" + (f"_{len(blocks)}" if blocks else "")
                blocks.append(InvertedResidual(name, channels, outputs, expansion, stride if i == 0 else 1))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = ConvUnit("Conv_1", channels, HEAD_CHANNELS, 1)
        self.logits = ConvUnit("Logits", HEAD_CHANNELS, CLASSES, 1, relu6=False, has_norm=False)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mode="train", watch=None):
        """x: [n, 1, 28, 28] in 0..1. mode: "train" (float, batch statistics), "folded" (float) or "quantized".

        watch(name, tensor) is called with every activation in mode "folded".
        """
        def after(owner, name, y):
            if watch is not None:
                watch(name, y)
            return owner.range(y) if mode == "quantized" else y

        def unit(u, y):
            return after(u, u.name, u(y, mode))

        # Pixels are 0..255 with scale 1/255: the input needs no fake quantization.
        x = unit(self.stem, x)
        for block in self.blocks:
            y = x
            for u in block.units:
                y = unit(u, y)
            x = after(block, f"{block.name}/add", x + y) if block.range is not None else y
        x = unit(self.head, x)
        x = x.mean((2, 3), keepdim=True)
        if watch is not None:
            watch("AvgPool", x)
        if mode == "quantized":
            # The pool keeps its input's scale and rounds; the range must not observe it.
            x = torch.fake_quantize_per_tensor_affine(x, *self.head.range.parameters_uint8(), 0, 255)
        x = self.dropout(x) if mode == "train" else x
        return unit(self.logits, x).flatten(1)

    def ranges(self):
        return [m for m in self.modules() if isinstance(m, ActivationRange)]
