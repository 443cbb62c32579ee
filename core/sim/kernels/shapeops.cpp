// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/fixedpoint.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

namespace requant {
namespace {

std::size_t size(std::int64_t v) { return v > 0 ? static_cast<std::size_t>(v) : 0; }

// Whole bytes per element, or 0.
std::size_t elementBytes(ElementType t)
{
    const std::size_t bits = bitWidth(t);
    return bits % 8 == 0 ? bits / 8 : 0;
}

std::vector<std::size_t> rowMajorSteps(const Shape &shape)
{
    std::vector<std::size_t> steps(shape.size(), 1);
    for (std::size_t d = shape.size(); d-- > 1;)
        steps[d - 1] = steps[d] * size(shape[d]);
    return steps;
}

// Output element i comes from input element start + sum of index * step: every gather with affine offsets.
struct AffineGather
{
    Shape out;
    std::vector<std::ptrdiff_t> steps;
    std::ptrdiff_t start = 0;
};

Kernel gatherKernel(AffineGather g, std::size_t bytes)
{
    return [g = std::move(g), bytes](const KernelRun &r) {
        const std::byte *in = r.input<std::byte>(0);
        std::byte *out = r.output<std::byte>();
        const std::size_t total = size(elementCount(g.out));
        if (total == 0)
            return;
        if (g.out.empty()) {
            std::memcpy(out, in + g.start * static_cast<std::ptrdiff_t>(bytes), bytes);
            return;
        }
        const std::size_t last = g.out.size() - 1, run = size(g.out[last]);
        std::vector<std::int32_t> index(g.out.size(), 0);
        for (std::size_t done = 0; done < total; done += run) {
            std::ptrdiff_t offset = g.start;
            for (std::size_t d = 0; d < last; ++d)
                offset += index[d] * g.steps[d];
            if (g.steps[last] == 1) {
                std::memcpy(out, in + offset * static_cast<std::ptrdiff_t>(bytes), run * bytes);
                out += run * bytes;
            } else {
                for (std::size_t i = 0; i < run; ++i, out += bytes)
                    std::memcpy(out, in + (offset + static_cast<std::ptrdiff_t>(i) * g.steps[last]) * static_cast<std::ptrdiff_t>(bytes), bytes);
            }
            for (std::size_t d = last; d-- > 0;) {
                if (++index[d] < g.out[d])
                    break;
                index[d] = 0;
            }
        }
    };
}

Result<std::size_t> sameTypeBytes(const KernelSetup &s)
{
    if (s.input(0).type != s.output().type)
        return s.unsupported("input and output are of different types");
    const std::size_t bytes = elementBytes(s.output().type);
    if (bytes == 0)
        return s.unsupported("type " + std::string(typeName(s.output().type)));
    return bytes;
}

} // namespace

Result<Kernel> makeCopy(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || elementCount(in.shape) != elementCount(out.shape) || bitWidth(in.type) == 0)
        return s.unsupported("input and output differ in type or size");
    const std::size_t bytes = byteSize(in.type, size(elementCount(in.shape)));
    return Kernel([bytes](const KernelRun &r) { std::memcpy(r.output<std::byte>(), r.input<std::byte>(0), bytes); });
}

