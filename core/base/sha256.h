// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256 (FIPS 180-4), to name a model file in reports and metadata.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace requant {

std::string sha256Hex(std::span<const std::byte>); // 64 lower-case hexadecimal digits

} // namespace requant
