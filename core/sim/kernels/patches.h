// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs of one output pixel of a convolution as a row: [kernelH][kernelW][channels].
#pragma once

#include "core/sim/kernels/convgeometry.h"

#include <algorithm>
#include <cstddef>

namespace requant {

inline std::size_t patchSize(int v) { return static_cast<std::size_t>(v); }

template <class In>
struct Patches
{
    const ConvGeometry &g;
    const In *in; // the first of the batch
    int firstChannel, channels;
};

// For output pixels [first, first + count) of the batch, rows[r * stride] on: copy(to, from, n) and fill(to, n) in order.
template <class In, class Element, class Copy, class Fill>
inline __attribute__((always_inline)) void forPatches(const Patches<In> &p, std::size_t first, std::size_t count, Element *rows, std::size_t stride, Copy &&copy, Fill &&fill)
{
    const ConvGeometry g = p.g; // copied: stores of bytes may not seem to change it
    const int channels = p.channels, firstChannel = p.firstChannel;
    const std::size_t perImage = patchSize(g.outH) * patchSize(g.outW), imageSize = patchSize(g.inH) * patchSize(g.inW) * patchSize(g.inC);
    const In *image = p.in + first / perImage * imageSize;
    int oy = static_cast<int>(first % perImage / patchSize(g.outW)), ox = static_cast<int>(first % patchSize(g.outW));
    const bool isRun = g.dilationW == 1 && channels == g.inC; // taps of one line are neighbours
    for (std::size_t r = 0; r < count; ++r) {
        Element *to = rows + r * stride;
        const int y0 = oy * g.strideH - g.padTop, x0 = ox * g.strideW - g.padLeft;
        const int before = std::clamp(-x0, 0, g.kernelW), after = std::clamp(x0 + g.kernelW - g.inW, 0, g.kernelW - before);
        const int taps = g.kernelW - before - after;
        for (int ky = 0; ky < g.kernelH; ++ky) {
            const int y = y0 + ky * g.dilationH;
            if (y < 0 || y >= g.inH) {
                fill(to, patchSize(g.kernelW * channels));
                to += g.kernelW * channels;
                continue;
            }
            const In *line = image + static_cast<std::ptrdiff_t>(y) * g.inW * g.inC;
            if (isRun) {
                if (before > 0)
                    fill(to, patchSize(before * channels));
                to += before * channels;
                if (taps > 0)
                    copy(to, line + static_cast<std::ptrdiff_t>(x0 + before) * g.inC, patchSize(taps * channels));
                to += taps * channels;
                if (after > 0)
                    fill(to, patchSize(after * channels));
                to += after * channels;
                continue;
            }
            for (int kx = 0; kx < g.kernelW; ++kx, to += channels) {
                const int x = x0 + kx * g.dilationW;
                if (x < 0 || x >= g.inW)
                    fill(to, patchSize(channels));
                else
                    copy(to, line + static_cast<std::ptrdiff_t>(x) * g.inC + firstChannel, patchSize(channels));
            }
        }
        if (++ox == g.outW) {
            ox = 0;
            if (++oy == g.outH) {
                oy = 0;
                image += imageSize;
            }
        }
    }
}

} // namespace requant
