// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/narrow.h"

#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <type_traits>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

using Wide = __int128;

std::size_t size(int v) { return static_cast<std::size_t>(v); }
Wide lowest(int bits) { return -(Wide{1} << (bits - 1)); }
Wide highest(int bits) { return (Wide{1} << (bits - 1)) - 1; }

// Into `bits` by the rule.
Wide fit(Wide v, int bits, Overflow rule)
{
    if (rule == Overflow::Saturate)
        return std::clamp(v, lowest(bits), highest(bits));
    const Wide span = Wide{1} << bits, rest = (v - lowest(bits)) % span;
    return (rest < 0 ? rest + span : rest) + lowest(bits);
}

struct Reach // of q - z
{
    std::int64_t low, high;
};
Reach reach(const SummedLayer &l)
{
    const IntegerRange range = integerRange(l.input);
    return {range.min - l.inputZeroPoint, range.max - l.inputZeroPoint};
}

std::size_t depthOf(const SummedLayer &l)
{
    const ConvGeometry &g = l.geometry;
    return size(g.kernelH) * size(g.kernelW) * (l.depthwise ? 1 : size(g.inC / g.groups));
}

// Weight k of output channel c.
std::int16_t weightAt(const SummedLayer &l, std::size_t depth, std::size_t c, std::size_t k)
{
    return l.weights[l.depthwise ? k * size(l.geometry.outC) + c : c * depth + k];
}

// ---- One block of channels ---------------------------------------------------------------------------------------

constexpr std::size_t kBlock = 32; // channels side by side: accumulators stay in registers

template <class Lane>
struct BlockArgs
{
    const std::int32_t *x;      // one value per k, or kBlock of them, `xStep` apart (each lane has its own)
    std::size_t xStep;
    const std::int16_t *weights; // [depth][kBlock]
    std::size_t depth;
    Lane low, high;
    int unused; // bits of a lane above the accumulator
    Lane *acc;  // kBlock sums, with the bias in
    Lane *left; // not 0 where the sum left its width
};

template <class Lane>
using BlockFunction = void (*)(const BlockArgs<Lane> &);

template <class Lane, bool kSaturate, bool kOwnValues>
REQUANT_INLINE void blockBody(const BlockArgs<Lane> &a)
{
    using Bits = std::conditional_t<std::is_same_v<Lane, std::int32_t>, std::uint32_t,
                                    std::conditional_t<std::is_same_v<Lane, std::int64_t>, std::uint64_t, unsigned __int128>>;
    Lane acc[kBlock], left[kBlock];
    for (std::size_t i = 0; i < kBlock; ++i) {
        acc[i] = a.acc[i];
        left[i] = a.left[i];
    }
    const std::int32_t *x = a.x;
    const std::int16_t *w = a.weights;
    for (std::size_t k = 0; k < a.depth; ++k, x += a.xStep, w += kBlock)
        for (std::size_t i = 0; i < kBlock; ++i) {
            const Lane sum = acc[i] + static_cast<Lane>(kOwnValues ? x[i] : *x) * static_cast<Lane>(w[i]);
            Lane kept;
            if constexpr (kSaturate) {
                kept = sum < a.low ? a.low : sum;
                kept = kept > a.high ? a.high : kept;
            } else {
                kept = static_cast<Lane>(static_cast<Bits>(sum) << a.unused) >> a.unused;
            }
            left[i] |= sum ^ kept;
            acc[i] = kept;
        }
    for (std::size_t i = 0; i < kBlock; ++i) {
        a.acc[i] = acc[i];
        a.left[i] = left[i];
    }
}

template <class Lane, bool kSaturate, bool kOwnValues>
void blockScalar(const BlockArgs<Lane> &a) { blockBody<Lane, kSaturate, kOwnValues>(a); }
#ifdef REQUANT_X86
template <class Lane, bool kSaturate, bool kOwnValues>
REQUANT_TARGET("avx2") void blockAvx2(const BlockArgs<Lane> &a) { blockBody<Lane, kSaturate, kOwnValues>(a); }
template <class Lane, bool kSaturate, bool kOwnValues>
REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq") void blockAvx512(const BlockArgs<Lane> &a) { blockBody<Lane, kSaturate, kOwnValues>(a); }
#endif

