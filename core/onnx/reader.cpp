// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"

#include "core/base/files.h"
#include "core/onnx/importer.h"
#include "core/onnx/wirecheck.h"
#include "core/tflite/check.h"

#include <limits>
#include <new>

namespace requant {

using namespace onnxformat;

namespace {

std::string guessContent(std::span<const std::byte> bytes)
{
    const std::string_view head(reinterpret_cast<const char *>(bytes.data()), std::min<std::size_t>(bytes.size(), 512));
    if (bytes.empty())
        return "the file is empty";
    if (head.size() >= 8 && head.substr(4, 3) == "TFL")
        return "it is a TFLite model";
    if (head.starts_with("version https://git-lfs"))
        return "it is a Git LFS pointer; fetch the real file with \"git lfs pull\"";
    return "a part of it is not whole";
}

} // namespace

bool looksLikeOnnx(std::span<const std::byte> bytes)
{
    // ModelProto's first field is its IR version by all writers; a graph may come first.
    if (bytes.size() < 2
        || (bytes[0] != std::byte{0x08} && bytes[0] != std::byte{0x3A} && bytes[0] != std::byte{0x12}
            && bytes[0] != std::byte{0x42}))
        return false;
    const auto facts = wireFacts(bytes, 1'000'000);
    return facts && facts->hasGraph;
}

Result<LoadedModel> readOnnx(std::span<const std::byte> bytes, const std::filesystem::path &folder,
                             const OnnxLimits &limits)
{
    const auto facts = wireFacts(bytes, limits.maxMessages);
    if (!facts)
        return makeError(kDamaged, {guessContent(bytes)});
    if (facts->messages > limits.maxMessages)
        return makeError(kTooMany, {std::to_string(limits.maxMessages)});
    if (!facts->hasGraph)
        return makeError(kNotOnnx, {bytes.empty() ? "the file is empty" : "it has no graph"});
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return makeError(kNotOnnx, {"it is larger than 2 GiB, which protobuf does not allow"});
    try {
        onnx::ModelProto proto;
        if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
            return makeError(kDamaged, {guessContent(bytes)});
        LoadedModel loaded;
        Graph graph(proto, folder, limits);
        std::shared_ptr<Model> model = Importer(graph, loaded.diagnostics).import(proto.graph().name());
        model->description =
            proto.producer_name() + (proto.producer_version().empty() ? "" : " " + proto.producer_version());
        if (auto ok = tfliteformat::checkModel(*model, loaded.diagnostics); !ok)
            return ok.error();
        loaded.model = std::move(model);
        return loaded;
    } catch (const Refusal &r) {
        return r.error;
    } catch (const std::bad_alloc &) {
        return makeError(kOutOfMemory);
    } catch (const std::length_error &) {
        return makeError(kOutOfMemory);
    }
}

Result<LoadedModel> loadOnnx(const std::filesystem::path &file, const OnnxLimits &limits)
{
    auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    auto loaded = readOnnx(mapped->bytes, folder, limits);
    if (!loaded) {
        loaded.error().file = file.string();
        return loaded;
    }
    for (Diagnostic &d : loaded->diagnostics)
        d.file = file.string();
    return loaded;
}

} // namespace requant
