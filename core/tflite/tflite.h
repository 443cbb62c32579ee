// SPDX-License-Identifier: GPL-3.0-or-later
// TFLite files: bytes <-> Model. Reading verifies the flatbuffer and every index before use, maps the file and copies
// no weights. Writing is lossless: read -> write -> read gives an equal Model.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace requant {

struct ReadLimits
{
    std::size_t maxTables = 4'000'000; // of the whole flatbuffer
};

struct LoadedModel
{
    std::shared_ptr<const Model> model;
    Diagnostics diagnostics; // notes and warnings; unknown fields are warnings that name table, field id and place
};

// Maps the file; the Model's buffers keep the mapping alive. Errors name the file, the place and the reason.
Result<LoadedModel> loadTflite(const std::filesystem::path &file, const ReadLimits & = {});
// `owner` keeps `bytes` alive for as long as any buffer of the Model; null if the caller guarantees it.
Result<LoadedModel> readTflite(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                               const ReadLimits & = {});

struct WriteOptions
{
    bool dropUnknownFields = false; // otherwise a Model with unknownFields is refused, naming them
};

Result<std::vector<std::byte>> writeTflite(const Model &, const WriteOptions & = {});
// Writes to a temporary file beside the target and renames it.
Status saveTflite(const Model &, const std::filesystem::path &file, const WriteOptions & = {});

// Every field that two models do not share, as "subgraphs[0].tensors[3].shape: ..." lines; empty if equal in every field.
std::vector<std::string> modelDifferences(const Model &a, const Model &b, std::size_t most = 20);

} // namespace requant
