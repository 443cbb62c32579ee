// SPDX-License-Identifier: GPL-3.0-or-later
// A file as it was read: its message, the model made of it, and where things of the model are in it.
#pragma once

#include "core/onnx/importer.h"

namespace requant::onnxformat {

struct Imported
{
    onnx::ModelProto proto;
    std::shared_ptr<Model> model;
    Origin origin;
    Diagnostics notes;
};

Result<std::unique_ptr<Imported>> importBytes(std::span<const std::byte>, const std::filesystem::path &folder,
                                              const OnnxLimits &);

} // namespace requant::onnxformat
