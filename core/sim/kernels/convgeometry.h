// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes of a convolution on NHWC tensors.
#pragma once

namespace requant {

struct ConvGeometry
{
    int batch = 1;
    int inH = 1, inW = 1, inC = 1;
    int outH = 1, outW = 1, outC = 1;
    int kernelH = 1, kernelW = 1;
    int strideH = 1, strideW = 1;
    int dilationH = 1, dilationW = 1;
    int padTop = 0, padLeft = 0;
    int groups = 1; // for a depthwise convolution: inC

    // TFLite's rule for one dimension: SAME gives ceil(in / stride), VALID what fits.
    static int outputSize(bool same, int in, int kernel, int stride, int dilation);
    // No sum of positions in one dimension leaves int.
    static bool fitsInt(int in, int kernel, int stride, int dilation);
    static int padBefore(int in, int out, int kernel, int stride, int dilation);
};

} // namespace requant