template <class Lane, bool kSaturate, bool kOwnValues>
BlockFunction<Lane> blockFunction(SimdLevel level)
{
#ifdef REQUANT_X86
    if constexpr (sizeof(Lane) <= 8) {
        if (level >= SimdLevel::Avx512)
            return blockAvx512<Lane, kSaturate, kOwnValues>;
        if (level >= SimdLevel::Avx2)
            return blockAvx2<Lane, kSaturate, kOwnValues>;
    }
#endif
    (void)level;
    return blockScalar<Lane, kSaturate, kOwnValues>;
}

template <class Lane>
BlockFunction<Lane> blockFunction(SimdLevel level, bool saturate, bool ownValues)
{
    if (saturate)
        return ownValues ? blockFunction<Lane, true, true>(level) : blockFunction<Lane, true, false>(level);
    return ownValues ? blockFunction<Lane, false, true>(level) : blockFunction<Lane, false, false>(level);
}

// ---- The layer ---------------------------------------------------------------------------------------------------

template <class Lane>
class Narrow
{
public:
    Narrow(const SummedLayer &l, const OutputStage &stage, const AccumulatorModel &acc)
        : m_g(l.geometry), m_depthwise(l.depthwise), m_transposed(l.transposed), m_zeroPoint(l.inputZeroPoint), m_acc(acc), m_stage(stage),
          m_groups(l.depthwise ? 1 : size(l.geometry.groups)), m_perGroup(size(l.geometry.outC) / m_groups),
          m_blocks((m_perGroup + kBlock - 1) / kBlock), m_depth(depthOf(l)),
          m_takesWide(l.wide || (stage.rounding == Rounding::Fixed && stage.fixed != FixedRounding::Double && stage.fixed != FixedRounding::Single)),
          m_block(blockFunction<Lane>(stage.simd, acc.overflow == Overflow::Saturate, l.depthwise))
    {
        m_weights.assign(m_groups * m_blocks * m_depth * kBlock, 0);
        m_start.assign(m_groups * m_blocks * kBlock, 0);
        m_startLeft.assign(m_start.size(), 0);
        for (std::size_t group = 0; group < m_groups; ++group)
            for (std::size_t c = 0; c < m_perGroup; ++c) {
                const std::size_t block = group * m_blocks + c / kBlock, lane = c % kBlock, channel = group * m_perGroup + c;
                for (std::size_t k = 0; k < m_depth; ++k)
                    m_weights[(block * m_depth + k) * kBlock + lane] = weightAt(l, m_depth, channel, k);
                const Wide bias = l.bias.empty() ? 0 : l.bias[channel], kept = fit(bias, acc.bits, acc.overflow);
                m_start[block * kBlock + lane] = static_cast<Lane>(kept);
                m_startLeft[block * kBlock + lane] = kept != bias;
            }
    }

    template <class In, class Out>
    void run(const KernelRun &r) const
    {
        const std::size_t pixels = size(m_g.batch) * size(m_g.outH) * size(m_g.outW);
        r.parallel(pixels, 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) {
            LayerCounters found;
            auto *patch = reinterpret_cast<std::int32_t *>(scratch.get(patchSize() * sizeof(std::int32_t)));
            for (std::size_t pixel = begin; pixel < end && !r.state.isCancelled(); ++pixel)
                computePixel(r, r.input<In>(m_transposed ? 2 : 0), pixel, patch, r.output<Out>() + pixel * size(m_g.outC), found);
            count(r, found);
        });
    }