Result<Kernel> makePad(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    if (!s.isConstant(1))
        return s.unsupported("the paddings are not constant");
    const auto paddings = s.constantInts(1);
    const std::size_t rank = in.shape.size();
    if (paddings.size() != rank * 2 || out.shape.size() != rank)
        return s.unsupported("paddings do not fit the shape");
    for (std::size_t d = 0; d < rank; ++d)
        if (paddings[2 * d] < 0 || paddings[2 * d + 1] < 0 || paddings[2 * d] > out.shape[d] || paddings[2 * d + 1] > out.shape[d]
            || out.shape[d] != in.shape[d] + paddings[2 * d] + paddings[2 * d + 1])
            return s.unsupported("the output's shape does not follow from the paddings");

    std::vector<std::byte> value(*bytes, std::byte{0});
    const bool hasValue = s.inputCount() > 2 && s.hasInput(2);
    if (hasValue && !s.isConstant(2))
        return s.unsupported("the padding value is not constant");
    if (hasValue && s.constant(2).size() >= *bytes && s.input(2).type == in.type) {
        std::copy_n(s.constant(2).begin(), *bytes, value.begin());
    } else {
        withType(out.type, [&]<class T>(T) {
            const T v = static_cast<T>(out.quant.isQuantized() ? out.quant.zeroPointAt(0) : 0);
            std::memcpy(value.data(), &v, sizeof v);
        });
    }
    std::size_t start = 0;
    const auto steps = rowMajorSteps(out.shape);
    for (std::size_t d = 0; d < rank; ++d)
        start += size(paddings[2 * d]) * steps[d];
    return Kernel([inShape = in.shape, steps, start, value, bytes = *bytes, total = size(elementCount(out.shape))](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        if (bytes == 1)
            std::memset(to, static_cast<int>(value[0]), total);
        else
            for (std::size_t i = 0; i < total; ++i)
                std::memcpy(to + i * bytes, value.data(), bytes);
        const std::byte *from = r.input<std::byte>(0);
        const std::size_t count = size(elementCount(inShape));
        const std::size_t run = inShape.empty() ? 1 : size(inShape.back());
        std::vector<std::size_t> index(inShape.size(), 0);
        for (std::size_t done = 0; done < count; done += run) {
            std::size_t offset = start;
            for (std::size_t d = 0; d + 1 < inShape.size(); ++d)
                offset += index[d] * steps[d];
            std::memcpy(to + offset * bytes, from + done * bytes, run * bytes);
            for (std::size_t d = inShape.empty() ? 0 : inShape.size() - 1; d-- > 0;) {
                if (++index[d] < size(inShape[d]))
                    break;
                index[d] = 0;
            }
        }
    });
}

Result<Kernel> makeConcatenation(const KernelSetup &s)
{
    const Tensor &out = s.output();
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const auto rank = static_cast<std::int64_t>(out.shape.size());
    std::int64_t axis = s.option("axis");
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
        return s.unsupported("the axis is out of range");
    if (s.option("fused_activation_function") != 0)
        return s.unsupported("a fused activation");
    std::size_t inner = *bytes, outer = 1;
    for (std::int64_t d = 0; d < rank; ++d)
        (d < axis ? outer : inner) *= d == axis ? 1 : size(out.shape[static_cast<std::size_t>(d)]);

    struct Part
    {
        std::size_t run;
        bool rescale;
        float scale, bias;
    };
    std::vector<Part> parts;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < s.inputCount(); ++k) {
        const Tensor &in = s.input(k);
        if (in.type != out.type || static_cast<std::int64_t>(in.shape.size()) != rank)
            return s.unsupported("inputs differ in type or rank");
        for (std::size_t d = 0; d < in.shape.size(); ++d)
            if (static_cast<std::int64_t>(d) != axis && in.shape[d] != out.shape[d])
                return s.unsupported("inputs differ in shape");
        sum += in.shape[static_cast<std::size_t>(axis)];
        Part p{size(in.shape[static_cast<std::size_t>(axis)]) * inner, false, 1.0f, 0.0f};
        const bool same = !in.quant.isQuantized() || (in.quant.scaleAt(0) == out.quant.scaleAt(0) && in.quant.zeroPointAt(0) == out.quant.zeroPointAt(0));
        if (!same && out.type == ElementType::UInt8) {
            p.rescale = true;
            p.scale = in.quant.scaleAt(0) * (1.0f / out.quant.scaleAt(0));
            p.bias = static_cast<float>(-in.quant.zeroPointAt(0)) * p.scale;
        } else if (!same && out.type == ElementType::Int8) {
            return s.unsupported("int8 inputs on another grid than the output's");
        }
        parts.push_back(p);
    }
    if (sum != out.shape[static_cast<std::size_t>(axis)])
        return s.unsupported("the output's shape does not follow from the inputs");
    const auto zero = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    return Kernel([parts, outer, zero](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        for (std::size_t o = 0; o < outer; ++o)
            for (std::size_t k = 0; k < parts.size(); ++k) {
                const std::byte *from = r.in[k] + o * parts[k].run;
                if (!parts[k].rescale) {
                    std::memcpy(to, from, parts[k].run);
                } else {
                    for (std::size_t i = 0; i < parts[k].run; ++i) {
                        const float scaled = static_cast<float>(std::to_integer<int>(from[i])) * parts[k].scale;
                        const auto v = static_cast<std::int32_t>(std::round(scaled + parts[k].bias)) + zero;
                        to[i] = static_cast<std::byte>(std::clamp(v, 0, 255));
                    }
                }
                to += parts[k].run;
            }
    });
}

