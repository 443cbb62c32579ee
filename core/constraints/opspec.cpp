// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: TFLite's quantization specification; operator_property.cc (same scale, fixed outputs, per-channel axes, int16
// support); the Prepare functions of tflite/kernels (what is enforced at run time); op_version.cc (versions);
// xnnpack_delegate.cc (ranges of the delegate). All of google-ai-edge/LiteRT.
#include "core/constraints/opspec.h"

#include <algorithm>
#include <map>

namespace requant {

namespace {

constexpr std::uint8_t kEight = kInt8 | kUInt8;

ConstraintRow same(std::uint8_t types, Enforcement how, std::string_view why)
{
    ConstraintRow r{RowKind::SameGrid, types, how};
    r.why = why;
    return r;
}

ConstraintRow sameSpec(std::uint8_t types = kAnyType)
{
    return same(types, Enforcement::Spec, "the operator copies integers: input and output must share scale and zero point");
}

ConstraintRow sameEnforced(std::uint8_t types = kAnyType)
{
    return same(types, Enforcement::Runtime, "the kernel refuses inputs and outputs with different scale or zero point");
}

ConstraintRow fixed(std::uint8_t types, float scale, int zeroPoint, Enforcement how, std::string_view why)
{
    ConstraintRow r{RowKind::FixedOutput, types, how};
    r.scale = scale;
    r.zeroPoint = zeroPoint;
    r.why = why;
    return r;
}

ConstraintRow perChannel(int dimension)
{
    ConstraintRow r{RowKind::PerChannel, kInt8 | kInt16};
    r.dimension = static_cast<std::int8_t>(dimension);
    r.operand = 1;
    r.why = "weights may have one scale per output channel";
    return r;
}

ConstraintRow derivedBias(int operand)
{
    ConstraintRow r{RowKind::DerivedBias, kAnyType};
    r.operand = static_cast<std::int8_t>(operand);
    r.why = "the bias is added to the accumulator: its scale is input scale x weight scale, its zero point 0";
    return r;
}

ConstraintRow weightZeroPoint()
{
    ConstraintRow r{RowKind::ZeroPointZero, kInt8 | kInt16, Enforcement::Runtime};
    r.operand = 1;
    r.why = "signed weights must have zero point 0";
    return r;
}

ConstraintRow int16ZeroPoint()
{
    ConstraintRow r{RowKind::ZeroPointZero, kInt16, Enforcement::Runtime};
    r.why = "int16 activations must have zero point 0";
    return r;
}

// out > 2 max(in) / 2^left: QuantizeMultiplierSmallerThanOneExp aborts the process otherwise.
ConstraintRow addRatio(std::uint8_t types, double low)
{
    ConstraintRow r{RowKind::ScaleRatio, types, Enforcement::Runtime};
    r.low = low;
    r.high = 1e30;
    r.why = "output scale / largest input scale must exceed this, or the runtime aborts";
    return r;
}

ConstraintRow delegateRatio(double low, double high, std::string_view why)
{
    ConstraintRow r{RowKind::ScaleRatio, kEight, Enforcement::Delegate};
    r.low = low;
    r.high = high;
    r.why = why;
    return r;
}

OpSpec copying(Op op, std::vector<std::int8_t> inputs, MinVersions v, std::uint8_t types = kAnyType,
               ConstraintRow row = sameSpec())
{
    return {op, types, std::move(inputs), Scaling::Homogeneous, true, v, {row, int16ZeroPoint()}};
}

std::vector<OpSpec> buildTable()
{
    const std::string_view kAddWhy = "XNNPACK takes ADD and SUB only with input scale / output scale in [2^-10, 2^8)";
    std::vector<OpSpec> t;

    // Weighted: input 0 is data, the weight's and bias's positions are in scheme/scheme.h.
    t.push_back({Op::Conv2D, kAnyType, {0}, Scaling::Weighted, true, {3, 1, 1},
                 {perChannel(0), derivedBias(2), weightZeroPoint(), int16ZeroPoint()}});
    t.push_back({Op::DepthwiseConv2D, kAnyType, {0}, Scaling::Weighted, true, {3, 1, 1},
                 {perChannel(3), derivedBias(2), weightZeroPoint(), int16ZeroPoint()}});
    t.push_back({Op::FullyConnected, kAnyType, {0}, Scaling::Weighted, true, {4, 1, 4},
                 {perChannel(0), derivedBias(2), weightZeroPoint(), int16ZeroPoint()}});
    t.push_back({Op::TransposeConv, kAnyType, {2}, Scaling::Weighted, true, {2, 1, 2},
                 {perChannel(0), derivedBias(3), weightZeroPoint(), int16ZeroPoint()}});

    // Copying integers.
    t.push_back(copying(Op::AveragePool2D, {0}, {2, 1, 3}));
    t.push_back(copying(Op::MaxPool2D, {0}, {2, 1, 3}));
    t.push_back(copying(Op::Reshape, {0}, {}));
    t.push_back(copying(Op::Squeeze, {0}, {}));
    t.push_back(copying(Op::ExpandDims, {0}, {}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::Transpose, {0}, {2, 1, 5}));
    t.push_back(copying(Op::Slice, {0}, {2, 1, 4}));
    t.push_back(copying(Op::StridedSlice, {0}, {2, 1, 1}));
    t.push_back(copying(Op::Split, {1}, {2, 1, 4}));
    t.push_back(copying(Op::SplitV, {0}, {2, 1, 1}));
    t.push_back(copying(Op::Gather, {0}, {2, 1, 4}));
    t.push_back(copying(Op::GatherNd, {0}, {1, 1, 3}));
    t.push_back(copying(Op::Tile, {0}, {3, 1, 1}));
    t.push_back(copying(Op::BroadcastTo, {0}, {3, 2, 3}));
    t.push_back(copying(Op::ReverseV2, {0}, {3, 1, 1}));
    t.push_back(copying(Op::SpaceToDepth, {0}, {2, 1, 0}, kEight));
    t.push_back(copying(Op::DepthToSpace, {0}, {2, 1, 0}, kEight));
    t.push_back(copying(Op::SpaceToBatchNd, {0}, {2, 1, 4}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::BatchToSpaceNd, {0}, {2, 1, 4}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::ResizeBilinear, {0}, {2, 1, 4}));
    t.push_back(copying(Op::ResizeNearestNeighbor, {0}, {2, 1, 4}));
    t.push_back(copying(Op::Pad, {0}, {2, 1, 3}));
    t.push_back(copying(Op::Padv2, {0, 2}, {2, 1, 3}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::MirrorPad, {0}, {2, 1, 3}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::Pack, {}, {2, 1, 3}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::Unpack, {0}, {2, 2, 4}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::Maximum, {0, 1}, {2, 1, 4}));
    t.push_back(copying(Op::Minimum, {0, 1}, {2, 1, 4}));
    t.push_back(copying(Op::ReduceMax, {0}, {2, 1, 3}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::ReduceMin, {0}, {2, 1, 3}, kAnyType, sameEnforced()));
    t.push_back(copying(Op::Select, {1, 2}, {2, 1, 1}));
    t.push_back(copying(Op::SelectV2, {1, 2}, {1, 1, 1}));
    t.push_back(copying(Op::TopkV2, {0}, {2, 1, 3}));
    t.push_back(copying(Op::DynamicUpdateSlice, {0, 1}, {1, 1, 4}));
    // uint8 CONCATENATION rescales its inputs, int8 demands equal grids, int16 equal scales (zero points are 0).
    t.push_back({Op::Concatenation, kAnyType, {}, Scaling::Homogeneous, true, {2, 1, 3},
                 {sameEnforced(kInt8), sameSpec(kInt16), int16ZeroPoint()}});

    // Rescaling, linear.
    for (Op op : {Op::Add, Op::Sub}) {
        const MinVersions v = op == Op::Add ? MinVersions{2, 1, 3} : MinVersions{2, 1, 5};
        t.push_back({op, kAnyType, {0, 1}, Scaling::Homogeneous, true, v,
                     {addRatio(kEight, 2.0 / (1 << 20)), addRatio(kInt16, 2.0 / (1 << 15)),
                      delegateRatio(0.0009765625, 256, kAddWhy), int16ZeroPoint()}});
    }
    t.push_back({Op::Mean, kAnyType, {0}, Scaling::Homogeneous, true, {2, 1, 3}, {int16ZeroPoint()}});
    t.push_back({Op::Sum, kAnyType, {0}, Scaling::Homogeneous, true, {2, 1, 1}, {sameSpec(kInt16), int16ZeroPoint()}});
    t.push_back({Op::Relu, kAnyType, {0}, Scaling::Homogeneous, true, {2, 2, 3}, {int16ZeroPoint()}});
    t.push_back({Op::LeakyRelu, kAnyType, {0}, Scaling::Homogeneous, true, {1, 1, 2}, {int16ZeroPoint()}});
    t.push_back({Op::Prelu, kEight, {0, 1}, Scaling::True, true, {}, {}});
    t.push_back({Op::Abs, kInt8 | kInt16, {0}, Scaling::Homogeneous, true, {2, 2, 3}, {int16ZeroPoint()}});
    t.push_back({Op::Neg, kInt8, {0}, Scaling::Homogeneous, true, {}, {}});

    // Rescaling, not linear: declared scales must be true.
    t.push_back({Op::Mul, kAnyType, {0, 1}, Scaling::True, true, {3, 3, 4},
                 {delegateRatio(1.0 / 65536, 256, "XNNPACK takes MUL only with s1 s2 / out in [2^-16, 2^8)"), int16ZeroPoint()}});
    t.push_back({Op::Div, kUInt8, {0, 1}, Scaling::True, true, {}, {}});
    t.push_back({Op::SquaredDifference, kInt8, {0, 1}, Scaling::True, true, {2, 0, 0}, {}});
    t.push_back({Op::Relu6, kAnyType, {0}, Scaling::True, true, {2, 1, 3}, {int16ZeroPoint()}});
    t.push_back({Op::ReluN1To1, kEight, {0}, Scaling::True, true, {}, {}});
    t.push_back({Op::HardSwish, kEight, {0}, Scaling::True, true, {}, {}});
    t.push_back({Op::Elu, kInt8, {0}, Scaling::True, true, {}, {}});
    t.push_back({Op::Gelu, kEight, {0}, Scaling::True, true, {2, 2, 0}, {}});
    t.push_back({Op::Exp, kInt8 | kInt16, {0}, Scaling::True, true, {2, 0, 2}, {int16ZeroPoint()}});
    t.push_back({Op::Log, kInt8 | kInt16, {0}, Scaling::True, true, {2, 0, 2}, {int16ZeroPoint()}});
    t.push_back({Op::Sqrt, kInt8 | kInt16, {0}, Scaling::True, true, {2, 0, 2}, {int16ZeroPoint()}});
    t.push_back({Op::Rsqrt, kInt8 | kInt16, {0}, Scaling::True, true, {2, 0, 3}, {int16ZeroPoint()}});
    t.push_back({Op::BatchMatmul, kInt8 | kInt16, {0, 1}, Scaling::True, true, {2, 0, 3}, {int16ZeroPoint()}});

    // Fixed outputs.
    const std::string_view kUnit = "values lie in [0, 1): the kernel computes on exactly this grid";
    const std::string_view kSigned = "values lie in [-1, 1]: the kernel computes on exactly this grid";
    t.push_back({Op::Softmax, kAnyType, {0}, Scaling::True, true, {2, 1, 3},
                 {fixed(kInt8, 1.0f / 256, -128, Enforcement::Runtime, kUnit), fixed(kUInt8, 1.0f / 256, 0, Enforcement::Spec, kUnit),
                  fixed(kInt16, 1.0f / 32768, 0, Enforcement::Runtime, kUnit)}});
    t.push_back({Op::Logistic, kAnyType, {0}, Scaling::True, true, {2, 1, 3},
                 {fixed(kInt8, 1.0f / 256, -128, Enforcement::Runtime, kUnit), fixed(kUInt8, 1.0f / 256, 0, Enforcement::Runtime, kUnit),
                  fixed(kInt16, 1.0f / 32768, 0, Enforcement::Runtime, kUnit), int16ZeroPoint()}});
    t.push_back({Op::Tanh, kAnyType, {0}, Scaling::True, true, {2, 1, 3},
                 {fixed(kInt8, 1.0f / 128, 0, Enforcement::Spec, kSigned), fixed(kUInt8, 1.0f / 128, 128, Enforcement::Spec, kSigned),
                  fixed(kInt16, 1.0f / 32768, 0, Enforcement::Runtime, kSigned), int16ZeroPoint()}});
    t.push_back({Op::LogSoftmax, kEight, {0}, Scaling::True, true, {2, 1, 0},
                 {fixed(kInt8, 16.0f / 256, 127, Enforcement::Runtime, "values lie in (-16, 0]: the kernel demands this grid"),
                  fixed(kUInt8, 16.0f / 256, 255, Enforcement::Runtime, "values lie in (-16, 0]: the kernel demands this grid")}});
    t.push_back({Op::L2Normalization, kEight, {0}, Scaling::True, true, {2, 1, 0},
                 {fixed(kInt8, 1.0f / 128, 0, Enforcement::Runtime, kSigned), fixed(kUInt8, 1.0f / 128, 128, Enforcement::Runtime, kSigned)}});

    // Crossing grids and types.
    t.push_back({Op::Quantize, kAnyType, {0}, Scaling::True, false, {1, 1, 2},
                 {delegateRatio(1.0 / 256, 128, "XNNPACK takes QUANTIZE only with input scale / output scale in [2^-8, 2^7]")}});
    t.push_back({Op::Dequantize, kAnyType, {0}, Scaling::True, false, {2, 1, 3}, {}});
    t.push_back({Op::ArgMax, kEight, {0}, Scaling::Homogeneous, false, {2, 1, 0}, {}});
    t.push_back({Op::ArgMin, kEight, {0}, Scaling::Homogeneous, false, {2, 1, 0}, {}});
    t.push_back({Op::Shape, kAnyType, {0}, Scaling::Homogeneous, false, {}, {}});
    for (Op op : {Op::Equal, Op::NotEqual, Op::Less, Op::Greater, Op::LessEqual, Op::GreaterEqual})
        t.push_back({op, kEight, {0, 1}, Scaling::True, false, {2, 1, 0}, {}});

    std::sort(t.begin(), t.end(), [](const OpSpec &a, const OpSpec &b) { return a.op < b.op; });
    return t;
}

} // namespace

std::uint8_t typeBit(ElementType t)
{
    switch (t) {
    case ElementType::Int8: return kInt8;
    case ElementType::UInt8: return kUInt8;
    case ElementType::Int16: return kInt16;
    default: return 0;
    }
}

bool OpSpec::isDataInput(std::size_t position) const
{
    return dataInputs.empty()
        || std::find(dataInputs.begin(), dataInputs.end(), static_cast<std::int8_t>(position)) != dataInputs.end();
}

const ConstraintRow *OpSpec::row(RowKind kind, ElementType activationType) const
{
    const std::uint8_t bit = typeBit(activationType);
    for (const ConstraintRow &r : rows) {
        if (r.kind == kind && (r.types & bit))
            return &r;
    }
    return nullptr;
}

int OpSpec::minVersion(ElementType activationType) const
{
    switch (activationType) {
    case ElementType::Int8: return versions.int8;
    case ElementType::UInt8: return versions.uint8;
    case ElementType::Int16: return versions.int16;
    default: return 0;
    }
}

std::span<const OpSpec> opSpecs()
{
    static const std::vector<OpSpec> table = buildTable();
    return table;
}

const OpSpec *findOpSpec(Op op)
{
    const auto specs = opSpecs();
    const auto it = std::lower_bound(specs.begin(), specs.end(), op, [](const OpSpec &s, Op o) { return s.op < o; });
    return it != specs.end() && it->op == op ? &*it : nullptr;
}

} // namespace requant
