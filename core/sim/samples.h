// SPDX-License-Identifier: GPL-3.0-or-later
// Sample inputs for a model: .npy arrays, raw files and folders of pictures, turned into the model's own input type.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace requant {

// An NPY array (format versions 1.0 to 3.0, C order, little-endian numeric types), mapped, not copied.
struct NpyArray
{
    ElementType type = ElementType::UInt8;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
    std::shared_ptr<const void> owner;
};
Result<NpyArray> loadNpy(const std::filesystem::path &);
Status saveNpy(const std::filesystem::path &, ElementType, const std::vector<std::int64_t> &shape,
               std::span<const std::byte> data);
// Integer labels of any integer type, one per sample.
Result<std::vector<std::int64_t>> loadLabels(const std::filesystem::path &);

// Samples for the first graph input of a model (raw files: all inputs one after another, as in the golden layout).
// uint8 pictures become the input's type as its quantization says: for a uint8 input the pixel itself; for int8 the
// pixel - 128; for int16 or float32 through the input's scale or to [-1, 1]. For a model that Requant wrote, pixels mean what
// they meant to its source (see pixelinput.h).
class SampleSet
{
public:
    // A .npy file whose trailing shape is the input's shape without batch; a folder of pictures (resized so that the
    // shortest side fits, centre crop) ; a raw file of whole inputs; one picture. Errors name file and reason.
    static Result<SampleSet> open(const std::filesystem::path &, const Model &, std::size_t limit = 0);
    // Samples that a function makes: it gives the bytes of every graph input, in the types of `model`.
    static SampleSet generated(const Model &model, std::size_t count, std::string description,
                               std::function<std::vector<std::vector<std::byte>>(std::size_t)> make)
    {
        SampleSet s;
        s.m_count = count;
        s.m_description = std::move(description);
        for (TensorIndex t : model.subgraphs.front().inputs)
            s.m_inputs.push_back(model.subgraphs.front().tensor(t));
        s.m_read = std::move(make);
        return s;
    }
    std::size_t size() const { return m_count; }
    // Bytes of every graph input for sample i, in the types of the model the set was opened for.
    std::vector<std::vector<std::byte>> sample(std::size_t i) const;
    // The same sample for a model whose inputs have other types or grids: the real value is kept and re-quantized, which
    // is exact between uint8 and int8 with zero points 128 apart.
    std::vector<std::vector<std::byte>> sampleFor(std::size_t i, const Model &other) const;
    // Sample i as sample() gave it, for such a model.
    std::vector<std::vector<std::byte>> fitted(std::vector<std::vector<std::byte>> sample, const Model &other) const;
    // Whether sampleFor() can serve a model: as many inputs, each with as many elements and of a type that is convertible.
    Status fits(const Model &other) const;
    const std::string &description() const { return m_description; }

private:
    std::size_t m_count = 0;
    std::string m_description;
    std::vector<Tensor> m_inputs; // the graph inputs' tensors (without data)
    std::function<std::vector<std::vector<std::byte>>(std::size_t)> m_read;
};

// Re-expresses integers of one grid on another: q' = clamp(round(real / scale') + zp'). Element counts must match.
std::vector<std::byte> regrid(std::span<const std::byte> bytes, const Tensor &from, const Tensor &to);
// Real values of a tensor's bytes under its grid (per-channel grids honoured); floats are returned as they are.
std::vector<float> dequantize(std::span<const std::byte> bytes, const Tensor &);

} // namespace requant
