// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/loadmodel.h"

#include "core/base/files.h"

#include <algorithm>
#include <cstring>

namespace requant {

ModelFormat modelFormat(std::span<const std::byte> bytes, const std::filesystem::path &file)
{
    if (bytes.size() >= 8 && std::memcmp(bytes.data() + 4, "TFL", 3) == 0)
        return ModelFormat::Tflite;
    if (looksLikeOnnx(bytes))
        return ModelFormat::Onnx;
    std::string extension = file.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    return extension == ".onnx" ? ModelFormat::Onnx : ModelFormat::Tflite;
}

Result<LoadedModel> loadModel(const std::filesystem::path &file)
{
    auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    return modelFormat(mapped->bytes, file) == ModelFormat::Onnx ? loadOnnx(file) : loadTflite(file);
}

} // namespace requant
