// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/resize.h"

#include "core/sim/kernels/bilinear.h"
#include "core/sim/kernels/moving.h"

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

struct ResizeShape
{
    std::size_t batch, inH, inW, outH, outW, channels;
    bool alignCorners, halfPixel;
};

Result<ResizeShape> resizeShape(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Shape &in = s.input(0).shape, &out = s.output().shape;
    if (s.input(0).type != s.output().type || in.size() != 4 || out.size() != 4 || in[0] != out[0] || in[3] != out[3] || in[1] < 1 || in[2] < 1)
        return s.unsupported("the shapes or types do not fit");
    constexpr std::int32_t kLongest = 1 << 20; // tables are made for every row and column
    if (std::max({in[1], in[2], out[1], out[2]}) > kLongest)
        return s.unsupported("pictures longer than a million pixels");
    const bool align = s.option("align_corners") != 0, half = s.option("half_pixel_centers") != 0;
    if (align && half && s.op().code == Op::ResizeBilinear)
        return s.unsupported("corners aligned and pixels centred at once: TFLite refuses the network");
    return ResizeShape{sizeOf(in[0]), sizeOf(in[1]), sizeOf(in[2]), sizeOf(out[1]), sizeOf(out[2]), sizeOf(in[3]), align, half};
}

// A kernel that also looks whether the wanted size is the declared one.
template <class Run>
Result<Kernel> sizedKernel(const KernelSetup &s, Run run)
{
    struct Nothing
    {
    };
    return plannedKernel<Nothing>(
        s, {1},
        [out = s.output().shape](const IntInputs::Lists &lists, Nothing &) -> const char * {
            const IntInputs::List &size = lists[0];
            return size.size == 2 && size[0] == out[1] && size[1] == out[2] ? nullptr : "the output's declared shape is not the wanted size";
        },
        [run](const KernelRun &r, const Nothing &) { run(r); });
}

// ---- bilinear: where output indices look -------------------------------------------------------------------------

enum class Form { Real, Fixed10, Delegate };

float realScale(std::size_t from, std::size_t to, bool align)
{
    return align && to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : static_cast<float>(from) / static_cast<float>(to);
}

Tap realTap(std::size_t i, std::size_t from, std::size_t to, bool align, bool half)
{
    const float scale = realScale(from, to, align);
    const float at = half ? (static_cast<float>(i) + 0.5f) * scale - 0.5f : static_cast<float>(i) * scale;
    const auto last = static_cast<float>(from - 1);
    Tap tap;
    tap.first = static_cast<std::uint32_t>(std::clamp(std::floor(at), 0.0f, last));
    tap.second = static_cast<std::uint32_t>(std::clamp(std::ceil(at), 0.0f, last));
    tap.real1 = at - static_cast<float>(tap.first);
    tap.real0 = 1 - tap.real1;
    return tap;
}

void setWeight(Tap &tap, std::int64_t fraction, int bits)
{
    tap.weight1 = tap.first == tap.second ? 0 : static_cast<std::int32_t>(fraction);
    tap.weight0 = (1 << bits) - tap.weight1;
}

Tap fixed10Tap(std::size_t index, std::size_t from, std::size_t to, bool align, bool half)
{
    const auto i = static_cast<std::int64_t>(index), last = static_cast<std::int64_t>(from) - 1;
    const std::int64_t n = align && to > 1 ? last : last + 1, m = static_cast<std::int64_t>(to) - (align && to > 1 ? 1 : 0);
    const std::int64_t scale = (1024 * n + m / 2) / m;
    const std::int64_t at = half ? i * scale + scale / 2 - 512 : i * scale;
    Tap tap;
    tap.first = static_cast<std::uint32_t>(std::clamp<std::int64_t>(at / 1024, 0, last));
    tap.second = static_cast<std::uint32_t>(std::clamp<std::int64_t>((at + 1023) / 1024, 0, last));
    setWeight(tap, at - 1024 * static_cast<std::int64_t>(tap.first), 10);
    return tap;
}

// Fractions as reals and in 11 bits.
Tap delegateTap(std::size_t i, std::size_t from, std::size_t to, bool align, bool half)
{
    const float scale = realScale(from, to, align), last = static_cast<float>(from - 1);
    const float at = half ? static_cast<float>(i) * scale + (0.5f * scale - 0.5f) : static_cast<float>(i) * scale;
    const float inside = std::clamp(at, 0.0f, half ? last : static_cast<float>(from));
    Tap tap;
    tap.first = std::min(static_cast<std::uint32_t>(inside), static_cast<std::uint32_t>(from - 1));
    tap.second = std::min(tap.first + 1, static_cast<std::uint32_t>(from - 1));
    tap.real1 = inside - static_cast<float>(tap.first);
    tap.real0 = 1 - tap.real1;
    setWeight(tap, std::lrint(tap.real1 * 2048.0f), 11);
    return tap;
}

