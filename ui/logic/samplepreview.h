// SPDX-License-Identifier: GPL-3.0-or-later
// What the network sees of a sample: the picture after resizing and cropping, as the input's integers, and what pixels
// mean to it.
#pragma once

#include "core/sim/samples.h"

#include <QImage>
#include <QString>

#include <optional>

namespace requant {

// What the input's quantization says of pixels 0..255: real = (pixel - mean) / deviation.
struct PixelMeaning
{
    double mean = 0, deviation = 1;
    double low = 0, high = 0; // real values of pixels 0 and 255
    bool known = false;       // false: float input or no grid, taken as -1..1
};
PixelMeaning pixelMeaning(const Tensor &input);
// "Pixels 0 to 255 are the integers -128 to 127 and stand for -1 to 1: (pixel - 127.5) / 127.5."
QString pixelText(const Tensor &meaning, const Tensor &input);

struct SamplePreview
{
    QImage picture; // null where the input is no picture
    QString shape;  // "1x28x28x1 uint8"
    QString values; // "smallest 0, largest 255, mean 72.9; real 0 to 1"
    QString meaning;
};
// Of graph input 0. `bytes` are the sample's in the types of the model.
SamplePreview previewOf(const Model &, std::span<const std::byte> bytes);

} // namespace requant
