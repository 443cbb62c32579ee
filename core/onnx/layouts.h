// SPDX-License-Identifier: GPL-3.0-or-later
// Orders of dimensions, and paddings as the intermediate representation can say them.
#pragma once

#include "core/model/model.h"

#include <optional>

namespace requant::onnxformat {

// Dimension i of a stored tensor is ONNX's dimension perm[i].
using Perm = std::vector<int>;

Perm identityPerm(std::size_t rank);
const Perm &nhwc(); // 0, 2, 3, 1
bool isIdentity(const Perm &);
// The same memory holds both orders: only dimensions of size 1 change places.
bool movesNothing(const Shape &onnxShape, const Perm &from, const Perm &to);
Shape permuted(const Shape &onnxShape, const Perm &);
// Elements of `shape` in row-major order, reordered so that dimension i of the result is dimension perm[i].
std::vector<std::byte> permutedBytes(const std::vector<std::byte> &, std::size_t elementBytes, const Shape &shape,
                                     const Perm &perm);

// One dimension of a window that slides.
struct Window
{
    std::int64_t in = 1, kernel = 1, stride = 1, dilation = 1;
    std::int64_t before = 0, after = 0; // as the file says
    bool ceil = false;
    std::int64_t extent() const { return (kernel - 1) * dilation + 1; }
    std::int64_t out() const; // 0 if the window does not fit
};

enum class PadKind : std::uint8_t { Valid, Same, Explicit };
struct PadChoice
{
    PadKind kind = PadKind::Valid;
    std::int64_t rowsBefore = 0, rowsAfter = 0, columnsBefore = 0, columnsAfter = 0; // for Explicit; VALID afterwards
};
PadChoice choosePadding(const Window &rows, const Window &columns);

} // namespace requant::onnxformat
