// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/conv8.h"

#include "core/sim/kernels/patches.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

namespace requant {
namespace {

constexpr std::size_t kPanel = PackedWeights8::kPanel;
constexpr std::size_t kPanelsAtOnce = 4;              // accumulators of so many panels are kept
constexpr std::size_t kAccStride = kPanelsAtOnce * kPanel;
constexpr std::size_t kLeastTileDepth = 64;           // of sums that AMX computes
constexpr std::size_t kTail = 15;                     // rows that may come on top of a block: less than a tile
constexpr std::size_t kMostRowBytes = std::size_t{1} << 18; // of rows that come in blocks
constexpr std::size_t kWorthAThread = std::size_t{1} << 18; // multiplications

std::size_t size(int v) { return static_cast<std::size_t>(v); }
std::size_t roundUp(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

// Bytes as they are, `padding` outside of the picture. Up to 15 bytes behind a row may be written too.
void gatherBytes(const Patches<std::uint8_t> &p, std::size_t first, std::size_t count, std::uint8_t padding, std::uint8_t *rows, std::size_t stride)
{
    const ConvGeometry g = p.g;
    const std::size_t perImage = size(g.outH) * size(g.outW), imageBytes = size(g.inH) * size(g.inW) * size(g.inC);
    const std::uint8_t *end = p.in + size(g.batch) * imageBytes;
    const std::size_t runBytes = size(g.kernelW * p.channels), lineBytes = size(g.inW) * size(g.inC);
    const auto copy = [end](std::uint8_t *to, const std::uint8_t *from, std::size_t n) {
        if (n < 16 && end - from >= 16)
            std::memcpy(to, from, 16); // what is too much is overwritten by what follows
        else
            std::memcpy(to, from, n);
    };
    const auto fill = [padding](std::uint8_t *to, std::size_t n) { std::memset(to, padding, n); };
    // Output columns whose taps all lie inside.
    const int insideBegin = (g.padLeft + g.strideW - 1) / g.strideW, reach = (g.kernelW - 1) * g.dilationW;
    const int insideEnd = g.inW + g.padLeft <= reach ? 0 : std::min(g.outW, (g.inW - 1 - reach + g.padLeft) / g.strideW + 1);
    for (std::size_t done = 0; done < count;) {
        const std::size_t pixel = first + done;
        const int oy = static_cast<int>(pixel % perImage / size(g.outW)), ox = static_cast<int>(pixel % size(g.outW));
        const int y0 = oy * g.strideH - g.padTop;
        std::size_t n = std::min(count - done, size(g.outW - ox));
        const bool inside = g.dilationW == 1 && p.channels == g.inC && y0 >= 0 && y0 + (g.kernelH - 1) * g.dilationH < g.inH && ox >= insideBegin && ox < insideEnd;
        if (!inside) {
            if (ox < insideBegin)
                n = std::min(n, size(std::min(insideBegin, g.outW) - ox));
            forPatches(p, pixel, n, rows + done * stride, stride, copy, fill);
            done += n;
            continue;
        }
        n = std::min(n, size(insideEnd - ox));
        const std::uint8_t *from = p.in + pixel / perImage * imageBytes + size(y0) * lineBytes + size(ox * g.strideW - g.padLeft) * size(g.inC);
        const std::size_t step = size(g.strideW) * size(g.inC), lineStep = size(g.dilationH) * lineBytes, lines = size(g.kernelH);
        for (std::uint8_t *row = rows + done * stride; n > 0; --n, ++done, row += stride, from += step)
            for (std::size_t ky = 0; ky < lines; ++ky)
                copy(row + ky * runBytes, from + ky * lineStep, runBytes);
    }
}

// Widened without zero point, 0 outside of the picture and to the row's end.
template <class T>
void gatherWords(const Patches<T> &p, SimdLevel level, std::size_t first, std::size_t count, std::int32_t zeroPoint, std::int16_t *rows, std::size_t stride,
                 std::size_t depth)
{
    for (std::size_t r = 0; r < count && stride != depth; ++r)
        rows[r * stride + stride - 1] = 0;
    forPatches(
        p, first, count, rows, stride,
        [&](std::int16_t *to, const T *from, std::size_t n) { widen(level, from, n, zeroPoint, to); },
        [](std::int16_t *to, std::size_t n) { std::fill_n(to, n, std::int16_t{0}); });
}

} // namespace

std::shared_ptr<const ConvWeights> ConvWeights::pack(const ConvGeometry &g, SimdLevel level, std::span<const std::int16_t> weights)
{
    auto packed = std::make_shared<ConvWeights>();
    const std::size_t groups = size(g.groups), perGroup = size(g.outC / g.groups), depth = size(g.kernelH * g.kernelW * (g.inC / g.groups));
    const auto ofGroup = [&](std::size_t group) { return weights.subspan(group * perGroup * depth, perGroup * depth); };
    bool fits = level >= SimdLevel::Avx512Vnni;
    for (std::size_t group = 0; group < groups && fits; ++group)
        fits = PackedWeights8::fits(perGroup, depth, ofGroup(group));
    for (std::size_t group = 0; group < groups; ++group) {
        const auto w = ofGroup(group);
        if (fits)
            packed->bytes.emplace_back(perGroup, depth, w);
        else
            packed->words.emplace_back(perGroup, depth, [&](std::size_t c, std::size_t k) { return w[c * depth + k]; });
    }
    return packed;
}

template <class T>
Conv8<T>::Conv8(const ConvGeometry &g, std::shared_ptr<const ConvWeights> weights, std::span<const std::int32_t> bias, std::int32_t inputZeroPoint,
                OutputStage stage)
    : m_g(g), m_zeroPoint(inputZeroPoint), m_stage(std::move(stage)), m_weights(std::move(weights)), m_level(m_stage.simd), m_isBytes(!m_weights->bytes.empty())
{
    const bool pointwise = g.kernelH == 1 && g.kernelW == 1 && g.strideH == 1 && g.strideW == 1 && g.padTop == 0 && g.padLeft == 0 && g.groups == 1;
    const std::size_t perGroup = size(g.outC / g.groups);
    if (m_isBytes) {
        const PackedWeights8 &w = m_weights->bytes.front();
        // Short sums are stored before tiles have paid; very long ones take too much memory for whole tiles.
        if (m_level == SimdLevel::Amx && (w.depth() < kLeastTileDepth || w.rowBytes() > kMostRowBytes))
            m_level = SimdLevel::Avx512Vnni;
        // AMX takes int8 as it is; VNNI takes unsigned inputs.
        m_flips = std::is_signed_v<T> && m_level < SimdLevel::Amx;
        m_isContiguous = pointwise && w.rowBytes() == w.depth();
        m_rowBytes = m_isContiguous ? w.depth() : roundUp(w.rowBytes(), 64);
        m_blockRows = m_level < SimdLevel::Amx ? 48 : w.rowBytes() <= 256 ? 64 : 32;
    } else {
        m_isContiguous = pointwise && m_weights->words.front().rowStride() == m_weights->words.front().depth();
        m_rowBytes = roundUp(m_weights->words.front().rowStride() * 2, 64);
        m_blockRows = 48;
    }
    m_blockTail = m_level == SimdLevel::Amx && m_isBytes ? kTail : 0;
    if (m_rowBytes > kMostRowBytes)
        m_blockRows = 1;
    for (std::size_t group = 0; group < size(g.groups); ++group) {
        std::vector<std::int32_t> b(roundUp(perGroup, kPanel), 0);
        for (std::size_t c = 0; c < perGroup; ++c) {
            auto v = bias.empty() ? 0u : static_cast<std::uint32_t>(bias[group * perGroup + c]);
            if (m_isBytes) // (x - z) * w = x * w - z * w
                v -= static_cast<std::uint32_t>(m_zeroPoint + (m_flips ? 128 : 0)) * static_cast<std::uint32_t>(m_weights->bytes[group].sum(c));
            b[c] = static_cast<std::int32_t>(v);
        }
        m_bias.push_back(std::move(b));
    }
}

// Output pixels [rowBegin, rowEnd) of the batch and panels [panelBegin, panelEnd) of every group.
template <class T>
struct Conv8<T>::Part
{
    const T *in;
    std::byte *out;
    const RunState &state;
    std::size_t rowBegin, rowEnd, panelBegin, panelEnd;
    std::atomic<std::uint64_t> *saturated; // null: not counted
};

// The inputs of `count` output pixels in the form that the multiplication takes: bytes m_rowBytes apart or words.
template <class T>
const std::uint8_t *Conv8<T>::inputRows(const Part &part, std::size_t first, std::size_t count, std::size_t group, std::byte *memory) const
{
    const auto *in = reinterpret_cast<const std::uint8_t *>(part.in);
    const int channels = m_g.inC / m_g.groups;
    const int firstChannel = static_cast<int>(group) * channels;
    auto *rows = reinterpret_cast<std::uint8_t *>(memory);
    if (!m_isBytes) {
        const PackedWeights &w = m_weights->words[group];
        auto *words = reinterpret_cast<std::int16_t *>(memory);
        if (m_isContiguous)
            widen(m_stage.simd, part.in + first * w.depth(), count * w.depth(), m_zeroPoint, words);
        else
            gatherWords<T>({m_g, part.in, firstChannel, channels}, m_stage.simd, first, count, m_zeroPoint, words, w.rowStride(), w.depth());
        return rows;
    }
    if (m_isContiguous && !m_flips)
        return in + first * m_rowBytes;
    if (m_isContiguous) {
        flipSigns(in + first * m_rowBytes, count * m_rowBytes, rows);
        return rows;
    }
    gatherBytes({m_g, in, firstChannel, channels}, first, count, static_cast<std::uint8_t>(m_zeroPoint), rows, m_rowBytes);
    if (m_flips)
        flipSigns(rows, count * m_rowBytes, rows);
    return rows;
}

template <class T>
void Conv8<T>::runPart(const Part &part, Scratch &scratch) const
{
    const std::size_t perGroup = size(m_g.outC / m_g.groups), outC = size(m_g.outC), elementBytes = byteSize(m_stage.type, 1);
    const std::size_t most = std::min(m_blockRows + m_blockTail, part.rowEnd - part.rowBegin);
    const bool inPlace = m_isBytes && m_isContiguous && !m_flips;
    const std::size_t inputBytes = inPlace ? 0 : roundUp(most * m_rowBytes + 16, 64), accBytes = most * kAccStride * 4;
    std::byte *memory = scratch.get(inputBytes + accBytes + most * 4);
    auto *acc = reinterpret_cast<std::int32_t *>(memory + inputBytes);
    auto *sums = reinterpret_cast<std::int32_t *>(memory + inputBytes + accBytes);
    std::uint64_t saturated = 0;
    std::optional<TileScope> tiles;
    if (m_isBytes)
        tiles.emplace(m_level, m_weights->bytes.front(), most);

    for (std::size_t first = part.rowBegin, count = 0; first < part.rowEnd; first += count) {
        count = part.rowEnd - first;
        if (count > m_blockRows + m_blockTail)
            count = m_blockRows;
        for (std::size_t group = 0; group < size(m_g.groups); ++group) {
            const std::uint8_t *rows = inputRows(part, first, count, group, memory);
            const Rows8 rows8{rows, m_rowBytes, count, std::is_signed_v<T> && !m_flips};
            if (m_isBytes && m_weights->bytes[group].hasOffsets())
                sumRows8(rows8, m_weights->bytes[group].depth(), sums);
            for (std::size_t p = part.panelBegin, panels = 0; p < part.panelEnd; p += panels) {
                if (part.state.isCancelled())
                    return;
                panels = std::min(kPanelsAtOnce, part.panelEnd - p);
                const std::int32_t *bias = m_bias[group].data() + p * kPanel;
                if (m_isBytes) {
                    const PackedWeights8 &w = m_weights->bytes[group];
                    multiplyRows8(m_level, rows8, w, p, panels, bias, acc, kAccStride);
                    for (std::size_t k = 0; k < panels; ++k)
                        if (w.offset(p + k) != 0)
                            addRowSums(acc + k * kPanel, kAccStride, count, sums, w.offset(p + k));
                } else {
                    const PackedWeights &w = m_weights->words[group];
                    panels = std::min(panels, panelGroup(panels));
                    multiplyRows(m_stage.simd, reinterpret_cast<const std::int16_t *>(rows), w.rowStride(), count, w, p, panels, bias, acc, kAccStride);
                }
                const std::size_t channel = group * perGroup + p * kPanel, n = std::min(panels * kPanel, perGroup - p * kPanel);
                saturated += m_stage.applyRows(acc, kAccStride, count, channel, n, part.out + (first * outC + channel) * elementBytes, outC, part.saturated);
            }
        }
    }
    if (part.saturated)
        *part.saturated += saturated;
}

template <class T>
void Conv8<T>::run(const T *in, void *out, const KernelRun &r) const
{
    const std::size_t rows = size(m_g.batch) * size(m_g.outH) * size(m_g.outW), panels = m_bias.front().size() / kPanel;
    const std::size_t depth = size(m_g.kernelH * m_g.kernelW * (m_g.inC / m_g.groups));
    if (rows == 0 || panels == 0)
        return;
    std::atomic<std::uint64_t> saturated{0};
    Part all{in, static_cast<std::byte *>(out), r.state, 0, rows, 0, panels, r.state.counters ? &saturated : nullptr};
    const std::size_t threads = r.state.workers.threads();
    if (threads > 1 && m_g.groups == 1 && rows < 32 * threads) { // few rows, as of a fully connected layer: share the channels
        r.parallel(panels, std::max<std::size_t>(1, kWorthAThread / (rows * depth * kPanel)), [&](std::size_t begin, std::size_t end, Scratch &scratch) {
            Part part = all;
            part.panelBegin = begin;
            part.panelEnd = end;
            runPart(part, scratch);
        });
    } else {
        r.parallel(rows, std::max<std::size_t>(16, kWorthAThread / (depth * size(m_g.outC / m_g.groups))), [&](std::size_t begin, std::size_t end, Scratch &scratch) {
            Part part = all;
            part.rowBegin = begin;
            part.rowEnd = end;
            runPart(part, scratch);
        });
    }
    if (r.state.counters) {
        const auto outputs = static_cast<std::uint64_t>(rows) * size(m_g.outC);
        r.state.counters->add({.outputs = outputs, .saturated = saturated, .accumulated = outputs});
    }
}

template class Conv8<std::uint8_t>;
template class Conv8<std::int8_t>;

} // namespace requant
