// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/samples.h"

#include "core/base/files.h"
#include "core/sim/npy.h"
#include "core/sim/pictures.h"
#include "core/sim/pixelinput.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace requant {
namespace {

constexpr Message kNoInputs{"samples.no-inputs", "the model has no input"};
constexpr Message kNpyShape{"samples.npy-shape", "the array is %1 %2, but the model's input takes %3 %4 per sample"};
constexpr Message kNpyType{"samples.npy-type", "the array's type %1 cannot become the input's type %2"};
constexpr Message kSeveralInputs{"samples.several-inputs", "the model has %1 inputs; give them as a raw file of all inputs"};
constexpr Message kRawSize{"samples.raw-size", "%1 bytes are no whole number of samples of %2 bytes (%3)"};
constexpr Message kNotPicture{"samples.input-not-a-picture", "the model's input %1 is not a picture of 1 or 3 channels"};
constexpr Message kEmpty{"samples.empty", "no samples found"};
constexpr Message kInputCount{"samples.input-count", "the samples are for %1 inputs, but the model has %2"};
constexpr Message kInputsDiffer{"samples.inputs-differ", "the samples are for an input of %1, but the model's is %2"};
constexpr Message kNoPictures{"samples.no-pictures", "the folder has no pictures (%1)"};
constexpr Message kNotLabels{"samples.not-labels", "labels must be integers, not %1"};

Error inFile(Error e, const std::filesystem::path &path)
{
    e.file = path.string();
    return e;
}

std::size_t bytesOf(const Tensor &t) { return byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape))); }

// A pixel 0..255 in the input's own type.
std::vector<std::byte> pixelsToInput(std::span<const std::uint8_t> pixels, const Tensor &t)
{
    std::vector<std::byte> out(byteSize(t.type, pixels.size()));
    const auto put = [&]<class T>(T, auto f) {
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const T v = f(pixels[i]);
            std::memcpy(out.data() + i * sizeof(T), &v, sizeof(T));
        }
    };
    switch (t.type) {
    case ElementType::UInt8: std::memcpy(out.data(), pixels.data(), pixels.size()); break;
    case ElementType::Int8: put(std::int8_t{}, [](std::uint8_t p) { return static_cast<std::int8_t>(p - 128); }); break;
    case ElementType::Int16: {
        const float scale = t.quant.scaleAt(0) > 0 ? t.quant.scaleAt(0) : 1.0f / 32768;
        put(std::int16_t{}, [&](std::uint8_t p) {
            const float real = (static_cast<float>(p) - 127.5f) / 127.5f;
            return static_cast<std::int16_t>(std::clamp(std::round(real / scale) + static_cast<float>(t.quant.zeroPointAt(0)), -32768.0f, 32767.0f));
        });
        break;
    }
    case ElementType::Float32: put(float{}, [](std::uint8_t p) { return (static_cast<float>(p) - 127.5f) / 127.5f; }); break;
    default: break;
    }
    return out;
}

// As pixelsToInput(), for an input whose grid a conversion has moved away from what the pixels mean.
std::vector<std::byte> pixelsThrough(std::span<const std::uint8_t> pixels, const Tensor &meaning, const Tensor &input)
{
    std::vector<std::byte> values = pixelsToInput(pixels, meaning);
    if (meaning.type == input.type && meaning.quant.sameGrid(input.quant))
        return values;
    return regrid(values, meaning, input);
}

bool takesPixels(ElementType t)
{
    return t == ElementType::UInt8 || t == ElementType::Int8 || t == ElementType::Int16 || t == ElementType::Float32;
}

Shape withoutBatch(const Shape &shape)
{
    return shape.size() > 1 && shape[0] == 1 ? Shape(shape.begin() + 1, shape.end()) : shape;
}

using Reader = std::function<std::vector<std::vector<std::byte>>(std::size_t)>;

struct Source
{
    std::size_t count = 0;
    std::string description;
    Reader read;
};