std::vector<Tap> taps(Form form, std::size_t from, std::size_t to, const ResizeShape &p)
{
    std::vector<Tap> result(to);
    for (std::size_t i = 0; i < to; ++i)
        result[i] = form == Form::Real      ? realTap(i, from, to, p.alignCorners, p.halfPixel)
                    : form == Form::Fixed10 ? fixed10Tap(i, from, to, p.alignCorners, p.halfPixel)
                                            : delegateTap(i, from, to, p.alignCorners, p.halfPixel);
    return result;
}

// Only columns that some output looks at are mixed: runs of them, one after another in the mixed row.
struct ColumnRun
{
    std::size_t first, count; // pixels
};

struct Bilinear
{
    ResizeShape shape;
    std::vector<Tap> rows, columns; // of columns: pixels of the mixed row
    std::vector<ColumnRun> runs;
    std::size_t mixed = 0; // pixels of the mixed row
    int shift = 20;
    FixedRounding rounding = FixedRounding::Double;
    SimdLevel simd = SimdLevel::Scalar;

    Bilinear(const ResizeShape &p, Form form) : shape(p), rows(taps(form, p.inH, p.outH, p)), columns(taps(form, p.inW, p.outW, p))
    {
        std::vector<std::uint32_t> place(p.inW, 0); // 1: used; then the place in the mixed row
        for (const Tap &t : columns)
            place[t.first] = place[t.second] = 1;
        for (std::size_t x = 0; x < p.inW; ++x) {
            if (place[x] == 0)
                continue;
            if (runs.empty() || runs.back().first + runs.back().count != x)
                runs.push_back({x, 0});
            ++runs.back().count;
            place[x] = static_cast<std::uint32_t>(mixed++);
        }
        for (Tap &t : columns) {
            t.first = place[t.first];
            t.second = place[t.second];
        }
        shift = form == Form::Delegate ? 22 : 20;
        simd = simdLevel();
    }
};

// Calls f(first input row, second input row, tap, row's outputs, scratch) for every row of outputs.
template <class T, class F>
void forOutputRows(const KernelRun &r, const Bilinear &b, F &&f)
{
    const ResizeShape &p = b.shape;
    const std::size_t inRow = p.inW * p.channels, outRow = p.outW * p.channels;
    if (outRow == 0)
        return;
    r.parallel(p.batch * p.outH, 16384 / outRow + 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) {
        for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
            const T *picture = r.input<T>(0) + row / p.outH * p.inH * inRow;
            const Tap &tap = b.rows[row % p.outH];
            f(picture + tap.first * inRow, picture + tap.second * inRow, tap, r.output<T>() + row * outRow, scratch);
        }
    });
}

template <class T>
Kernel fixedKernel(std::shared_ptr<const Bilinear> b)
{
    return [b](const KernelRun &r) {
        forOutputRows<T>(r, *b, [&](const T *first, const T *second, const Tap &tap, T *out, Scratch &scratch) {
            const std::size_t channels = b->shape.channels;
            auto *mixed = reinterpret_cast<std::int32_t *>(scratch.get((b->mixed * channels + kMixPadding) * sizeof(std::int32_t)));
            std::size_t at = 0;
            for (const ColumnRun &run : b->runs) {
                mixRows(b->simd, first + run.first * channels, second + run.first * channels, tap, run.count * channels, mixed + at);
                at += run.count * channels;
            }
            mixColumns(b->simd, mixed, std::span<const Tap>(b->columns), channels, b->shift, b->rounding, out);
        });
    };
}

template <class T>
Kernel realKernel(std::shared_ptr<const Bilinear> b)
{
    return [b](const KernelRun &r) {
        forOutputRows<T>(r, *b, [&](const T *first, const T *second, const Tap &tap, T *out, Scratch &scratch) {
            const std::size_t channels = b->shape.channels, n = b->mixed * channels + kMixPadding;
            auto *scaled0 = reinterpret_cast<float *>(scratch.get(2 * n * sizeof(float)));
            float *scaled1 = scaled0 + n;
            std::size_t at = 0;
            for (const ColumnRun &run : b->runs) {
                scaleRows(b->simd, first + run.first * channels, second + run.first * channels, tap, run.count * channels, scaled0 + at, scaled1 + at);
                at += run.count * channels;
            }
            sumColumns(b->simd, scaled0, scaled1, std::span<const Tap>(b->columns), channels, out);
        });
    };
}