private:
    std::size_t patchSize() const { return m_depthwise ? m_depth * m_blocks * kBlock : m_depth; }

    static int exactQuotient(int n, int d) { return n % d == 0 ? n / d : -1; }

    // The inputs of one output position without zero point, 0 outside of the picture: [depth], for a depthwise convolution
    // [depth][channels in whole blocks].
    template <class In>
    void gather(const In *in, std::size_t pixel, std::size_t group, std::int32_t *to) const
    {
        const int ox = static_cast<int>(pixel % size(m_g.outW)), oy = static_cast<int>(pixel / size(m_g.outW) % size(m_g.outH));
        const std::size_t b = pixel / size(m_g.outW) / size(m_g.outH), stride = m_depthwise ? m_blocks * kBlock : size(m_g.inC / m_g.groups);
        const std::size_t count = m_depthwise ? size(m_g.inC) : stride, each = m_depthwise ? m_perGroup / count : 1;
        for (int ky = 0; ky < m_g.kernelH; ++ky)
            for (int kx = 0; kx < m_g.kernelW; ++kx, to += stride) {
                int y = oy * m_g.strideH - m_g.padTop + ky * m_g.dilationH, x = ox * m_g.strideW - m_g.padLeft + kx * m_g.dilationW;
                if (m_transposed) {
                    y = exactQuotient(oy + m_g.padTop - ky, m_g.strideH);
                    x = exactQuotient(ox + m_g.padLeft - kx, m_g.strideW);
                }
                if (y < 0 || y >= m_g.inH || x < 0 || x >= m_g.inW) {
                    std::fill_n(to, stride, 0);
                    continue;
                }
                const In *from = in + ((b * size(m_g.inH) + size(y)) * size(m_g.inW) + size(x)) * size(m_g.inC) + group * count;
                if (each == 1)
                    std::transform(from, from + count, to, [zero = m_zeroPoint](In q) { return static_cast<std::int32_t>(q) - zero; });
                for (std::size_t c = 0; each > 1 && c < count; ++c)
                    std::fill_n(to + c * each, each, static_cast<std::int32_t>(from[c]) - m_zeroPoint);
                std::fill_n(to + count * each, stride - count * each, 0);
            }
    }

    template <class In, class Out>
    void computePixel(const KernelRun &r, const In *in, std::size_t pixel, std::int32_t *patch, Out *out, LayerCounters &found) const
    {
        Lane acc[kBlock], left[kBlock];
        for (std::size_t group = 0; group < m_groups; ++group) {
            gather(in, pixel, group, patch);
            for (std::size_t block = 0; block < m_blocks && !r.state.isCancelled(); ++block) {
                const std::size_t at = group * m_blocks + block;
                std::copy_n(m_start.begin() + static_cast<std::ptrdiff_t>(at * kBlock), kBlock, acc);
                std::copy_n(m_startLeft.begin() + static_cast<std::ptrdiff_t>(at * kBlock), kBlock, left);
                m_block({m_depthwise ? patch + block * kBlock : patch, m_depthwise ? m_blocks * kBlock : 1, m_weights.data() + at * m_depth * kBlock,
                         m_depth, static_cast<Lane>(lowest(m_acc.bits)), static_cast<Lane>(highest(m_acc.bits)),
                         static_cast<int>(sizeof(Lane) * 8) - m_acc.bits, acc, left});
                const std::size_t first = block * kBlock, n = std::min(kBlock, m_perGroup - first);
                for (std::size_t i = 0; i < n; ++i) {
                    const std::size_t channel = group * m_perGroup + first + i;
                    out[channel] = m_takesWide ? finish<Out>(m_stage, static_cast<std::int64_t>(acc[i]), channel, found)
                                               : finish<Out>(m_stage, static_cast<std::int32_t>(fit(acc[i], 32, Overflow::Saturate)), channel, found);
                    found.overflowed += left[i] != 0;
                }
            }
        }
    }

    ConvGeometry m_g;
    bool m_depthwise, m_transposed;
    std::int32_t m_zeroPoint;
    AccumulatorModel m_acc;
    OutputStage m_stage;
    std::size_t m_groups, m_perGroup, m_blocks, m_depth; // blocks of one group
    bool m_takesWide;
    BlockFunction<Lane> m_block;
    std::vector<std::int16_t> m_weights;  // [group][block][depth][kBlock]
    std::vector<Lane> m_start, m_startLeft; // [group][block][kBlock]
};

