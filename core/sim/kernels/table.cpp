// SPDX-License-Identifier: GPL-3.0-or-later
// Which family has which operator.
#include "core/sim/kernels/activation.h"
#include "core/sim/kernels/arithmetic.h"
#include "core/sim/kernels/batchmatmul.h"
#include "core/sim/kernels/comparison.h"
#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/conv3d.h"
#include "core/sim/kernels/conversion.h"
#include "core/sim/kernels/detection.h"
#include "core/sim/kernels/elementwise.h"
#include "core/sim/kernels/embedding.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/lstm.h"
#include "core/sim/kernels/normalization.h"
#include "core/sim/kernels/pool.h"
#include "core/sim/kernels/reduce.h"
#include "core/sim/kernels/resize.h"
#include "core/sim/kernels/shapeops.h"
#include "core/sim/kernels/softmax.h"
#include "core/sim/kernels/svdf.h"
#include "core/sim/kernels/transposeconv.h"
#include "core/sim/kernels/unary.h"
#include "core/sim/kernels/variables.h"

namespace requant {
namespace {

Result<Kernel> makeCustom(const KernelSetup &s)
{
    return s.op().customCode == kDetectionPostprocess ? makeDetectionPostprocess(s) : Result<Kernel>(s.unsupported("no kernel"));
}

} // namespace

KernelFactory kernelFactory(Op op)
{
    switch (op) {
    // Weighted sums.
    case Op::Conv2D: return makeConv2d;
    case Op::DepthwiseConv2D: return makeDepthwiseConv2d;
    case Op::FullyConnected: return makeFullyConnected;
    case Op::TransposeConv: return makeTransposeConv;
    case Op::BatchMatmul: return makeBatchMatmul;
    case Op::Conv3D: return makeConv3d;

    // Two operands, element by element.
    case Op::Add:
    case Op::Sub: return makeAddSub;
    case Op::Mul: return makeMul;
    case Op::Div: return makeDiv;
    case Op::SquaredDifference: return makeSquaredDifference;
    case Op::FloorDiv:
    case Op::FloorMod: return makeFloorDivMod;
    case Op::Pow: return makePow;
    case Op::AddN: return makeAddN;
    case Op::Prelu: return makePrelu;
    case Op::Minimum:
    case Op::Maximum: return makeMinMax;
    case Op::Equal:
    case Op::NotEqual:
    case Op::Less:
    case Op::LessEqual:
    case Op::Greater:
    case Op::GreaterEqual: return makeComparison;
    case Op::LogicalAnd:
    case Op::LogicalOr:
    case Op::LogicalNot: return makeLogical;
    case Op::Select:
    case Op::SelectV2: return makeSelect;

    // Over windows and dimensions.
    case Op::AveragePool2D:
    case Op::MaxPool2D:
    case Op::L2Pool2D: return makePool2d;
    case Op::Mean:
    case Op::Sum: return makeMeanOrSum;
    case Op::ReduceMax:
    case Op::ReduceMin:
    case Op::ReduceProd:
    case Op::ReduceAny:
    case Op::ReduceAll: return makeReduce;
    case Op::Cumsum: return makeCumsum;
    case Op::ArgMax:
    case Op::ArgMin: return makeArgMinMax;
    case Op::TopkV2: return makeTopK;
    case Op::Softmax: return makeSoftmax;
    case Op::LogSoftmax: return makeLogSoftmax;
    case Op::L2Normalization: return makeL2Normalization;

    // Functions of one value.
    case Op::Logistic:
    case Op::Tanh:
    case Op::Elu:
    case Op::Gelu:
    case Op::HardSwish:
    case Op::Relu:
    case Op::Relu6:
    case Op::ReluN1To1:
    case Op::Relu0To1:
    case Op::LeakyRelu: return makeActivation;
    case Op::Abs:
    case Op::Neg:
    case Op::Sign:
    case Op::Exp:
    case Op::Log:
    case Op::Sqrt:
    case Op::Rsqrt:
    case Op::Square:
    case Op::Sin:
    case Op::Cos:
    case Op::Floor:
    case Op::Ceil:
    case Op::Round: return makeUnary;
    case Op::Quantize: return makeQuantize;
    case Op::Dequantize: return makeDequantize;
    case Op::Cast: return makeCast;

    // Moving elements.
    case Op::Reshape:
    case Op::Squeeze:
    case Op::ExpandDims: return makeReshape;
    case Op::Pad:
    case Op::Padv2: return makePad;
    case Op::MirrorPad: return makeMirrorPad;
    case Op::Concatenation: return makeConcatenation;
    case Op::Transpose: return makeTranspose;
    case Op::ReverseV2: return makeReverse;
    case Op::ReverseSequence: return makeReverseSequence;
    case Op::Tile: return makeTile;
    case Op::BroadcastTo: return makeBroadcastTo;
    case Op::Slice: return makeSlice;
    case Op::StridedSlice: return makeStridedSlice;
    case Op::DynamicUpdateSlice: return makeDynamicUpdateSlice;
    case Op::Split:
    case Op::SplitV: return makeSplit;
    case Op::Pack: return makePack;
    case Op::Unpack: return makeUnpack;
    case Op::Gather: return makeGather;
    case Op::GatherNd: return makeGatherNd;
    case Op::ScatterNd: return makeScatterNd;
    case Op::EmbeddingLookup: return makeEmbeddingLookup;
    case Op::ResizeBilinear: return makeResizeBilinear;
    case Op::ResizeNearestNeighbor: return makeResizeNearest;
    case Op::SpaceToBatchNd:
    case Op::BatchToSpaceNd: return makeSpaceBatch;
    case Op::DepthToSpace:
    case Op::SpaceToDepth: return makeDepthSpace;

    // Custom operators, by name.
    case Op::Custom: return makeCustom;

    // Values from shapes, tensors from few values.
    case Op::Shape:
    case Op::Rank: return makeShape;
    case Op::BroadcastArgs: return makeBroadcastArgs;
    case Op::Fill: return makeFill;
    case Op::ZerosLike: return makeZerosLike;
    case Op::Range: return makeRange;
    case Op::Where: return makeWhere;
    case Op::OneHot: return makeOneHot;

    // Sequences and state.
    case Op::Svdf: return makeSvdf;
    case Op::UnidirectionalSequenceLstm: return makeLstm;
    case Op::VarHandle: return makeVarHandle;
    case Op::ReadVariable: return makeReadVariable;
    case Op::AssignVariable: return makeAssignVariable;

    default: return nullptr;
    }
}

} // namespace requant
