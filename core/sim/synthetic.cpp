// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/synthetic.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace requant {

namespace {

constexpr Message kNoInputShape{"sim.synthetic-input", "no synthetic inputs for '%1': %2"};

// The standard's distributions differ between libraries; these do not.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    double uniform() { return static_cast<double>(m_engine() >> 11) * 0x1.0p-53; }
    double between(double lo, double hi) { return lo + (hi - lo) * uniform(); }

private:
    std::mt19937_64 m_engine;
};

struct Picture
{
    std::size_t height = 1, width = 1, channels = 1;
    std::vector<double> values; // [height][width][channels], about 0..1
};

// Sum of bilinearly interpolated random lattices; the amplitude falls with the frequency.
std::vector<double> octaveNoise(std::size_t h, std::size_t w, Random &random)
{
    std::vector<double> out(h * w, 0.0);
    const double longest = static_cast<double>(std::max(h, w));
    for (double cell = longest; cell >= 1.0; cell /= 2) {
        const auto rows = static_cast<std::size_t>(static_cast<double>(h) / cell) + 2;
        const auto columns = static_cast<std::size_t>(static_cast<double>(w) / cell) + 2;
        std::vector<double> lattice(rows * columns);
        for (double &v : lattice)
            v = random.between(-1, 1);
        const double amplitude = cell / longest;
        for (std::size_t y = 0; y < h; ++y) {
            const double fy = static_cast<double>(y) / cell;
            const auto y0 = static_cast<std::size_t>(fy);
            const double ty = fy - static_cast<double>(y0);
            for (std::size_t x = 0; x < w; ++x) {
                const double fx = static_cast<double>(x) / cell;
                const auto x0 = static_cast<std::size_t>(fx);
                const double tx = fx - static_cast<double>(x0);
                const double *a = &lattice[y0 * columns + x0];
                const double *b = a + columns;
                out[y * w + x] += amplitude * ((a[0] * (1 - tx) + a[1] * tx) * (1 - ty) + (b[0] * (1 - tx) + b[1] * tx) * ty);
            }
        }
    }
    return out;
}

void noisePicture(Picture &p, Random &random)
{
    const std::vector<double> light = octaveNoise(p.height, p.width, random);
    const double contrast = random.between(0.25, 0.9);
    const double middle = random.between(0.3, 0.7);
    for (std::size_t c = 0; c < p.channels; ++c) {
        // Channels of a photograph are strongly correlated.
        const std::vector<double> tint = octaveNoise(p.height, p.width, random);
        const double offset = random.between(-0.1, 0.1);
        for (std::size_t i = 0; i < light.size(); ++i)
            p.values[i * p.channels + c] = middle + offset + contrast * (light[i] + 0.25 * tint[i]);
    }
}

void plainPicture(Picture &p, Random &random)
{
    // Black, white or grey: studio backgrounds, padding, drawings.
    const double u = random.uniform();
    std::fill(p.values.begin(), p.values.end(), u < 0.4 ? 0.0 : u < 0.8 ? 1.0 : random.uniform());
}

void scatterLeaves(Picture &p, int leaves, Random &random)
{
    const double size = static_cast<double>(std::max(p.height, p.width));
    std::vector<double> colour(p.channels);
    for (int leaf = 0; leaf < leaves; ++leaf) {
        // Radii with density ~ r^-3, the scale-invariant choice.
        const double smallest = 0.015 * size, largest = 0.4 * size;
        const double u = random.uniform();
        const double r = 1 / std::sqrt(u / (smallest * smallest) + (1 - u) / (largest * largest));
        const double cy = random.between(0, static_cast<double>(p.height));
        const double cx = random.between(0, static_cast<double>(p.width));
        const double light = random.uniform();
        for (double &c : colour)
            c = light + random.between(-0.2, 0.2);
        const double slope = random.between(-0.3, 0.3) / r;
        const auto y0 = static_cast<std::size_t>(std::max(0.0, cy - r));
        const auto y1 = std::min(p.height, static_cast<std::size_t>(std::max(0.0, cy + r)) + 1);
        const auto x0 = static_cast<std::size_t>(std::max(0.0, cx - r));
        const auto x1 = std::min(p.width, static_cast<std::size_t>(std::max(0.0, cx + r)) + 1);
        for (std::size_t y = y0; y < y1; ++y) {
            for (std::size_t x = x0; x < x1; ++x) {
                const double dy = static_cast<double>(y) - cy, dx = static_cast<double>(x) - cx;
                if (dy * dy + dx * dx > r * r)
                    continue;
                for (std::size_t c = 0; c < p.channels; ++c)
                    p.values[(y * p.width + x) * p.channels + c] = colour[c] + slope * dx;
            }
        }
    }
}