Result<Source> openNpy(const std::filesystem::path &path, const std::vector<Tensor> &inputs, const std::vector<Tensor> &meanings)
{
    if (inputs.size() != 1)
        return makeError(kSeveralInputs, {std::to_string(inputs.size())});
    auto loaded = loadNpy(path);
    if (!loaded)
        return loaded.error();
    const NpyArray array = std::move(*loaded);
    const Tensor input = inputs[0];
    const std::int64_t perSample = elementCount(input.shape);
    const auto shapeOf = [](const std::vector<std::int64_t> &dims) {
        std::string s;
        for (const std::int64_t d : dims)
            s += (s.empty() ? "" : "x") + std::to_string(d);
        return s;
    };
    // The trailing dimensions are one sample; a leading one counts samples. Dimensions of 1 may be left out or added.
    const auto significant = [](auto begin, auto end) {
        std::vector<std::int64_t> d;
        for (; begin != end; ++begin)
            if (*begin != 1)
                d.push_back(*begin);
        return d;
    };
    const auto wanted = significant(input.shape.begin(), input.shape.end());
    std::size_t count = 0;
    if (!array.shape.empty() && significant(array.shape.begin() + 1, array.shape.end()) == wanted)
        count = static_cast<std::size_t>(array.shape[0]);
    else if (significant(array.shape.begin(), array.shape.end()) == wanted)
        count = 1;
    else
        return makeError(kNpyShape, {std::string(typeName(array.type)), shapeOf(array.shape), std::string(typeName(input.type)), shapeText(withoutBatch(input.shape))});
    const Tensor meaning = meanings[0];
    const bool moved = meaning.type != input.type || !meaning.quant.sameGrid(input.quant);
    const bool pixels = array.type == ElementType::UInt8 && takesPixels(input.type) && (input.type != array.type || moved);
    const bool reals = array.type == ElementType::Float32 && input.type != array.type && isIntegerStorage(input.type) && input.quant.isQuantized();
    if (array.type != input.type && !pixels && !reals)
        return makeError(kNpyType, {std::string(typeName(array.type)), std::string(typeName(input.type))});
    const std::size_t bytes = byteSize(array.type, static_cast<std::size_t>(perSample));
    Source s;
    s.count = count;
    s.description = path.filename().string() + ": " + std::to_string(count) + " of " + shapeText(withoutBatch(input.shape)) + " " + std::string(typeName(array.type));
    Tensor real = input; // a float tensor of the same shape, to regrid from
    real.type = ElementType::Float32;
    real.quant = {};
    s.read = [array, bytes, input, meaning, pixels, reals, real](std::size_t i) {
        const auto part = array.data.subspan(i * bytes, bytes);
        std::vector<std::vector<std::byte>> values(1);
        if (pixels)
            values[0] = pixelsThrough({reinterpret_cast<const std::uint8_t *>(part.data()), part.size()}, meaning, input);
        else if (reals)
            values[0] = regrid(part, real, input);
        else
            values[0].assign(part.begin(), part.end());
        dropPages(part);
        return values;
    };
    return s;
}

Result<Source> openRaw(const std::filesystem::path &path, const std::vector<Tensor> &inputs)
{
    auto mapped = mapFile(path);
    if (!mapped)
        return mapped.error();
    std::size_t total = 0;
    std::string parts;
    for (const Tensor &t : inputs) {
        total += bytesOf(t);
        parts += (parts.empty() ? "" : " + ") + std::string(typeName(t.type)) + " " + shapeText(t.shape);
    }
    if (total == 0 || mapped->bytes.empty() || mapped->bytes.size() % total != 0)
        return makeError(kRawSize, {std::to_string(mapped->bytes.size()), std::to_string(total), parts});
    Source s;
    s.count = mapped->bytes.size() / total;
    s.description = path.filename().string() + ": " + std::to_string(s.count) + " of " + parts;
    s.read = [file = *mapped, total, inputs](std::size_t i) {
        std::vector<std::vector<std::byte>> result;
        std::size_t at = i * total;
        for (const Tensor &t : inputs) {
            const auto part = file.bytes.subspan(at, bytesOf(t));
            result.emplace_back(part.begin(), part.end());
            at += part.size();
        }
        dropPages(file.bytes.subspan(i * total, total));
        return result;
    };
    return s;
}