Result<Kernel> makeTranspose(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    if (!s.isConstant(1))
        return s.unsupported("the permutation is not constant");
    const Shape &in = s.input(0).shape;
    const auto permutation = s.constantInts(1);
    if (permutation.size() != in.size() || s.output().shape.size() != in.size())
        return s.unsupported("the permutation does not fit the shape");
    const auto steps = rowMajorSteps(in);
    AffineGather g{s.output().shape, {}, 0};
    std::vector<bool> used(in.size(), false);
    for (std::size_t d = 0; d < in.size(); ++d) {
        const std::int64_t p = permutation[d] + (permutation[d] < 0 ? static_cast<std::int64_t>(in.size()) : 0);
        if (p < 0 || p >= static_cast<std::int64_t>(in.size()) || in[size(p)] != g.out[d] || used[size(p)])
            return s.unsupported("the permutation does not fit the shape");
        used[size(p)] = true;
        g.steps.push_back(static_cast<std::ptrdiff_t>(steps[size(p)]));
    }
    return gatherKernel(std::move(g), *bytes);
}

Result<Kernel> makeSlice(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    if (!s.isConstant(1) || !s.isConstant(2))
        return s.unsupported("begin and size are not constant");
    const Shape &in = s.input(0).shape, &out = s.output().shape;
    const auto begin = s.constantInts(1);
    if (begin.size() != in.size() || out.size() != in.size())
        return s.unsupported("begin does not fit the shape");
    const auto steps = rowMajorSteps(in);
    AffineGather g{out, {}, 0};
    for (std::size_t d = 0; d < in.size(); ++d) {
        if (begin[d] < 0 || begin[d] > std::int64_t{in[d]} - out[d])
            return s.unsupported("the slice reaches outside");
        g.steps.push_back(static_cast<std::ptrdiff_t>(steps[d]));
        g.start += static_cast<std::ptrdiff_t>(begin[d]) * g.steps[d];
    }
    return gatherKernel(std::move(g), *bytes);
}

Result<Kernel> makeStridedSlice(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    if (!s.isConstant(1) || !s.isConstant(2) || !s.isConstant(3))
        return s.unsupported("begin, end and strides are not constant");
    if (s.option("ellipsis_mask") != 0 || s.option("new_axis_mask") != 0)
        return s.unsupported("an ellipsis or new axis");
    const Shape &in = s.input(0).shape;
    const auto begin = s.constantInts(1), end = s.constantInts(2), stride = s.constantInts(3);
    const std::int64_t beginMask = s.option("begin_mask"), endMask = s.option("end_mask"), shrink = s.option("shrink_axis_mask");
    if (begin.size() > in.size() || begin.size() != end.size() || begin.size() != stride.size())
        return s.unsupported("begin does not fit the shape");
    const auto steps = rowMajorSteps(in);
    AffineGather g;
    for (std::size_t d = 0; d < in.size(); ++d) {
        const std::int64_t n = in[d];
        std::int64_t b = 0, e = n, t = 1;
        if (d < begin.size()) {
            if (stride[d] == 0)
                return s.unsupported("a stride of 0");
            // Longer strides reach no further element.
            constexpr std::int64_t kLongest = std::int64_t{1} << 31;
            t = std::clamp(stride[d], -kLongest, kLongest);
            const bool noBegin = (beginMask >> d) & 1, noEnd = (endMask >> d) & 1;
            const std::int64_t low = t > 0 ? 0 : -1, high = t > 0 ? n : n - 1;
            b = noBegin ? (t > 0 ? 0 : n - 1) : std::clamp(begin[d] < 0 ? begin[d] + n : begin[d], low, high);
            e = noEnd ? (t > 0 ? n : -1) : std::clamp(end[d] < 0 ? end[d] + n : end[d], low, high);
            if ((shrink >> d) & 1) {
                b = begin[d] < 0 ? begin[d] + n : begin[d];
                if (b < 0 || b >= n)
                    return s.unsupported("an index is out of range");
                g.start += static_cast<std::ptrdiff_t>(b) * static_cast<std::ptrdiff_t>(steps[d]);
                continue;
            }
        }
        const std::int64_t count = std::max<std::int64_t>(0, t > 0 ? (e - b + t - 1) / t : (b - e - t - 1) / -t);
        g.out.push_back(static_cast<std::int32_t>(count));
        g.steps.push_back(static_cast<std::ptrdiff_t>(t) * static_cast<std::ptrdiff_t>(steps[d]));
        g.start += static_cast<std::ptrdiff_t>(b) * static_cast<std::ptrdiff_t>(steps[d]);
    }
    if (elementCount(g.out) != elementCount(s.output().shape))
        return s.unsupported("the output's shape does not follow from the slice");
    return gatherKernel(std::move(g), *bytes);
}

