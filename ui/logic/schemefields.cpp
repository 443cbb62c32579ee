// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/schemefields.h"

#include "ui/logic/texts.h"

#include <QCoreApplication>
#include <QStringList>

namespace requant {

static QString tr(const char *s)
{
    return QCoreApplication::translate("requant", s);
}

std::vector<FieldInfo> fieldsOf(ConfigPart part)
{
    const bool weights = part == ConfigPart::Weights;
    const auto type = [](ElementType t) { return FieldChoice{int(t), typeText(t)}; };
    std::vector<FieldInfo> out;
    out.push_back({SchemeField::Treatment,
                   tr("Treatment"),
                   tr("keep as is: the tensor stays exactly as it is in the source"),
                   "Treatment",
                   {{0, tr("re-quantize")}, {1, tr("keep as is")}}});
    out.push_back(
        {SchemeField::Type, tr("Type"), tr("Storage type of the integers"), "Type",
         weights
             ? std::vector<FieldChoice>{type(ElementType::Int8), type(ElementType::UInt8), type(ElementType::Int4)}
             : std::vector<FieldChoice>{type(ElementType::Int8), type(ElementType::UInt8), type(ElementType::Int16)}});
    if (weights) {
        FieldInfo bits{
            SchemeField::Bits,
            tr("Bits"),
            tr("How many bits of their type the integers use: 7 gives -63 to 63. For kernels whose sums would "
               "overflow, and to see what fewer bits cost."),
            "Bits",
            {}};
        for (int b = kMostWeightBits; b >= kFewestWeightBits; --b)
            bits.choices.push_back({b, tr("%1 bits").arg(b)});
        out.push_back(std::move(bits));
    }
    out.push_back({SchemeField::ZeroPoint,
                   tr("Zero point"),
                   tr("symmetric: 0 (uint8: 128). restricted: 0 or the type's lowest integer, so that the type acts as "
                      "signed or unsigned. asymmetric: any."),
                   "ZeroPoint",
                   {{int(Symmetry::Symmetric), tr("0 (symmetric)")},
                    {int(Symmetry::Restricted), tr("0 or unsigned (restricted)")},
                    {int(Symmetry::Asymmetric), tr("any (asymmetric)")}}});
    FieldInfo scale{SchemeField::Scale,
                    tr("Scale"),
                    tr("Which scales are allowed"),
                    "Scale",
                    {{int(ScaleRule::Any), tr("any")}, {int(ScaleRule::PowerOfTwo), tr("power of two")}}};
    if (weights) {
        scale.toolTip =
            tr("power-of-two multiplier: any scale, but input scale x weight scale / output scale is 2^-n, so that a "
               "shift re-quantizes the sums");
        scale.choices.push_back({int(ScaleRule::PowerOfTwoMultiplier), tr("power-of-two multiplier")});
    }
    out.push_back(std::move(scale));
    if (weights)
        out.push_back(
            {SchemeField::Granularity,
             tr("Granularity"),
             tr("One scale for the tensor or one for each output channel"),
             "Granularity",
             {{int(Granularity::PerTensor), tr("per-tensor")}, {int(Granularity::PerChannel), tr("per-channel")}}});
    out.push_back({SchemeField::Range,
                   tr("Range"),
                   tr("narrow leaves out the lowest value, so that the range is symmetric: int8 -127 to 127"),
                   "Range",
                   {{0, tr("full")}, {1, tr("narrow")}}});
    if (!weights)
        out.push_back({SchemeField::Grid,
                       tr("Tied grids"),
                       tr("cut: the output gets a grid of its own where an operator of one grid (CONCATENATION, "
                          "pooling ...) ties "
                          "it to others; a requantize operator stands between"),
                       "Grid",
                       {{0, tr("share one grid")}, {1, tr("cut off")}}});
    return out;
}

TensorConfig configWith(SchemeField f, int value)
{
    TensorConfig c;
    setValue(c, f, value);
    return c;
}

std::optional<int> valueOf(const TensorConfig &c, SchemeField f)
{
    const auto number = [](const auto &v) { return v ? std::optional<int>(int(*v)) : std::nullopt; };
    switch (f) {
    case SchemeField::Treatment: return number(c.keep);
    case SchemeField::Type: return number(c.type);
    case SchemeField::ZeroPoint: return number(c.symmetry);
    case SchemeField::Scale: return number(c.scale);
    case SchemeField::Granularity: return number(c.granularity);
    case SchemeField::Range: return number(c.narrowRange);
    case SchemeField::Bits: return number(c.bits);
    case SchemeField::Grid: return number(c.ownGrid);
    }
    return {};
}

void setValue(TensorConfig &c, SchemeField f, std::optional<int> v)
{
    const auto flag = v ? std::optional<bool>(*v != 0) : std::nullopt;
    switch (f) {
    case SchemeField::Treatment: c.keep = flag; break;
    case SchemeField::Type: c.type = v ? std::optional(ElementType(*v)) : std::nullopt; break;
    case SchemeField::ZeroPoint: c.symmetry = v ? std::optional(Symmetry(*v)) : std::nullopt; break;
    case SchemeField::Scale: c.scale = v ? std::optional(ScaleRule(*v)) : std::nullopt; break;
    case SchemeField::Granularity: c.granularity = v ? std::optional(Granularity(*v)) : std::nullopt; break;
    case SchemeField::Range: c.narrowRange = flag; break;
    case SchemeField::Bits: c.bits = v; break;
    case SchemeField::Grid: c.ownGrid = flag; break;
    }
}

Common<int> commonValue(const CommonConfig &c, SchemeField f)
{
    const auto as = [](const auto &common) {
        return Common<int>{common.value ? std::optional<int>(int(*common.value)) : std::nullopt, common.mixed};
    };
    switch (f) {
    case SchemeField::Treatment: return as(c.keep);
    case SchemeField::Type: return as(c.type);
    case SchemeField::ZeroPoint: return as(c.symmetry);
    case SchemeField::Scale: return as(c.scale);
    case SchemeField::Granularity: return as(c.granularity);
    case SchemeField::Range: return as(c.narrowRange);
    case SchemeField::Bits: return as(c.bits);
    case SchemeField::Grid: return as(c.ownGrid);
    }
    return {};
}

std::vector<AlgorithmInfo> algorithmInfos()
{
    return {
        {&AlgorithmChoice::weightCorrection, &Algorithms::weightCorrection, "weight_correction",
         tr("Weight correction"),
         tr("Weights absorb scale ratios, so that only the multiplier must be a power of two")},
        {&AlgorithmChoice::scaleSearch, &Algorithms::scaleSearch, "scale_search", tr("Scale search"),
         tr("Weight scales are chosen by the expected output error instead of by the largest weight")},
        {&AlgorithmChoice::errorFolding, &Algorithms::errorFolding, "error_folding", tr("Error folding"),
         tr("The expected output shift of weight rounding is folded into the bias")},
        {&AlgorithmChoice::zeroPointFolding, &Algorithms::zeroPointFolding, "zero_point_folding",
         tr("Zero-point folding"), tr("Symmetric int8 keeps 256 integers: zero points move into biases")},
        {&AlgorithmChoice::roundingSearch, &Algorithms::roundingSearch, "rounding_search", tr("Rounding search"),
         tr("Each weight's rounding is chosen by the layer's output error")},
        {&AlgorithmChoice::empiricalFolding, &Algorithms::empiricalFolding, "empirical_folding",
         tr("Empirical folding"), tr("Biases are corrected by what the converted layers really give; needs samples")},
        {&AlgorithmChoice::equalization, &Algorithms::equalization, "equalization", tr("Equalization"),
         tr("Factors of single channels move into the next layer's weights")},
    };
}

QString algorithmsText(const AlgorithmChoice &c)
{
    QStringList words;
    for (const AlgorithmInfo &a : algorithmInfos()) {
        if (const auto on = c.*a.choice)
            words << (*on ? tr("%1 on") : tr("%1 off")).arg(a.label.toLower());
    }
    return words.join(QStringLiteral(", "));
}

} // namespace requant