Kernel delegateKernel(const ResizeShape &p)
{
    return [rows = taps(Form::Delegate, p.inH, p.outH, p), columns = taps(Form::Delegate, p.inW, p.outW, p), p](const KernelRun &r) {
        const std::size_t inRow = p.inW * p.channels, outRow = p.outW * p.channels;
        forRows(r, p.batch * p.outH, outRow, 32, [&](std::size_t begin, std::size_t end) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const float *picture = r.input<float>(0) + row / p.outH * p.inH * inRow;
                const Tap &tap = rows[row % p.outH];
                mixFloats(picture + tap.first * inRow, picture + tap.second * inRow, tap, columns, p.channels, r.output<float>() + row * outRow);
            }
        });
    };
}

// ---- nearest -----------------------------------------------------------------------------------------------------

std::size_t nearest(std::size_t i, std::size_t from, std::size_t to, const ResizeShape &p)
{
    const float at = (static_cast<float>(i) + (p.halfPixel ? 0.5f : 0.0f)) * realScale(from, to, p.alignCorners);
    return static_cast<std::size_t>(std::min(p.alignCorners ? std::round(at) : std::floor(at), static_cast<float>(from - 1)));
}

// TFLite's optimized kernel for uint8.
std::size_t nearestFixed(std::size_t i, std::size_t from, std::size_t to)
{
    return std::min(i * ((from << 16) / to + 1) >> 16, from - 1);
}

} // namespace

Result<Kernel> makeResizeBilinear(const KernelSetup &s)
{
    const auto shape = resizeShape(s);
    if (!shape)
        return shape.error();
    const ElementType type = s.input(0).type;
    const bool delegated = s.isXnnpack() && (is8Bit(type) || type == ElementType::Float32) && s.isConstant(1) && s.input(1).type == ElementType::Int32;
    const bool real = type == ElementType::Float32 || (type == ElementType::UInt8 && !delegated && !isShift(s.arithmetic()));
    if (type != ElementType::Float32 && !isQuantizedActivation(type))
        return s.unsupported("type " + std::string(typeName(type)));
    if (s.checkOnly())
        return sizedKernel(s, [](const KernelRun &) {});
    if (delegated && type == ElementType::Float32)
        return sizedKernel(s, delegateKernel(*shape));
    auto b = std::make_shared<Bilinear>(*shape, real ? Form::Real : delegated ? Form::Delegate : Form::Fixed10);
    b->rounding = delegated ? FixedRounding::HalfUp : s.rounding();
    switch (type) {
    case ElementType::Float32: return sizedKernel(s, realKernel<float>(std::move(b)));
    case ElementType::UInt8: return sizedKernel(s, real ? realKernel<std::uint8_t>(std::move(b)) : fixedKernel<std::uint8_t>(std::move(b)));
    case ElementType::Int8: return sizedKernel(s, fixedKernel<std::int8_t>(std::move(b)));
    default: return sizedKernel(s, fixedKernel<std::int16_t>(std::move(b)));
    }
}

Result<Kernel> makeResizeNearest(const KernelSetup &s)
{
    const auto shape = resizeShape(s);
    if (!shape)
        return shape.error();
    const auto bits = movedBits(s, {&s.input(0), &s.output()});
    if (!bits)
        return bits.error();
    const ResizeShape &p = *shape;
    const bool fixed = s.isXnnpack() && s.input(0).type == ElementType::UInt8 && !p.alignCorners && !p.halfPixel;
    std::vector<std::size_t> ys(p.outH), xs(p.outW);
    for (std::size_t y = 0; y < ys.size(); ++y)
        ys[y] = fixed ? nearestFixed(y, p.inH, p.outH) : nearest(y, p.inH, p.outH, p);
    for (std::size_t x = 0; x < xs.size(); ++x)
        xs[x] = fixed ? nearestFixed(x, p.inW, p.outW) : nearest(x, p.inW, p.outW, p);
    return sizedKernel(s, [p, ys, xs, bits = *bits](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        const std::size_t outRow = p.outW * p.channels;
        if (outRow == 0)
            return;
        clearTail(to, p.batch * p.outH * outRow, bits);
        forRows(r, p.batch * p.outH, outRow, bits, [&](std::size_t begin, std::size_t end) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t y = row % p.outH;
                if (row > begin && y > 0 && ys[y] == ys[y - 1]) {
                    moveElements(to, row * outRow, to, (row - 1) * outRow, outRow, bits);
                    continue;
                }
                const std::size_t from = (row / p.outH * p.inH + ys[y]) * p.inW;
                for (std::size_t x = 0; x < xs.size(); ++x)
                    moveElements(to, row * outRow + x * p.channels, r.in[0], (from + xs[x]) * p.channels, p.channels, bits);
            }
        });
    });
}

} // namespace requant