Result<Kernel> makeSplit(const KernelSetup &s)
{
    const bool sizes = s.op().code == Op::SplitV;
    const std::size_t data = sizes ? 0 : 1, axisInput = sizes ? 2 : 0;
    const Tensor &in = s.input(data);
    const std::size_t bytes = elementBytes(in.type);
    if (bytes == 0 || !s.isConstant(axisInput))
        return s.unsupported("the axis is not constant or the type has no whole bytes");
    const auto axes = s.constantInts(axisInput);
    const auto rank = static_cast<std::int64_t>(in.shape.size());
    std::int64_t axis = axes.empty() ? 0 : axes[0] + (axes[0] < 0 ? rank : 0);
    if (axis < 0 || axis >= rank)
        return s.unsupported("the axis is out of range");
    std::size_t inner = bytes, outer = 1;
    for (std::int64_t d = 0; d < rank; ++d)
        (d < axis ? outer : inner) *= d == axis ? 1 : size(in.shape[size(d)]);
    std::vector<std::size_t> runs;
    std::size_t total = 0;
    for (std::size_t k = 0; k < s.outputCount(); ++k) {
        const Shape &o = s.output(k).shape;
        if (o.size() != in.shape.size() || s.output(k).type != in.type)
            return s.unsupported("an output's shape does not fit");
        for (std::size_t d = 0; d < o.size(); ++d)
            if (d != size(axis) && o[d] != in.shape[d])
                return s.unsupported("an output's shape does not fit");
        runs.push_back(size(o[size(axis)]) * inner);
        total += runs.back();
    }
    if (total != size(in.shape[size(axis)]) * inner)
        return s.unsupported("the outputs' shapes do not fit");
    return Kernel([runs, total, outer, data](const KernelRun &r) {
        const std::byte *from = r.in[data];
        for (std::size_t o = 0; o < outer; ++o, from += total) {
            std::size_t at = 0;
            for (std::size_t k = 0; k < runs.size(); at += runs[k], ++k)
                std::memcpy(r.out[k] + o * runs[k], from + at, runs[k]);
        }
    });
}

Result<Kernel> makePack(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const Shape &out = s.output().shape;
    std::int64_t axis = s.option("axis");
    axis += axis < 0 ? static_cast<std::int64_t>(out.size()) : 0;
    if (axis < 0 || axis >= static_cast<std::int64_t>(out.size()) || out[size(axis)] != static_cast<std::int32_t>(s.inputCount()))
        return s.unsupported("the axis does not fit");
    std::size_t inner = *bytes, outer = 1;
    for (std::size_t d = 0; d < out.size(); ++d)
        (d < size(axis) ? outer : inner) *= d == size(axis) ? 1 : size(out[d]);
    for (std::size_t k = 0; k < s.inputCount(); ++k)
        if (size(elementCount(s.input(k).shape)) * *bytes != inner * outer || s.input(k).type != s.output().type)
            return s.unsupported("inputs differ in shape or type");
    return Kernel([inner, outer](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        for (std::size_t o = 0; o < outer; ++o)
            for (const std::byte *from : r.in) {
                std::memcpy(to, from + o * inner, inner);
                to += inner;
            }
    });
}

