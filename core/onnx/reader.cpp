// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"

#include "core/base/files.h"
#include "core/onnx/imported.h"
#include "core/onnx/wirecheck.h"
#include "core/tflite/check.h"

#include <algorithm>
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

namespace onnxformat {

Result<std::unique_ptr<Imported>> importBytes(std::span<const std::byte> bytes, const std::filesystem::path &folder,
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
        auto in = std::make_unique<Imported>();
        if (!in->proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
            return makeError(kDamaged, {guessContent(bytes)});
        Graph graph(in->proto, folder, limits);
        Importer importer(graph, in->notes);
        in->model = importer.import(in->proto.graph().name());
        in->origin = importer.takeOrigin();
        in->model->description = in->proto.producer_name()
                                 + (in->proto.producer_version().empty() ? "" : " " + in->proto.producer_version());
        if (auto ok = tfliteformat::checkModel(*in->model, in->notes); !ok)
            return ok.error();
        return in;
    } catch (const Refusal &r) {
        return r.error;
    } catch (const std::bad_alloc &) {
        return makeError(kOutOfMemory);
    } catch (const std::length_error &) {
        return makeError(kOutOfMemory);
    }
}

} // namespace onnxformat

namespace {

// Operators on integers round otherwise than reals between quantizers.
std::string formatOf(const Imported &in)
{
    const auto &nodes = in.proto.graph().node();
    const bool integers =
        std::any_of(nodes.begin(), nodes.end(), [](const auto &n) { return n.op_type().rfind("QLinear", 0) == 0; });
    return !integers ? "onnx" : in.origin.isUnsignedInFile ? std::string(kOnnxUnsigned) : "onnx-integers";
}

Result<LoadedModel> loaded(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                           const std::filesystem::path &folder, const OnnxLimits &limits)
{
    auto in = importBytes(bytes, folder, limits);
    if (!in)
        return in.error();
    (*in)->model->sourceFile =
        std::make_shared<const SourceFile>(SourceFile{formatOf(**in), bytes, std::move(owner), folder.string()});
    return LoadedModel{std::move((*in)->model), std::move((*in)->notes)};
}

} // namespace

Result<LoadedModel> readOnnx(std::span<const std::byte> bytes, const std::filesystem::path &folder,
                             const OnnxLimits &limits)
{
    auto copy = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    return loaded(*copy, copy, folder, limits);
}

Result<LoadedModel> loadOnnx(const std::filesystem::path &file, const OnnxLimits &limits)
{
    auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    auto model = loaded(mapped->bytes, mapped->owner, folder, limits);
    if (!model) {
        model.error().file = file.string();
        return model;
    }
    for (Diagnostic &d : model->diagnostics)
        d.file = file.string();
    return model;
}

} // namespace requant