std::vector<std::byte> encode(const Picture &p, const Tensor &t, std::size_t count)
{
    std::vector<std::byte> out(byteSize(t.type, count));
    const auto put = [&](std::size_t i, auto v) { std::memcpy(out.data() + i * sizeof v, &v, sizeof v); };
    for (std::size_t i = 0; i < count; ++i) {
        const double pixel = std::clamp(std::round(255 * p.values[i % p.values.size()]), 0.0, 255.0);
        switch (t.type) {
        case ElementType::UInt8: put(i, static_cast<std::uint8_t>(pixel)); break;
        case ElementType::Int8: put(i, static_cast<std::int8_t>(pixel - 128)); break;
        case ElementType::Int16: put(i, static_cast<std::int16_t>((pixel - 128) * 256)); break;
        default: put(i, static_cast<float>(pixel / 127.5 - 1)); break;
        }
    }
    return out;
}

Picture pictureFor(const Shape &shape)
{
    Picture p;
    // [batch, height, width, channels]; lower ranks are a picture of one row.
    const auto dim = [&](std::size_t fromEnd) {
        return shape.size() > fromEnd ? static_cast<std::size_t>(std::max(1, shape[shape.size() - 1 - fromEnd])) : std::size_t{1};
    };
    if (shape.size() >= 4) {
        p = {dim(2), dim(1), dim(0), {}};
    } else {
        p = {dim(1), dim(0), 1, {}};
    }
    p.values.assign(p.height * p.width * p.channels, 0.5);
    return p;
}

} // namespace

Result<SampleSet> syntheticSamples(const Model &model, std::size_t count, std::uint64_t seed)
{
    if (model.subgraphs.empty() || model.subgraphs.front().inputs.empty())
        return makeError(kNoInputShape, {"", "the model has no inputs"});
    std::vector<Tensor> inputs;
    for (TensorIndex t : model.subgraphs.front().inputs) {
        const Tensor &tensor = model.subgraphs.front().tensor(t);
        const bool known = tensor.type == ElementType::UInt8 || tensor.type == ElementType::Int8
            || tensor.type == ElementType::Int16 || tensor.type == ElementType::Float32;
        if (!known)
            return makeError(kNoInputShape, {tensor.name, "inputs of type " + std::string(typeName(tensor.type))});
        if (elementCount(tensor.shape) <= 0 || elementCount(tensor.shape) > (std::int64_t{1} << 24))
            return makeError(kNoInputShape, {tensor.name, "shape " + shapeText(tensor.shape)});
        inputs.push_back(tensor);
    }
    auto make = [inputs, seed](std::size_t i) {
        std::vector<std::vector<std::byte>> sample;
        Random random(seed * 1000003 + i);
        for (const Tensor &t : inputs) {
            Picture p = pictureFor(t.shape);
            const bool picture = p.height > 1;
            switch (picture ? i % 4 : 0) {
            case 1:
                noisePicture(p, random);
                scatterLeaves(p, 250, random);
                break;
            case 3:
                plainPicture(p, random);
                scatterLeaves(p, 2 + static_cast<int>(random.between(0, 12)), random);
                break;
            default: noisePicture(p, random); break;
            }
            sample.push_back(encode(p, t, static_cast<std::size_t>(elementCount(t.shape))));
        }
        return sample;
    };
    return SampleSet::generated(model, count, "synthetic pictures", std::move(make));
}

} // namespace requant
