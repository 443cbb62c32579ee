// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and findings as the window shows them. Text is the same in every locale's digits ("." as decimal point), as
// in reports and files.
#pragma once

#include "core/base/diagnostic.h"
#include "core/model/model.h"

#include <QString>

namespace requant {

bool isPowerOfTwo(double);
// "2^-7" for powers of two, otherwise four significant digits; a dash for 0 (no grid).
QString scaleText(double scale);
QString scaleToolTip(double scale); // decimal with nine digits; for a power of two also its exponent
QString dbText(double db);          // "18.2 dB"; "exact" for +infinity; a dash for NaN
QString dbNumber(double db);        // the same without the unit, for columns that name it in their header
QString stepsText(double steps);    // "0.29 steps"
QString percentText(double share);  // 0.967 -> "96.7 %"
QString bytesText(qint64 bytes);    // "3.4 MB"
QString countText(qint64 n, const char *singular, const char *plural); // "1 sample", "64 samples"
QString noText();                                                      // the dash that stands for "no such number"

// "i8 S P2": type, then S for zero point 0 (A otherwise), P2 for powers of two, C for per-channel. Empty without a
// grid.
QString gridBadge(ElementType, const QuantParams &);
QString gridBadge(const Tensor &);
// "int8, symmetric, per-tensor, scale 2^-7, zero point 0".
QString gridSentence(const Tensor &);
QString typeText(ElementType);
// Largest scale of the channels; 0 without a grid.
double largestScale(const QuantParams &);

// The same to the eye, but may be broken behind _ / . -: long names must not widen a panel.
QString breakable(const QString &);
QString toQString(std::string_view);
QString diagnosticText(const Diagnostic &);
QString severityText(Severity);
// "#12 expand_3" for an operator of the main subgraph, the tensor's name for a tensor.
QString layerTitle(const Model &, int op);
// The operator that a location points to (a tensor's producer or first consumer); -1 if there is none in the main
// subgraph.
int operatorAt(const Model &, const GraphIndex &, const Location &);

// What a cancelled computation leaves to do, for status, charts and lists.
QString cancelledText();

} // namespace requant
