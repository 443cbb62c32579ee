// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/comparison.h"

#include "core/sim/kernels/elements.h"

#include <array>
#include <memory>

namespace requant {
namespace {

// a > b is b < a: the operands are exchanged instead.
struct Comparison
{
    enum class Kind { Equal, NotEqual, Less, LessEqual } kind = Kind::Equal;
    std::size_t first = 0, second = 1;
};

Comparison comparisonOf(Op op)
{
    using Kind = Comparison::Kind;
    switch (op) {
    case Op::Equal: return {Kind::Equal, 0, 1};
    case Op::NotEqual: return {Kind::NotEqual, 0, 1};
    case Op::Less: return {Kind::Less, 0, 1};
    case Op::LessEqual: return {Kind::LessEqual, 0, 1};
    case Op::Greater: return {Kind::Less, 1, 0};
    default: return {Kind::LessEqual, 1, 0};
    }
}

// A kernel that compares value(a) with other(b).
template <class T, class A, class B>
Kernel compare(const Comparison &c, const Broadcast &broadcast, A value, B other)
{
    const auto pairs = [&](auto compared) {
        return mapPairs<T, std::uint8_t>(broadcast, [=](T a, T b) { return compared(value(a), other(b)) ? 1 : 0; }, c.first, c.second);
    };
    switch (c.kind) {
    case Comparison::Kind::Equal: return pairs([](auto a, auto b) { return a == b; });
    case Comparison::Kind::NotEqual: return pairs([](auto a, auto b) { return a != b; });
    case Comparison::Kind::Less: return pairs([](auto a, auto b) { return a < b; });
    default: return pairs([](auto a, auto b) { return a <= b; });
    }
}

// TFLite's rescaled operand.
struct Rescaled
{
    std::int32_t zeroPoint = 0;
    Multiplier multiplier;
    FixedRounding rounding = FixedRounding::Double;

    std::int32_t operator()(std::int32_t q) const { return multiplyByQuantizedMultiplier((q - zeroPoint) * (1 << 8), multiplier, rounding); }
};

struct Real
{
    std::int32_t zeroPoint = 0;
    double scale = 1;