Result<Kernel> makeUnpack(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const Shape &in = s.input(0).shape;
    std::int64_t axis = s.option("axis");
    axis += axis < 0 ? static_cast<std::int64_t>(in.size()) : 0;
    if (axis < 0 || axis >= static_cast<std::int64_t>(in.size()) || in[size(axis)] != static_cast<std::int32_t>(s.outputCount()))
        return s.unsupported("the axis does not fit");
    std::size_t inner = *bytes, outer = 1;
    for (std::size_t d = 0; d < in.size(); ++d)
        (d < size(axis) ? outer : inner) *= d == size(axis) ? 1 : size(in[d]);
    for (std::size_t k = 0; k < s.outputCount(); ++k)
        if (size(elementCount(s.output(k).shape)) * *bytes != inner * outer || s.output(k).type != s.input(0).type)
            return s.unsupported("outputs differ in shape or type");
    return Kernel([inner, outer](const KernelRun &r) {
        const std::byte *from = r.in[0];
        for (std::size_t o = 0; o < outer; ++o)
            for (std::byte *to : r.out) {
                std::memcpy(to + o * inner, from, inner);
                from += inner;
            }
    });
}

// ---- resizing ----------------------------------------------------------------------------------------------------
namespace {

struct ResizeParams
{
    int batch, inH, inW, outH, outW;
    std::size_t channels;
    bool alignCorners, halfPixel;
};

// uint8 and float in float arithmetic, uint8 rounded half up, as LiteRT has it since 2025 (older ones truncate).
template <class T>
void resizeFloat(const ResizeParams &p, const T *in, T *out)
{
    const auto ratio = [&](int from, int to) {
        return p.alignCorners && to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : static_cast<float>(from) / static_cast<float>(to);
    };
    const auto place = [&](int i, float scale) {
        return p.halfPixel ? (static_cast<float>(i) + 0.5f) * scale - 0.5f : static_cast<float>(i) * scale;
    };
    const float scaleY = ratio(p.inH, p.outH), scaleX = ratio(p.inW, p.outW);
    for (int b = 0; b < p.batch; ++b)
        for (int oy = 0; oy < p.outH; ++oy) {
            const float y = place(oy, scaleY);
            const int y0 = std::clamp(static_cast<int>(std::floor(y)), 0, p.inH - 1), y1 = std::min(static_cast<int>(std::ceil(y)), p.inH - 1);
            for (int ox = 0; ox < p.outW; ++ox) {
                const float x = place(ox, scaleX);
                const int x0 = std::clamp(static_cast<int>(std::floor(x)), 0, p.inW - 1), x1 = std::min(static_cast<int>(std::ceil(x)), p.inW - 1);
                const auto at = [&](int yy, int xx) { return in + (static_cast<std::size_t>(b * p.inH + yy) * static_cast<std::size_t>(p.inW) + static_cast<std::size_t>(xx)) * p.channels; };
                const T *a = at(y0, x0), *bb = at(y1, x0), *c = at(y0, x1), *d = at(y1, x1);
                const float fy = y - static_cast<float>(y0), fx = x - static_cast<float>(x0);
                for (std::size_t i = 0; i < p.channels; ++i) {
                    const float v = static_cast<float>(a[i]) * (1 - fy) * (1 - fx) + static_cast<float>(bb[i]) * fy * (1 - fx) +
                                    static_cast<float>(c[i]) * (1 - fy) * fx + static_cast<float>(d[i]) * fy * fx;
                    *out++ = static_cast<T>(std::is_integral_v<T> ? std::round(v) : v);
                }
            }
        }
}

// int8 and int16 with 10-bit fractions, rounded half away from zero.
template <class T>
void resizeFixed(const ResizeParams &p, const T *in, T *out)
{
    const auto ratio = [&](int from, int to) {
        return p.alignCorners && to > 1 ? (1024 * (from - 1) + (to - 1) / 2) / (to - 1) : (1024 * from + to / 2) / to;
    };
    const auto place = [&](int i, int scale) { return p.halfPixel ? i * scale + scale / 2 - 512 : i * scale; };
    const int scaleY = ratio(p.inH, p.outH), scaleX = ratio(p.inW, p.outW);
    for (int b = 0; b < p.batch; ++b)
        for (int oy = 0; oy < p.outH; ++oy) {
            const int y = place(oy, scaleY), y0 = std::clamp(y / 1024, 0, p.inH - 1), y1 = std::min((y + 1023) / 1024, p.inH - 1);
            for (int ox = 0; ox < p.outW; ++ox) {
                const int x = place(ox, scaleX), x0 = std::clamp(x / 1024, 0, p.inW - 1), x1 = std::min((x + 1023) / 1024, p.inW - 1);
                const auto at = [&](int yy, int xx) { return in + (static_cast<std::size_t>(b * p.inH + yy) * static_cast<std::size_t>(p.inW) + static_cast<std::size_t>(xx)) * p.channels; };
                const T *a = at(y0, x0), *bb = at(y1, x0), *c = at(y0, x1), *d = at(y1, x1);
                const std::int64_t fy = y - 1024 * y0, fx = x - 1024 * x0;
                for (std::size_t i = 0; i < p.channels; ++i) {
                    const std::int64_t v = a[i] * (1024 - fy) * (1024 - fx) + bb[i] * fy * (1024 - fx) + c[i] * (1024 - fy) * fx + d[i] * fy * fx;
                    *out++ = static_cast<T>((v + (v > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
                }
            }
        }
}

Result<ResizeParams> resizeParams(const KernelSetup &s)
{
    const Shape &in = s.input(0).shape, &out = s.output().shape;
    if (s.input(0).type != s.output().type || in.size() != 4 || out.size() != 4 || in[0] != out[0] || in[3] != out[3] || in[1] < 1 || in[2] < 1)
        return s.unsupported("the shapes or types do not fit");
    return ResizeParams{in[0], in[1], in[2], out[1], out[2], size(in[3]), s.option("align_corners") != 0, s.option("half_pixel_centers") != 0};
}

} // namespace

Result<Kernel> makeResizeBilinear(const KernelSetup &s)
{
    auto params = resizeParams(s);
    if (!params)
        return params.error();
    const ResizeParams p = *params;
    switch (s.input(0).type) {
    case ElementType::Float32: return Kernel([p](const KernelRun &r) { resizeFloat(p, r.input<float>(0), r.output<float>()); });
    case ElementType::UInt8: return Kernel([p](const KernelRun &r) { resizeFloat(p, r.input<std::uint8_t>(0), r.output<std::uint8_t>()); });
    case ElementType::Int8: return Kernel([p](const KernelRun &r) { resizeFixed(p, r.input<std::int8_t>(0), r.output<std::int8_t>()); });
    case ElementType::Int16: return Kernel([p](const KernelRun &r) { resizeFixed(p, r.input<std::int16_t>(0), r.output<std::int16_t>()); });
    default: return s.unsupported("type " + std::string(typeName(s.input(0).type)));
    }
}

Result<Kernel> makeResizeNearest(const KernelSetup &s)
{
    auto params = resizeParams(s);
    if (!params)
        return params.error();
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const ResizeParams p = *params;
    const auto source = [&p](int i, int from, int to) {
        const float scale = p.alignCorners && to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : static_cast<float>(from) / static_cast<float>(to);
        const float offset = p.halfPixel ? 0.5f : 0.0f;
        const float at = (static_cast<float>(i) + offset) * scale;
        int v = std::min(static_cast<int>(p.alignCorners ? std::round(at) : std::floor(at)), from - 1);
        return p.halfPixel ? std::max(v, 0) : v;
    };
    std::vector<std::size_t> ys, xs;
    for (int y = 0; y < p.outH; ++y)
        ys.push_back(size(source(y, p.inH, p.outH)));
    for (int x = 0; x < p.outW; ++x)
        xs.push_back(size(source(x, p.inW, p.outW)));
    return Kernel([p, ys, xs, pixel = p.channels * *bytes](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        for (int b = 0; b < p.batch; ++b)
            for (const std::size_t y : ys)
                for (const std::size_t x : xs) {
                    std::memcpy(to, r.in[0] + ((size(b) * size(p.inH) + y) * size(p.inW) + x) * pixel, pixel);
                    to += pixel;
                }
    });
}

// ---- others ------------------------------------------------------------------------------------------------------

Result<Kernel> makeArgMinMax(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (!s.isConstant(1))
        return s.unsupported("the axis is not constant");
    const auto axes = s.constantInts(1);
    const auto rank = static_cast<std::int64_t>(in.shape.size());
    const std::int64_t axis = axes.empty() ? 0 : axes[0] + (axes[0] < 0 ? rank : 0);
    if (axis < 0 || axis >= rank || in.shape[size(axis)] < 1)
        return s.unsupported("the axis is out of range");
    std::size_t inner = 1, outer = 1;
    for (std::int64_t d = 0; d < rank; ++d)
        if (d != axis)
            (d < axis ? outer : inner) *= size(in.shape[size(d)]);
    const std::size_t n = size(in.shape[size(axis)]);
    if (size(elementCount(out.shape)) != inner * outer)
        return s.unsupported("the output's shape does not fit the axis");
    const bool maximum = s.op().code == Op::ArgMax;
    Kernel kernel;
    withType(in.type, [&]<class In>(In) {
        withType(out.type, [&]<class Out>(Out) {
            if constexpr (std::is_same_v<Out, std::int32_t> || std::is_same_v<Out, std::int64_t>)
                kernel = [=](const KernelRun &r) {
                    const In *x = r.input<In>(0);
                    Out *y = r.output<Out>();
                    for (std::size_t o = 0; o < outer; ++o)
                        for (std::size_t i = 0; i < inner; ++i) {
                            const In *p = x + o * n * inner + i;
                            std::size_t best = 0;
                            for (std::size_t k = 1; k < n; ++k)
                                if (maximum ? p[k * inner] > p[best * inner] : p[k * inner] < p[best * inner])
                                    best = k;
                            *y++ = static_cast<Out>(best);
                        }
                };
        });
    });
    if (!kernel)
        return s.unsupported("types " + std::string(typeName(in.type)) + " to " + std::string(typeName(out.type)));
    return kernel;
}

Result<Kernel> makeShape(const KernelSetup &s)
{
    const Shape shape = s.input(0).shape;
    if (elementCount(s.output().shape) != static_cast<std::int64_t>(shape.size()))
        return s.unsupported("the output's shape does not fit");
    if (s.output().type == ElementType::Int64)
        return Kernel([shape](const KernelRun &r) { std::copy(shape.begin(), shape.end(), r.output<std::int64_t>()); });
    if (s.output().type != ElementType::Int32)
        return s.unsupported("output of type " + std::string(typeName(s.output().type)));
    return Kernel([shape](const KernelRun &r) { std::copy(shape.begin(), shape.end(), r.output<std::int32_t>()); });
}

Result<Kernel> makeSpaceBatch(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const bool toBatch = s.op().code == Op::SpaceToBatchNd;
    const Shape in = s.input(0).shape, out = s.output().shape;
    if (!s.isConstant(1) || !s.isConstant(2) || in.size() != 4 || out.size() != 4)
        return s.unsupported("block shape and paddings are not constant or shapes not four-dimensional");
    const auto block = s.constantInts(1), edges = s.constantInts(2);
    if (block.size() != 2 || edges.size() != 4 || block[0] < 1 || block[1] < 1)
        return s.unsupported("the block does not have two dimensions");
    const Shape &space = toBatch ? in : out;
    const Shape &batch = toBatch ? out : in;
    std::vector<std::byte> zero(*bytes, std::byte{0});
    withType(s.output().type, [&]<class T>(T) {
        const T v = static_cast<T>(s.output().quant.isQuantized() ? s.output().quant.zeroPointAt(0) : 0);
        std::memcpy(zero.data(), &v, sizeof v);
    });
    if (batch[0] != space[0] * block[0] * block[1] || batch[3] != space[3])
        return s.unsupported("the shapes do not fit the block");
    return Kernel([=, pixel = size(space[3]) * *bytes, bytes = *bytes](const KernelRun &r) {
        const std::byte *from = r.input<std::byte>(0);
        std::byte *to = r.output<std::byte>();
        for (int b = 0; b < batch[0]; ++b)
            for (int y = 0; y < batch[1]; ++y)
                for (int x = 0; x < batch[2]; ++x) {
                    const int inner = b / space[0];
                    const std::int64_t sy = y * block[0] + inner / block[1] - edges[0], sx = x * block[1] + inner % block[1] - edges[2];
                    const bool inside = sy >= 0 && sy < space[1] && sx >= 0 && sx < space[2];
                    const std::size_t spaceAt = inside ? ((size(b % space[0]) * size(space[1]) + size(sy)) * size(space[2]) + size(sx)) * pixel : 0;
                    const std::size_t batchAt = ((size(b) * size(batch[1]) + size(y)) * size(batch[2]) + size(x)) * pixel;
                    if (toBatch && inside)
                        std::memcpy(to + batchAt, from + spaceAt, pixel);
                    else if (toBatch)
                        for (std::size_t i = 0; i < pixel; i += bytes)
                            std::memcpy(to + batchAt + i, zero.data(), bytes);
                    else if (inside)
                        std::memcpy(to + spaceAt, from + batchAt, pixel);
                }
    });
}

Result<Kernel> makeDepthSpace(const KernelSetup &s)
{
    auto bytes = sameTypeBytes(s);
    if (!bytes)
        return bytes.error();
    const bool toSpace = s.op().code == Op::DepthToSpace;
    const std::int64_t block = s.option("block_size");
    const Shape &in = s.input(0).shape, &out = s.output().shape;
    if (in.size() != 4 || out.size() != 4 || block < 1)
        return s.unsupported("shapes are not four-dimensional");
    const Shape deep = toSpace ? in : out, flat = toSpace ? out : in;
    if (flat[1] != deep[1] * block || flat[2] != deep[2] * block || deep[3] != flat[3] * block * block || deep[0] != flat[0])
        return s.unsupported("the shapes do not fit the block");
    return Kernel([=, run = size(flat[3]) * *bytes](const KernelRun &r) {
        const std::byte *from = r.input<std::byte>(0);
        std::byte *to = r.output<std::byte>();
        for (int b = 0; b < flat[0]; ++b)
            for (int y = 0; y < flat[1]; ++y)
                for (int x = 0; x < flat[2]; ++x) {
                    const std::size_t flatAt = ((size(b) * size(flat[1]) + size(y)) * size(flat[2]) + size(x)) * run;
                    const std::size_t pixel = (size(b) * size(deep[1]) + size(y / block)) * size(deep[2]) + size(x / block);
                    const std::size_t deepAt = (pixel * size(block * block) + size(y % block * block + x % block)) * run;
                    if (toSpace)
                        std::memcpy(to + flatAt, from + deepAt, run);
                    else
                        std::memcpy(to + deepAt, from + flatAt, run);
                }
    });
}

Result<Kernel> makeCast(const KernelSetup &s)
{
    const std::size_t n = size(elementCount(s.input(0).shape));
    if (size(elementCount(s.output().shape)) != n)
        return s.unsupported("the shapes differ");
    Kernel kernel;
    withType(s.input(0).type, [&]<class In>(In) {
        withType(s.output().type, [&]<class Out>(Out) {
            kernel = [n](const KernelRun &r) {
                const In *x = r.input<In>(0);
                Out *y = r.output<Out>();
                for (std::size_t i = 0; i < n; ++i) {
                    if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>)
                        y[i] = static_cast<Out>(static_cast<std::int64_t>(std::clamp(static_cast<double>(x[i]), -9.2e18, 9.2e18)));
                    else
                        y[i] = static_cast<Out>(x[i]);
                }
            };
        });
    });
    if (!kernel)
        return s.unsupported("types " + std::string(typeName(s.input(0).type)) + " to " + std::string(typeName(s.output().type)));
    return kernel;
}

} // namespace requant
