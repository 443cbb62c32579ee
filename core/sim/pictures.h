// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures for calibration: JPEG, PNG, BMP and others that stb_image reads.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace requant {

bool isPictureName(const std::filesystem::path &);
std::string pictureEndings(); // ".jpg, .png, ...": what isPictureName() accepts
// Width and height, from the header only.
Result<std::pair<int, int>> pictureSize(const std::filesystem::path &);
// Resized (antialiased) so that the picture just covers width x height, centre crop; channels 1 (grey) or 3 (RGB).
Result<std::vector<std::uint8_t>> loadPicture(const std::filesystem::path &, int height, int width, int channels);

} // namespace requant