Result<Source> openPictures(std::vector<std::filesystem::path> files, std::string name, const std::vector<Tensor> &inputs,
                            const std::vector<Tensor> &meanings)
{
    if (inputs.size() != 1)
        return makeError(kSeveralInputs, {std::to_string(inputs.size())});
    const Tensor input = inputs[0];
    const Shape shape = input.shape;
    const bool picture = shape.size() == 4 && shape[0] == 1 && shape[1] > 0 && shape[2] > 0 && (shape[3] == 1 || shape[3] == 3);
    if (!picture || !takesPixels(input.type))
        return makeError(kNotPicture, {shapeText(shape) + " " + std::string(typeName(input.type))});
    Source s;
    for (const auto &file : files) // every file must be readable now: read() cannot fail later
        if (auto info = pictureSize(file); !info)
            return info.error();
    s.count = files.size();
    s.description = std::move(name) + ": " + std::to_string(files.size()) + (files.size() == 1 ? " picture" : " pictures");
    s.read = [files = std::move(files), input, meaning = meanings[0], shape](std::size_t i) {
        auto pixels = loadPicture(files[i], shape[1], shape[2], shape[3]);
        const auto count = static_cast<std::size_t>(elementCount(shape));
        // A picture whose header is good but whose body is not gives mid-grey.
        const std::vector<std::uint8_t> values = pixels ? std::move(*pixels) : std::vector<std::uint8_t>(count, 128);
        return std::vector<std::vector<std::byte>>{pixelsThrough(values, meaning, input)};
    };
    return s;
}

} // namespace

Result<SampleSet> SampleSet::open(const std::filesystem::path &path, const Model &model, std::size_t limit)
{
    if (model.subgraphs.empty() || model.subgraphs.front().inputs.empty())
        return makeError(kNoInputs);
    const Subgraph &graph = model.subgraphs.front();
    SampleSet set;
    for (const TensorIndex t : graph.inputs) {
        set.m_inputs.push_back(graph.tensor(t));
        set.m_inputs.back().buffer = BufferIndex{0};
    }
    const std::vector<Tensor> meanings = pixelInputs(model);
    std::error_code ec;
    Result<Source> source = makeError(kEmpty);
    if (std::filesystem::is_directory(path, ec)) {
        std::vector<std::filesystem::path> files;
        for (const auto &entry : std::filesystem::directory_iterator(path, ec))
            if (entry.is_regular_file(ec) && isPictureName(entry.path()))
                files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        if (limit && files.size() > limit)
            files.resize(limit);
        if (files.empty())
            source = makeError(kNoPictures, {pictureEndings()});
        else
            source = openPictures(std::move(files), path.filename().empty() ? path.parent_path().filename().string() : path.filename().string(), set.m_inputs, meanings);
    } else if (path.extension() == ".npy") {
        source = openNpy(path, set.m_inputs, meanings);
    } else if (isPictureName(path)) {
        source = openPictures({path}, path.filename().string(), set.m_inputs, meanings);
    } else {
        source = openRaw(path, set.m_inputs);
    }
    if (!source)
        return inFile(source.error(), source.error().file.empty() ? path : std::filesystem::path(source.error().file));
    if (source->count == 0)
        return inFile(makeError(kEmpty), path);
    set.m_count = limit ? std::min(limit, source->count) : source->count;
    set.m_description = std::move(source->description);
    set.m_read = std::move(source->read);
    return set;
}

std::vector<std::vector<std::byte>> SampleSet::sample(std::size_t i) const { return m_read(i); }

Status SampleSet::fits(const Model &other) const
{
    static const std::vector<TensorIndex> kNone;
    const std::vector<TensorIndex> &inputs = other.subgraphs.empty() ? kNone : other.subgraphs.front().inputs;
    if (inputs.size() != m_inputs.size())
        return makeError(kInputCount, {std::to_string(m_inputs.size()), std::to_string(inputs.size())});
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const Tensor &from = m_inputs[k], &to = other.subgraphs.front().tensor(inputs[k]);
        const auto converts = [](const Tensor &t) {
            return t.type == ElementType::Float32 || (isIntegerStorage(t.type) && bitWidth(t.type) <= 64);
        };
        if (elementCount(from.shape) != elementCount(to.shape) || (from.type != to.type && !(converts(from) && converts(to))))
            return makeError(kInputsDiffer, {std::string(typeName(from.type)) + " " + shapeText(from.shape),
                                             std::string(typeName(to.type)) + " " + shapeText(to.shape)});
    }
    return success();
}

