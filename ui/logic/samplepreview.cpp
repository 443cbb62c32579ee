// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/samplepreview.h"

#include "core/sim/pixelinput.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Samples)
};

QString number(double v)
{
    return QString::number(v, 'g', 4);
}

// The integer that a picture's pixel becomes where types are 8 bits wide.
std::optional<int> integerOf(const Tensor &t, int pixel)
{
    if (t.type == ElementType::UInt8)
        return pixel;
    if (t.type == ElementType::Int8)
        return pixel - 128;
    return {};
}

} // namespace

PixelMeaning pixelMeaning(const Tensor &input)
{
    PixelMeaning m;
    const auto integer = integerOf(input, 0);
    if (integer && input.quant.isQuantized() && !input.quant.isPerChannel() && input.quant.scale[0] > 0) {
        const double scale = double(input.quant.scale[0]), zero = double(input.quant.zeroPointAt(0));
        m.mean = zero - *integer;
        m.deviation = 1 / scale;
        m.known = true;
    } else {
        m.mean = m.deviation = 127.5;
    }
    m.low = (0 - m.mean) / m.deviation;
    m.high = (255 - m.mean) / m.deviation;
    return m;
}

QString pixelText(const Tensor &meaning, const Tensor &input)
{
    const PixelMeaning m = pixelMeaning(meaning);
    QString text =
        m.known
            ? Words::tr("Pixels 0 to 255 stand for %1 to %2: (pixel \u2212 %3) / %4, as the input's quantization says.")
            : Words::tr(
                "Pixels 0 to 255 are taken for %1 to %2: (pixel \u2212 %3) / %4; the input does not say otherwise.");
    text = text.arg(number(m.low), number(m.high), number(m.mean), number(m.deviation));
    if (const auto first = integerOf(meaning, 0);
        first && meaning.type == input.type && meaning.quant.sameGrid(input.quant))
        text += u' '
                + (*first == 0 ? Words::tr("They are the input's integers themselves.")
                               : Words::tr("The input's integers are the pixels minus 128."));
    return text;
}

SamplePreview previewOf(const Model &model, std::span<const std::byte> bytes)
{
    SamplePreview out;
    if (model.subgraphs.empty() || model.subgraphs.front().inputs.empty())
        return out;
    const Subgraph &g = model.subgraphs.front();
    const Tensor &input = g.tensor(g.inputs[0]);
    const Tensor meaning = pixelInputs(model).front();
    out.shape = QStringLiteral("%1 %2").arg(QString::fromStdString(shapeText(input.shape)), typeText(input.type));
    const std::vector<float> real = dequantize(bytes, input);
    double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
    for (const float v : real) {
        low = std::min(low, double(v));
        high = std::max(high, double(v));
        sum += double(v);
    }
    if (!real.empty())
        out.values = Words::tr("real values %1 to %2, mean %3")
                         .arg(number(low), number(high), number(sum / double(real.size())));
    const bool picture = input.shape.size() == 4 && input.shape[0] == 1 && (input.shape[3] == 1 || input.shape[3] == 3)
                         && input.shape[1] > 1 && input.shape[2] > 1;
    if (!picture)
        return out;
    out.meaning = pixelText(meaning, input);
    const PixelMeaning m = pixelMeaning(meaning);
    const int height = input.shape[1], width = input.shape[2], channels = input.shape[3];
    out.picture = QImage(width, height, QImage::Format_RGB888);
    for (int y = 0; y < height; ++y) {
        uchar *line = out.picture.scanLine(y);
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const std::size_t at = (std::size_t(y) * std::size_t(width) + std::size_t(x)) * std::size_t(channels)
                                       + std::size_t(channels == 3 ? c : 0);
                const double pixel = std::round(double(real[at]) * m.deviation + m.mean);
                line[3 * x + c] = uchar(std::clamp(pixel, 0.0, 255.0));
            }
        }
    }
    return out;
}

} // namespace requant