    double operator()(std::int32_t q) const { return scale * (q - zeroPoint); }
};

template <class T>
Result<Kernel> compareQuantized(const KernelSetup &s, const Comparison &c, const Broadcast &broadcast)
{
    const auto zeroPoint = [&](std::size_t k) { return static_cast<std::int32_t>(s.input(k).quant.zeroPointAt(0)); };
    const auto scale = [&](std::size_t k) { return s.input(k).quant.scaleAt(0); };
    for (std::size_t k = 0; k < 2; ++k)
        if (s.input(k).quant.isPerChannel() || !(scale(k) > 0))
            return s.unsupported("an input has no scale or several");
    if (isShift(s.arithmetic())) // 24 bits of scale times 17: exact in double
        return compare<T>(c, broadcast, Real{zeroPoint(c.first), static_cast<double>(scale(c.first))},
                          Real{zeroPoint(c.second), static_cast<double>(scale(c.second))});
    if (scale(0) >= 1 || scale(1) >= 1)
        return s.unsupported("a scale of 1 or more: TFLite's result is undefined");
    const auto rescaled = [&](std::size_t k) { return Rescaled{zeroPoint(k), quantizeMultiplier(static_cast<double>(scale(k))), s.rounding()}; };
    if constexpr (sizeof(T) == 1) {
        using Table = std::array<std::int32_t, 256>;
        const auto tabulated = [](const Rescaled &f) {
            auto table = std::make_shared<Table>();
            for (int i = 0; i < 256; ++i)
                (*table)[static_cast<std::size_t>(i)] = f(static_cast<T>(i));
            return [table](T q) { return (*table)[static_cast<std::uint8_t>(q)]; };
        };
        return compare<T>(c, broadcast, tabulated(rescaled(c.first)), tabulated(rescaled(c.second)));
    } else {
        return compare<T>(c, broadcast, rescaled(c.first), rescaled(c.second));
    }
}

template <class T>
Result<Kernel> compareValues(const Comparison &c, const Broadcast &broadcast)
{
    const auto same = [](T v) { return v; };
    return compare<T>(c, broadcast, same, same);
}

} // namespace

Result<Kernel> makeComparison(const KernelSetup &s)
{
    const ElementType type = s.input(0).type;
    if (type != s.input(1).type || s.output().type != ElementType::Bool)
        return s.unsupported("the inputs are of different types or the output is not bool");
    const Comparison c = comparisonOf(s.op().code);
    auto broadcast = broadcastOf(s, c.first, c.second);
    if (!broadcast)
        return broadcast.error();
    const bool equality = c.kind == Comparison::Kind::Equal || c.kind == Comparison::Kind::NotEqual;
    switch (type) {
    case ElementType::Float32: return compareValues<float>(c, *broadcast);
    case ElementType::Int32: return compareValues<std::int32_t>(c, *broadcast);
    case ElementType::Int64: return compareValues<std::int64_t>(c, *broadcast);
    case ElementType::UInt8: return compareQuantized<std::uint8_t>(s, c, *broadcast);
    case ElementType::Int8: return compareQuantized<std::int8_t>(s, c, *broadcast);
    case ElementType::Int16:
        if (equality && s.input(0).quant.isQuantized())
            return compareQuantized<std::int16_t>(s, c, *broadcast);
        if (c.kind == Comparison::Kind::NotEqual)
            return s.unsupported("int16 without a scale");
        return compareValues<std::int16_t>(c, *broadcast);
    case ElementType::Bool:
        if (equality) {
            const auto truth = [](std::uint8_t v) { return v != 0; };
            return compare<std::uint8_t>(c, *broadcast, truth, truth);
        }
        [[fallthrough]];
    default: return s.unsupported("type " + std::string(typeName(type)));
    }
}

Result<Kernel> makeLogical(const KernelSetup &s)
{
    for (std::size_t k = 0; k < s.inputCount(); ++k)
        if (s.input(k).type != ElementType::Bool)
            return s.unsupported("an input is not bool");
    if (s.output().type != ElementType::Bool)
        return s.unsupported("the output is not bool");
    if (s.op().code == Op::LogicalNot) {
        if (elementCount(s.input(0).shape) != elementCount(s.output().shape))
            return s.unsupported("the shapes differ");
        return mapElements<std::uint8_t, std::uint8_t>([](std::uint8_t v) { return v == 0 ? 1 : 0; }, static_cast<std::size_t>(elementCount(s.output().shape)));
    }
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    if (s.op().code == Op::LogicalAnd)
        return mapPairs<std::uint8_t, std::uint8_t>(*broadcast, [](std::uint8_t a, std::uint8_t b) { return a != 0 && b != 0 ? 1 : 0; });
    return mapPairs<std::uint8_t, std::uint8_t>(*broadcast, [](std::uint8_t a, std::uint8_t b) { return a != 0 || b != 0 ? 1 : 0; });
}

Result<Kernel> makeSelect(const KernelSetup &s)
{
    const Tensor &a = s.input(1), &b = s.input(2), &out = s.output();
    if (s.input(0).type != ElementType::Bool || a.type != b.type || a.type != out.type)
        return s.unsupported("the condition is not bool or the values are of different types");
    Shape condition = s.input(0).shape;
    if (s.op().code == Op::Select) {
        if (a.shape != b.shape && elementCount(out.shape) != 1)
            return s.unsupported("the values are of different shapes");
        const bool whole = condition == a.shape || condition.empty() || elementCount(out.shape) == 1;
        if (!whole && !(condition.size() == 1 && condition[0] == a.shape[0]))
            return s.unsupported("the condition is neither of the values' shape nor one for each of their first dimension");
        if (!whole) // one for each entry of the first dimension
            condition.resize(a.shape.size(), 1);
    }
    const BroadcastLoop<3> loop({condition, a.shape, b.shape}, out.shape);
    if (!loop.ok())
        return s.unsupported("the shapes do not broadcast to " + shapeText(out.shape));
    const auto select = [&]<class T>(T) {
        return Kernel([loop](const KernelRun &r) {
            const auto *which = r.input<std::uint8_t>(0);
            const T *x = r.input<T>(1), *y = r.input<T>(2);
            T *z = r.output<T>();
            forPieces(r, loop.count(), [&](std::size_t begin, std::size_t end) {
                loop.forRange(begin, end, [&](const auto &at, const auto &step, std::size_t o, std::size_t n) {
                    for (std::size_t i = 0; i < n; ++i)
                        z[o + i] = which[at[0] + i * step[0]] != 0 ? x[at[1] + i * step[1]] : y[at[2] + i * step[2]];
                });
            });
        });
    };
    switch (bitWidth(a.type)) {
    case 8: return select(std::uint8_t{});
    case 16: return select(std::uint16_t{});
    case 32: return select(std::uint32_t{});
    case 64: return select(std::uint64_t{});
    default: return s.unsupported("type " + std::string(typeName(a.type)));
    }
}

} // namespace requant