std::vector<std::vector<std::byte>> SampleSet::sampleFor(std::size_t i, const Model &other) const { return fitted(m_read(i), other); }

std::vector<std::vector<std::byte>> SampleSet::fitted(std::vector<std::vector<std::byte>> values, const Model &other) const
{
    if (other.subgraphs.empty())
        return values;
    const Subgraph &graph = other.subgraphs.front();
    for (std::size_t k = 0; k < values.size() && k < graph.inputs.size(); ++k)
        values[k] = regrid(values[k], m_inputs[k], graph.tensor(graph.inputs[k]));
    return values;
}

Result<std::vector<std::int64_t>> loadLabels(const std::filesystem::path &path)
{
    auto array = loadNpy(path);
    if (!array)
        return array.error();
    std::vector<std::int64_t> labels;
    const auto read = [&]<class T>(T) {
        labels.resize(array->data.size() / sizeof(T));
        for (std::size_t i = 0; i < labels.size(); ++i) {
            T v;
            std::memcpy(&v, array->data.data() + i * sizeof(T), sizeof(T));
            labels[i] = static_cast<std::int64_t>(v);
        }
    };
    switch (array->type) {
    case ElementType::Int8: read(std::int8_t{}); break;
    case ElementType::UInt8: read(std::uint8_t{}); break;
    case ElementType::Int16: read(std::int16_t{}); break;
    case ElementType::UInt16: read(std::uint16_t{}); break;
    case ElementType::Int32: read(std::int32_t{}); break;
    case ElementType::UInt32: read(std::uint32_t{}); break;
    case ElementType::Int64: read(std::int64_t{}); break;
    case ElementType::UInt64: read(std::uint64_t{}); break;
    default: return inFile(makeError(kNotLabels, {std::string(typeName(array->type))}), path);
    }
    return labels;
}

namespace {

// Channel of element i of a tensor quantized along one dimension.
struct ChannelOf
{
    std::size_t inner = 1, channels = 1;
    explicit ChannelOf(const Tensor &t)
    {
        const auto d = static_cast<std::size_t>(std::max(t.quant.quantizedDimension, 0));
        if (!t.quant.isPerChannel() || d >= t.shape.size() || static_cast<std::size_t>(t.shape[d]) != t.quant.scale.size())
            return;
        channels = static_cast<std::size_t>(t.shape[d]);
        for (std::size_t k = d + 1; k < t.shape.size(); ++k)
            inner *= static_cast<std::size_t>(t.shape[k]);
    }
    std::size_t operator()(std::size_t i) const { return i / inner % channels; }
};

// Integer values of a tensor's bytes; int4 and int2 unpacked. Empty for types that are no integers.
template <class F>
bool forEachInteger(std::span<const std::byte> bytes, const Tensor &t, F &&f)
{
    const auto n = static_cast<std::size_t>(elementCount(t.shape));
    if (bytes.size() < byteSize(t.type, n))
        return false;
    const auto read = [&]<class T>(T) {
        for (std::size_t i = 0; i < n; ++i) {
            T v;
            std::memcpy(&v, bytes.data() + i * sizeof(T), sizeof(T));
            f(i, static_cast<std::int64_t>(v));
        }
        return true;
    };
    switch (t.type) {
    case ElementType::Int8: return read(std::int8_t{});
    case ElementType::UInt8: return read(std::uint8_t{});
    case ElementType::Int16: return read(std::int16_t{});
    case ElementType::UInt16: return read(std::uint16_t{});
    case ElementType::Int32: return read(std::int32_t{});
    case ElementType::UInt32: return read(std::uint32_t{});
    case ElementType::Int64: return read(std::int64_t{});
    case ElementType::Bool: return read(std::uint8_t{});
    case ElementType::Int4:
    case ElementType::UInt4:
    case ElementType::Int2: {
        const std::size_t width = bitWidth(t.type), perByte = 8 / width;
        for (std::size_t i = 0; i < n; ++i) {
            const auto bits = (std::to_integer<unsigned>(bytes[i / perByte]) >> (i % perByte * width)) & ((1u << width) - 1);
            const bool negative = t.type != ElementType::UInt4 && (bits >> (width - 1)) != 0;
            f(i, static_cast<std::int64_t>(bits) - (negative ? std::int64_t{1} << width : 0));
        }
        return true;
    }
    default: return false;
    }
}

} // namespace

