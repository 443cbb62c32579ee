// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/pictures.h"

#include "core/base/files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#endif
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STBI_MAX_DIMENSIONS 16384
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace requant {
namespace {

constexpr Message kBadPicture{"samples.bad-picture", "cannot read the picture: %1"};

Error fail(const std::filesystem::path &path, const char *why)
{
    Error e = makeError(kBadPicture, {why ? why : "unknown format"});
    e.file = path.string();
    return e;
}

constexpr std::array<std::string_view, 6> kEndings{".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tga"};

} // namespace

std::string pictureEndings()
{
    std::string out;
    for (const std::string_view e : kEndings)
        out += (out.empty() ? "" : ", ") + std::string(e);
    return out;
}

bool isPictureName(const std::filesystem::path &path)
{
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

Result<std::pair<int, int>> pictureSize(const std::filesystem::path &path)
{
    auto file = mapFile(path);
    if (!file)
        return file.error();
    int width = 0, height = 0, channels = 0;
    if (!stbi_info_from_memory(reinterpret_cast<const stbi_uc *>(file->bytes.data()), static_cast<int>(std::min<std::size_t>(file->bytes.size(), INT32_MAX)),
                               &width, &height, &channels) || width < 1 || height < 1)
        return fail(path, stbi_failure_reason());
    return std::pair{width, height};
}

Result<std::vector<std::uint8_t>> loadPicture(const std::filesystem::path &path, int height, int width, int channels)
{
    auto file = mapFile(path);
    if (!file)
        return file.error();
    int w = 0, h = 0, n = 0;
    const std::unique_ptr<stbi_uc, void (*)(void *)> pixels(
        stbi_load_from_memory(reinterpret_cast<const stbi_uc *>(file->bytes.data()),
                              static_cast<int>(std::min<std::size_t>(file->bytes.size(), INT32_MAX)), &w, &h, &n, channels),
        stbi_image_free);
    if (!pixels || w < 1 || h < 1)
        return fail(path, stbi_failure_reason());
    // The smallest size that covers the target and keeps the aspect ratio.
    const double scale = std::max(static_cast<double>(width) / w, static_cast<double>(height) / h);
    const int coverW = std::max(width, static_cast<int>(std::lround(w * scale))), coverH = std::max(height, static_cast<int>(std::lround(h * scale)));
    std::vector<std::uint8_t> resized(static_cast<std::size_t>(coverW) * static_cast<std::size_t>(coverH) * static_cast<std::size_t>(channels));
    if (!stbir_resize_uint8_generic(pixels.get(), w, h, 0, resized.data(), coverW, coverH, 0, channels, STBIR_ALPHA_CHANNEL_NONE, 0,
                                    STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, nullptr))
        return fail(path, "out of memory");
    const int left = (coverW - width) / 2, top = (coverH - height) / 2;
    std::vector<std::uint8_t> out;
    out.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
    for (int y = 0; y < height; ++y) {
        const auto line = (static_cast<std::ptrdiff_t>(top + y) * coverW + left) * channels;
        out.insert(out.end(), resized.begin() + line, resized.begin() + line + static_cast<std::ptrdiff_t>(width) * channels);
    }
    return out;
}

} // namespace requant
