// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/layouts.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace requant::onnxformat {

Perm identityPerm(std::size_t rank)
{
    Perm p(rank);
    std::iota(p.begin(), p.end(), 0);
    return p;
}

const Perm &nhwc()
{
    static const Perm p{0, 2, 3, 1};
    return p;
}

bool isIdentity(const Perm &p)
{
    return std::is_sorted(p.begin(), p.end());
}

bool movesNothing(const Shape &shape, const Perm &from, const Perm &to)
{
    const auto large = [&](const Perm &p) {
        Perm kept;
        std::copy_if(p.begin(), p.end(), std::back_inserter(kept),
                     [&](int d) { return shape[static_cast<std::size_t>(d)] != 1; });
        return kept;
    };
    return from.size() == to.size() && large(from) == large(to);
}

Shape permuted(const Shape &shape, const Perm &perm)
{
    Shape out;
    for (const int d : perm)
        out.push_back(shape[static_cast<std::size_t>(d)]);
    return out;
}

std::vector<std::byte> permutedBytes(const std::vector<std::byte> &bytes, std::size_t size, const Shape &shape,
                                     const Perm &perm)
{
    if (isIdentity(perm) || bytes.empty())
        return bytes;
    const std::size_t rank = shape.size();
    std::vector<std::size_t> stride(rank, size), step(rank), at(rank, 0);
    for (std::size_t d = rank; d-- > 1;)
        stride[d - 1] = stride[d] * static_cast<std::size_t>(shape[d]);
    for (std::size_t i = 0; i < rank; ++i)
        step[i] = stride[static_cast<std::size_t>(perm[i])];
    const Shape out = permuted(shape, perm);
    std::vector<std::byte> result(bytes.size());
    std::size_t from = 0;
    for (std::size_t to = 0; to < result.size(); to += size) {
        std::memcpy(result.data() + to, bytes.data() + from, size);
        for (std::size_t d = rank; d-- > 0;) {
            from += step[d];
            if (++at[d] < static_cast<std::size_t>(out[d]))
                break;
            from -= step[d] * at[d];
            at[d] = 0;
        }
    }
    return result;
}

std::int64_t Window::out() const
{
    const std::int64_t room = in + before + after - extent();
    if (room < 0)
        return 0;
    std::int64_t n = (room + (ceil ? stride - 1 : 0)) / stride + 1;
    // A window that starts in the padding behind the picture is not counted (ONNX, as PyTorch).
    if (ceil && (n - 1) * stride >= in + before)
        --n;
    return n;
}

PadChoice choosePadding(const Window &rows, const Window &columns)
{
    // What the last window needs behind the picture; less than `after` if the stride leaves some of it unread.
    const auto neededAfter = [](const Window &w) {
        return std::max<std::int64_t>(0, (w.out() - 1) * w.stride + w.extent() - w.in - w.before);
    };
    const auto isSame = [&](const Window &w) {
        const std::int64_t out = (w.in + w.stride - 1) / w.stride;
        const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * w.stride + w.extent() - w.in);
        return w.out() == out && w.before == total / 2;
    };
    const auto isValid = [&](const Window &w) {
        return w.before == 0 && neededAfter(w) == 0 && w.in >= w.extent()
               && w.out() == (w.in - w.extent()) / w.stride + 1;
    };
    if (isValid(rows) && isValid(columns))
        return {};
    if (isSame(rows) && isSame(columns))
        return {PadKind::Same, 0, 0, 0, 0};
    // VALID on the padded picture gives the same number of windows: what is behind the last one is less than a stride.
    return {PadKind::Explicit, rows.before, neededAfter(rows), columns.before, neededAfter(columns)};
}

} // namespace requant::onnxformat