std::vector<float> dequantize(std::span<const std::byte> bytes, const Tensor &t)
{
    std::vector<float> values(static_cast<std::size_t>(elementCount(t.shape)), 0.0f);
    if (t.type == ElementType::Float32) {
        std::memcpy(values.data(), bytes.data(), std::min(bytes.size(), values.size() * 4));
        return values;
    }
    const ChannelOf channel(t);
    const bool quantized = t.quant.isQuantized();
    forEachInteger(bytes, t, [&](std::size_t i, std::int64_t q) {
        const std::size_t c = channel(i);
        values[i] = quantized ? t.quant.scaleAt(c) * static_cast<float>(q - t.quant.zeroPointAt(c)) : static_cast<float>(q);
    });
    return values;
}

std::vector<std::byte> regrid(std::span<const std::byte> bytes, const Tensor &from, const Tensor &to)
{
    if (from.type == to.type && (from.quant.sameGrid(to.quant) || !to.quant.isQuantized()))
        return {bytes.begin(), bytes.end()};
    const auto n = static_cast<std::size_t>(elementCount(to.shape));
    std::vector<std::byte> out(byteSize(to.type, n), std::byte{0});
    // In double, so that equal scales give exactly the shifted integer.
    std::vector<double> real(static_cast<std::size_t>(elementCount(from.shape)), 0.0);
    if (from.type == ElementType::Float32) {
        const auto floats = dequantize(bytes, from);
        std::copy(floats.begin(), floats.end(), real.begin());
    } else {
        const ChannelOf channel(from);
        forEachInteger(bytes, from, [&](std::size_t i, std::int64_t q) {
            const std::size_t c = channel(i);
            real[i] = from.quant.isQuantized() ? static_cast<double>(from.quant.scaleAt(c)) * static_cast<double>(q - from.quant.zeroPointAt(c))
                                               : static_cast<double>(q);
        });
    }
    if (real.size() != n)
        return out;
    const ChannelOf channel(to);
    const IntegerRange range = integerRange(to.type);
    const auto integer = [&](std::size_t i) {
        const std::size_t c = channel(i);
        const double steps = to.quant.isQuantized() ? real[i] / static_cast<double>(to.quant.scaleAt(c)) : real[i];
        const double q = std::round(steps) + static_cast<double>(to.quant.isQuantized() ? to.quant.zeroPointAt(c) : 0);
        return static_cast<std::int64_t>(std::clamp(q, static_cast<double>(range.min), static_cast<double>(range.max)));
    };
    const auto write = [&]<class T>(T) {
        for (std::size_t i = 0; i < n; ++i) {
            T v;
            if constexpr (std::is_floating_point_v<T>)
                v = static_cast<T>(real[i]);
            else
                v = static_cast<T>(integer(i));
            std::memcpy(out.data() + i * sizeof(T), &v, sizeof(T));
        }
    };
    switch (to.type) {
    case ElementType::Int8: write(std::int8_t{}); break;
    case ElementType::UInt8: write(std::uint8_t{}); break;
    case ElementType::Int16: write(std::int16_t{}); break;
    case ElementType::Int32: write(std::int32_t{}); break;
    case ElementType::Int64: write(std::int64_t{}); break;
    case ElementType::Float32: write(float{}); break;
    case ElementType::Int4:
        for (std::size_t i = 0; i < n; ++i)
            out[i / 2] |= static_cast<std::byte>((static_cast<unsigned>(integer(i)) & 0xFu) << (i % 2 * 4));
        break;
    default: break;
    }
    return out;
}

} // namespace requant
