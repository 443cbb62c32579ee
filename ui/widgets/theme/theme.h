// SPDX-License-Identifier: GPL-3.0-or-later
// Palettes, colours and icons of the window: one place, so that graph, table and charts agree.
#pragma once

#include "core/model/operatorcode.h"
#include "ui/logic/heat.h"

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QString>

class QApplication;
class QWidget;

namespace requant {

inline constexpr int kGrid = 8; // spacing and margins are multiples of it (or its half)

enum class Theme { System, Light, Dark };

// Fusion with our palette and the small style sheet. System judges by the platform's palette as it was at the first
// call.
void applyTheme(QApplication &, Theme);
Theme currentTheme(); // as asked for, may be System
bool isDarkTheme();   // what it came to
QPalette lightPalette();
QPalette darkPalette();

// Colours by meaning; they follow the theme, so ask when painting.
enum class ColorRole {
    Before,   // source model: neutral grey
    After,    // conversion in work: accent
    VariantB, // second accent
    Good,
    Note,
    Warning,
    Error,      // texts and icons
    Stale,      // numbers that belong to an older recipe
    Canvas,     // behind the graph and charts
    CanvasGrid, // chart grid lines
    NodeBody,
    NodeBorder,
    Edge,  // of the graph
    Muted, // secondary text
};
QColor themeColor(ColorRole);

// What an operator does, for its colour.
enum class Family {
    Convolution,
    Depthwise,
    Dense,
    Elementwise,
    Pooling,
    Shape,
    Activation,
    Quantize,
    Recurrent,
    Other
};
inline constexpr int kFamilyCount = 10;
Family familyOf(Op);
QString familyName(Family); // translated
QColor familyColor(Family); // Okabe and Ito's palette, safe for colour-blind readers; the same in both themes
QColor seriesColor(int i);  // the same palette for any series, repeating

// Perceptual ramp for heat, the same in both themes: 0 good (dark violet) .. 1 bad (bright yellow), clamped; NaN gives
// a neutral grey.
QColor heatColor(double t);
double heatOf(const Heat &, double value);    // 0 at best, 1 at worst; NaN if the value is NaN
QColor heatColor(const Heat &, double value); // grey too if the heat is stale
QColor heatRampColor(const Heat &, double t); // the colour of a heat at a place of its ramp
// For differences: blue better (0), neutral (0.5), vermilion worse (1); NaN as for heat.
QColor differenceColor(double t);

// Black or white, whichever reads better on the colour; and the WCAG contrast ratio 1..21.
QColor readableOn(const QColor &background);
double contrastRatio(const QColor &, const QColor &);
QColor mixed(const QColor &a, const QColor &b, double partOfB);

// Icon from resources/icons drawn in the palette's text colour of the moment (note, warning, error and good in their
// own colour), sharp at every scale factor. themedIcon("open"). An unknown name gives an empty icon.
QIcon themedIcon(const QString &name);
QIcon applicationIcon();

} // namespace requant