template <class Lane>
Kernel bind(const SummedLayer &l, const OutputStage &stage, const AccumulatorModel &acc)
{
    const auto narrow = std::make_shared<const Narrow<Lane>>(l, stage, acc);
    Kernel kernel;
    const auto to = [&]<class In, class Out>(In, Out) { kernel = [narrow](const KernelRun &r) { narrow->template run<In, Out>(r); }; };
    const auto from = [&]<class In>(In in) {
        if (stage.type == ElementType::UInt8)
            to(in, std::uint8_t{});
        else if (stage.type == ElementType::Int8)
            to(in, std::int8_t{});
        else
            to(in, std::int16_t{});
    };
    if (l.input == ElementType::UInt8)
        from(std::uint8_t{});
    else if (l.input == ElementType::Int8)
        from(std::int8_t{});
    else
        from(std::int16_t{});
    return kernel;
}

} // namespace

AccumulatorModel accumulatorOf(const SummedLayer &l, const AccumulatorModel &model)
{
    AccumulatorModel acc = model;
    if (acc.bits == 0) {
        acc.bits = l.wide ? 64 : 32;
        acc.overflow = Overflow::Wrap;
    }
    return acc;
}

bool mayOverflow(const SummedLayer &l, const AccumulatorModel &model)
{
    const int bits = std::min(accumulatorOf(l, model).bits, accumulatorOf(l, {}).bits);
    const Reach x = reach(l);
    const std::size_t depth = depthOf(l);
    for (std::size_t c = 0; c < size(l.geometry.outC); ++c) {
        std::int64_t below = 0, above = 0;
        for (std::size_t k = 0; k < depth; ++k) {
            const std::int64_t w = weightAt(l, depth, c, k);
            below += std::min({w * x.low, w * x.high, std::int64_t{0}});
            above += std::max({w * x.low, w * x.high, std::int64_t{0}});
        }
        const Wide bias = l.bias.empty() ? 0 : l.bias[c];
        if (bias + below < lowest(bits) || bias + above > highest(bits))
            return true;
    }
    return false;
}

Kernel makeNarrow(const SummedLayer &l, const OutputStage &stage, const AccumulatorModel &model)
{
    const AccumulatorModel acc = accumulatorOf(l, model);
    const Reach x = reach(l);
    std::int64_t largest = 0; // product
    for (const std::int16_t w : l.weights)
        largest = std::max(largest, std::abs(std::int64_t{w}) * std::max(-x.low, x.high));
    // A sum of accumulator and product must fit the lane.
    if (acc.bits < 32 && largest < (std::int64_t{1} << 30))
        return bind<std::int32_t>(l, stage, acc);
    if (acc.bits < 64)
        return bind<std::int64_t>(l, stage, acc);
    return bind<Wide>(l, stage, acc);
}

std::size_t fitBias(std::vector<std::int64_t> &bias, const AccumulatorModel &model, bool perChannel)
{
    if (model.biasBits == 0)
        return 0;
    const std::vector<std::int64_t> before = bias;
    const int bits = model.biasBits;
    if (!model.biasOwnScale) {
        for (std::int64_t &b : bias)
            b = static_cast<std::int64_t>(fit(b, bits, model.overflow));
    } else {
        const auto rounded = [](std::int64_t b, int shift) { return roundingShiftRight(Wide{b}, shift, FixedRounding::HalfEven); };
        const auto least = [&](std::int64_t b, int shift) {
            while (rounded(b, shift) < lowest(bits) || rounded(b, shift) > highest(bits))
                ++shift;
            return shift;
        };
        int common = 0;
        for (const std::int64_t b : bias)
            common = least(b, common);
        for (std::int64_t &b : bias) {
            const int shift = perChannel ? least(b, 0) : common;
            b = static_cast<std::int64_t>(fit(rounded(b, shift) * (Wide{1} << shift), 64, Overflow::Saturate));
        }
    }
    std::size_t changed = 0;
    for (std::size_t i = 0; i < bias.size(); ++i)
        changed += bias[i] != before[i];
    return changed;
}

Kernel countingClippedBias(Kernel kernel, std::size_t clipped)
{
    if (clipped == 0)
        return kernel;
    return [kernel = std::move(kernel), clipped](const KernelRun &r) {
        kernel(r);
        if (r.state.counters)
            r.state.counters->clippedBias = clipped;
    };
}

} // namespace requant
