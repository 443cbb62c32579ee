// SPDX-License-Identifier: GPL-3.0-or-later
// ONNX's protobuf messages (Debian's libonnx-dev). Included by sources of this room only.
#pragma once

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>
