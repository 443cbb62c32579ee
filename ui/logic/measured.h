// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of one variant or of another file beside the source: a column of a comparison.
#pragma once

#include "ui/logic/heatmap.h"

#include <QString>

#include <memory>
#include <vector>

namespace requant {

class Session;
struct Conversion;
struct ErrorReport;
struct Model;
struct ReportVariant;

struct Measured
{
    QString name;
    int variant = 0;                                           // its id; 0: another file
    std::shared_ptr<const Model> model;                        // tensors numbered as in the source; null: not there yet
    std::shared_ptr<const Conversion> conversion;              // null for a file
    std::shared_ptr<const ErrorReport> weights, local, errors; // null: not measured
    bool conversionStale = false, localStale = false, errorsStale = false;

    // The report that holds a choice, and its age. Null where it is not measured.
    const std::shared_ptr<const ErrorReport> &report(HeatChoice, bool *stale = nullptr) const;
    // By operator of the source; NaN where nothing is known.
    std::vector<double> values(HeatChoice, std::size_t operators) const;
};

Measured measuredVariant(const Session &, int index); // of the open document
// All variants, then the other file if one is open.
std::vector<Measured> measuredAll(const Session &);
// The variants beside the active one whose numbers are of their recipes as they are.
std::vector<ReportVariant> otherVariants(const Session &);

// Title with what it is of: "Activation SQNR, this layer alone".
QString choiceTitle(HeatChoice);
QString choiceText(HeatChoice, double value); // with its unit
bool lowIsBad(HeatQuantity);
// Every choice that is one of its own, in order.
std::vector<HeatChoice> allChoices();

// b minus a by layer, coloured from better over none to worse; equal where both are exact. Stale if one of them is.
Heat differenceHeat(HeatChoice, const Measured &a, const Measured &b, std::size_t operators);

// The first layer, in execution order, whose local SQNR lies kJumpDb or more below the median of the layers before it
// (where those are fewer than three, of all others); -1 if there is none. NaN is left out, more than 60 dB counts
// as 60.
inline constexpr double kJumpDb = 10;
int firstJump(const std::vector<double> &localSqnrDb);

} // namespace requant
