// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme/theme.h"

#include <QApplication>
#include <QCoreApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleOption>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace requant {
namespace {

Theme s_theme = Theme::System;
bool s_dark = false;

struct Tones
{
    QRgb window, base, alternate, text, button, highlight, link, muted, disabled, light, mid, dark, shadow, tip,
        tipText;
};
constexpr Tones kLight{0xfff3f4f6, 0xffffffff, 0xfff7f8fa, 0xff1b1f24, 0xfffbfbfc, 0xff0a62b5, 0xff0a5aa6, 0xff59636e,
                       0xff949ca5, 0xffffffff, 0xffd0d5db, 0xffb4bbc3, 0xff8c949c, 0xff2b3036, 0xfff3f4f6};
constexpr Tones kDark{0xff24282d, 0xff1b1e22, 0xff202429, 0xffe6e8eb, 0xff2e3339, 0xff1f6cb8, 0xff72b6f5, 0xffa3acb6,
                      0xff6e7680, 0xff3a4047, 0xff3b4148, 0xff15181b, 0xff0b0d0f, 0xff3a4047, 0xfff1f3f5};

// Fusion draws these frames darker than the window, which a dark window swallows. At least 3:1 on window and base.
QColor frameColor(bool enabled)
{
    return QColor::fromRgb(s_dark ? (enabled ? 0xff838c96 : 0xff565d66) : (enabled ? 0xff868e97 : 0xffc3c9d0));
}

class FramedFusion : public QProxyStyle
{
public:
    FramedFusion() : QProxyStyle(QStringLiteral("Fusion")) {}

    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override
    {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        const bool field = element == PE_FrameLineEdit, box = element == PE_IndicatorCheckBox;
        if (!field && !box)
            return;
        if (option->state & State_HasFocus)
            return; // in the highlight's colour already
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(frameColor(option->state & State_Enabled));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), field ? 2 : 1, field ? 2 : 1);
        painter->restore();
    }
};

QPalette makePalette(const Tones &t)
{
    QPalette p;
    const auto set = [&](QPalette::ColorRole role, QRgb active, QRgb disabled) {
        p.setColor(QPalette::Active, role, QColor::fromRgb(active));
        p.setColor(QPalette::Inactive, role, QColor::fromRgb(active));
        p.setColor(QPalette::Disabled, role, QColor::fromRgb(disabled));
    };
    set(QPalette::Window, t.window, t.window);
    set(QPalette::WindowText, t.text, t.disabled);
    set(QPalette::Base, t.base, t.window);
    set(QPalette::AlternateBase, t.alternate, t.alternate);
    set(QPalette::Text, t.text, t.disabled);
    set(QPalette::PlaceholderText, t.muted, t.disabled);
    set(QPalette::Button, t.button, t.window);
    set(QPalette::ButtonText, t.text, t.disabled);
    set(QPalette::BrightText, 0xffffffff, t.disabled);
    set(QPalette::Highlight, t.highlight, t.mid);
    set(QPalette::HighlightedText, 0xffffffff, t.muted);
    set(QPalette::Link, t.link, t.disabled);
    set(QPalette::LinkVisited, t.link, t.disabled);
    set(QPalette::Light, t.light, t.light);
    set(QPalette::Midlight, t.alternate, t.alternate);
    set(QPalette::Mid, t.mid, t.mid);
    set(QPalette::Dark, t.dark, t.dark);
    set(QPalette::Shadow, t.shadow, t.shadow);
    set(QPalette::ToolTipBase, t.tip, t.tip);
    set(QPalette::ToolTipText, t.tipText, t.tipText);
    return p;
}

QString styleSheet(const Tones &t)
{
    const auto hex = [](QRgb c) { return QColor::fromRgb(c).name(); };
    const QString hover = mixed(QColor::fromRgb(t.window), QColor::fromRgb(t.text), 0.10).name();
    const QString pressed = mixed(QColor::fromRgb(t.window), QColor::fromRgb(t.text), 0.18).name();
    const QString checked = mixed(QColor::fromRgb(t.window), QColor::fromRgb(t.highlight), 0.28).name();
    return QStringLiteral(
               "QToolBar { border: none; border-bottom: 1px solid %1; padding: 4px; spacing: 4px; }"
               "QToolBar::separator { background: %1; width: 1px; margin: 4px 4px; }"
               "QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 4px; }"
               "QToolButton:hover { background: %2; } QToolButton:pressed { background: %3; }"
               "QToolButton:checked { background: %4; }"
               "QToolButton:focus { border: 1px solid %5; }"
               "QToolButton[popupMode=\"1\"] { padding-right: 16px; }"
               "QDockWidget { font-weight: 600; }"
               "QDockWidget::title { text-align: left; padding: 6px 8px; background: %6; border-bottom: 1px solid %1; }"
               "QMainWindow::separator { background: %1; width: 1px; height: 1px; }"
               "QMainWindow::separator:hover { background: %5; }"
               "QStatusBar { border-top: 1px solid %1; } QStatusBar::item { border: none; }"
               "QHeaderView::section { background: %6; border: none; border-right: 1px solid %1;"
               " border-bottom: 1px solid %1; padding: 4px 8px; }"
               "QToolTip { border: 1px solid %7; padding: 4px 6px; background: %8; color: %9; }"
               "QLabel[badge=\"true\"] { border-radius: 4px; padding: 1px 6px; background: %2; }")
        .arg(hex(t.mid), hover, pressed, checked, hex(t.highlight), hex(t.window), hex(t.dark), hex(t.tip),
             hex(t.tipText));
}

const std::array<QRgb, 8> kOkabeIto{0xff0072b2, 0xffe69f00, 0xff009e73, 0xffcc79a7,
                                    0xff56b4e9, 0xffd55e00, 0xfff0e442, 0xff8c8c8c};

} // namespace

QPalette lightPalette()
{
    return makePalette(kLight);
}
QPalette darkPalette()
{
    return makePalette(kDark);
}
Theme currentTheme()
{
    return s_theme;
}
bool isDarkTheme()
{
    return s_dark;
}

void applyTheme(QApplication &app, Theme theme)
{
    static const bool systemIsDark = app.palette().color(QPalette::Window).lightnessF() < 0.5f;
    s_theme = theme;
    s_dark = theme == Theme::Dark || (theme == Theme::System && systemIsDark);
    if (static bool framed = false; !std::exchange(framed, true))
        app.setStyle(new FramedFusion);
    app.setPalette(s_dark ? darkPalette() : lightPalette());
    app.setStyleSheet(styleSheet(s_dark ? kDark : kLight));
}

QColor themeColor(ColorRole role)
{
    const auto pick = [](QRgb light, QRgb dark) { return QColor::fromRgb(s_dark ? dark : light); };
    switch (role) {
    case ColorRole::Before: return pick(0xff8a929b, 0xff8f98a2);
    case ColorRole::After: return pick(0xff0072b2, 0xff56b4e9);
    case ColorRole::VariantB: return pick(0xffd55e00, 0xffe69f00);
    case ColorRole::Good: return pick(0xff00714f, 0xff3ecf9f);
    case ColorRole::Note: return pick(0xff0a62b5, 0xff72b6f5);
    case ColorRole::Warning: return pick(0xff8f5a00, 0xfff2b134);
    case ColorRole::Error: return pick(0xffb3261e, 0xffff8a7a);
    case ColorRole::Stale: return pick(0xff949ca5, 0xff6e7680);
    case ColorRole::Canvas: return pick(0xfffafbfc, 0xff191c20);
    case ColorRole::CanvasGrid: return pick(0xffe1e4e8, 0xff31363c);
    case ColorRole::NodeBody: return pick(0xffffffff, 0xff282d33);
    case ColorRole::NodeBorder: return pick(0xffb9c0c8, 0xff4b525a);
    case ColorRole::Edge: return pick(0xff8a939d, 0xff79828c);
    case ColorRole::Muted: return pick(kLight.muted, kDark.muted);
    }
    return {};
}

Family familyOf(Op op)
{
    switch (op) {
    case Op::Conv2D:
    case Op::TransposeConv:
    case Op::Conv3D:
    case Op::Conv3DTranspose: return Family::Convolution;
    case Op::DepthwiseConv2D: return Family::Depthwise;
    case Op::FullyConnected:
    case Op::BatchMatmul:
    case Op::EmbeddingLookup:
    case Op::EmbeddingLookupSparse: return Family::Dense;
    case Op::AveragePool2D:
    case Op::MaxPool2D:
    case Op::L2Pool2D:
    case Op::Mean:
    case Op::Sum:
    case Op::ReduceMax:
    case Op::ReduceMin:
    case Op::ReduceProd:
    case Op::ReduceAny:
    case Op::ReduceAll:
    case Op::ArgMax:
    case Op::ArgMin:
    case Op::Cumsum:
    case Op::TopkV2:
    case Op::SegmentSum:
    case Op::ResizeBilinear:
    case Op::ResizeNearestNeighbor: return Family::Pooling;
    case Op::Reshape:
    case Op::Concatenation:
    case Op::Pad:
    case Op::Padv2:
    case Op::MirrorPad:
    case Op::Transpose:
    case Op::Squeeze:
    case Op::ExpandDims:
    case Op::StridedSlice:
    case Op::Slice:
    case Op::Split:
    case Op::SplitV:
    case Op::Pack:
    case Op::Unpack:
    case Op::Gather:
    case Op::GatherNd:
    case Op::Tile:
    case Op::SpaceToDepth:
    case Op::DepthToSpace:
    case Op::SpaceToBatchNd:
    case Op::BatchToSpaceNd:
    case Op::Shape:
    case Op::Rank:
    case Op::Fill:
    case Op::Range:
    case Op::BroadcastTo:
    case Op::BroadcastArgs:
    case Op::ReverseV2:
    case Op::ReverseSequence:
    case Op::ScatterNd:
    case Op::ZerosLike:
    case Op::DynamicUpdateSlice:
    case Op::OneHot:
    case Op::ConcatEmbeddings: return Family::Shape;
    case Op::Relu:
    case Op::Relu6:
    case Op::ReluN1To1:
    case Op::Relu0To1:
    case Op::Prelu:
    case Op::LeakyRelu:
    case Op::Elu:
    case Op::Gelu:
    case Op::HardSwish:
    case Op::Logistic:
    case Op::Tanh:
    case Op::Softmax:
    case Op::LogSoftmax:
    case Op::L2Normalization:
    case Op::LocalResponseNormalization: return Family::Activation;
    case Op::Quantize:
    case Op::Dequantize:
    case Op::FakeQuant:
    case Op::Cast:
    case Op::Densify:
    case Op::Bitcast: return Family::Quantize;
    case Op::Lstm:
    case Op::Rnn:
    case Op::Svdf:
    case Op::UnidirectionalSequenceRnn:
    case Op::UnidirectionalSequenceLstm:
    case Op::BidirectionalSequenceLstm:
    case Op::BidirectionalSequenceRnn: return Family::Recurrent;
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::AddN:
    case Op::Maximum:
    case Op::Minimum:
    case Op::Exp:
    case Op::Log:
    case Op::Sqrt:
    case Op::Rsqrt:
    case Op::Pow:
    case Op::Square:
    case Op::SquaredDifference:
    case Op::Neg:
    case Op::Abs:
    case Op::Ceil:
    case Op::Floor:
    case Op::Round:
    case Op::Sin:
    case Op::Cos:
    case Op::FloorDiv:
    case Op::FloorMod:
    case Op::Less:
    case Op::LessEqual:
    case Op::Greater:
    case Op::GreaterEqual:
    case Op::Equal:
    case Op::NotEqual:
    case Op::LogicalAnd:
    case Op::LogicalOr:
    case Op::LogicalNot:
    case Op::Select:
    case Op::SelectV2:
    case Op::Where:
    case Op::Sign:
    case Op::Atan2:
    case Op::BitwiseXor:
    case Op::RightShift: return Family::Elementwise;
    default: return Family::Other;
    }
}

QString familyName(Family family)
{
    const char *const names[kFamilyCount] = {
        QT_TRANSLATE_NOOP("Family", "Convolution"),         QT_TRANSLATE_NOOP("Family", "Depthwise convolution"),
        QT_TRANSLATE_NOOP("Family", "Matrix product"),      QT_TRANSLATE_NOOP("Family", "Elementwise"),
        QT_TRANSLATE_NOOP("Family", "Pooling, reduction"),  QT_TRANSLATE_NOOP("Family", "Shape, data movement"),
        QT_TRANSLATE_NOOP("Family", "Activation function"), QT_TRANSLATE_NOOP("Family", "Quantization"),
        QT_TRANSLATE_NOOP("Family", "Recurrent"),           QT_TRANSLATE_NOOP("Family", "Control and other"),
    };
    return QCoreApplication::translate("Family", names[static_cast<int>(family)]);
}

QColor familyColor(Family family)
{
    switch (family) {
    case Family::Convolution: return QColor::fromRgb(0xff0072b2);
    case Family::Depthwise: return QColor::fromRgb(0xff56b4e9);
    case Family::Dense: return QColor::fromRgb(0xffcc79a7);
    case Family::Elementwise: return QColor::fromRgb(0xff009e73);
    case Family::Pooling: return QColor::fromRgb(0xffe69f00);
    case Family::Shape: return QColor::fromRgb(0xfff0e442);
    case Family::Activation: return QColor::fromRgb(0xffd55e00);
    case Family::Quantize: return QColor::fromRgb(0xffb5bcc4);
    case Family::Recurrent: return QColor::fromRgb(0xff8f4f78); // the palette's purple, darker
    case Family::Other: return QColor::fromRgb(0xff7f878f);
    }
    return {};
}

QColor seriesColor(int i)
{
    const int n = static_cast<int>(kOkabeIto.size());
    return QColor::fromRgb(kOkabeIto[static_cast<std::size_t>(((i % n) + n) % n)]);
}

QColor heatColor(double t)
{
    if (std::isnan(t))
        return s_dark ? QColor::fromRgb(0xff565d66) : QColor::fromRgb(0xffc3c9d0);
    // Samples of viridis (Smith and van der Walt, CC0) at equal distances.
    static constexpr std::array<QRgb, 9> kRamp{0xff440154, 0xff472d7b, 0xff3b528b, 0xff2c728e, 0xff21918c,
                                               0xff28ae80, 0xff5ec962, 0xffaddc30, 0xfffde725};
    const double at = std::clamp(t, 0.0, 1.0) * static_cast<double>(kRamp.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(at), kRamp.size() - 2);
    return mixed(QColor::fromRgb(kRamp[low]), QColor::fromRgb(kRamp[low + 1]), at - static_cast<double>(low));
}

double heatOf(const Heat &heat, double value)
{
    if (std::isnan(value))
        return value;
    if (std::isinf(value))
        return (value > 0) == (heat.best > heat.worst) ? 0.0 : 1.0;
    if (heat.best == heat.worst)
        return 0;
    return std::clamp((heat.best - value) / (heat.best - heat.worst), 0.0, 1.0);
}

QColor differenceColor(double t)
{
    if (std::isnan(t))
        return heatColor(t);
    const QColor neutral = s_dark ? QColor::fromRgb(0xff3a4048) : QColor::fromRgb(0xfff2f3f5);
    const double at = std::clamp(t, 0.0, 1.0);
    return at < 0.5 ? mixed(seriesColor(0), neutral, 2 * at) : mixed(neutral, seriesColor(5), 2 * at - 1);
}

QColor heatRampColor(const Heat &heat, double t)
{
    const QColor c = heat.diverging ? differenceColor(t) : heatColor(t);
    if (!heat.stale)
        return c;
    const int grey = qGray(c.rgb());
    return {grey, grey, grey};
}

QColor heatColor(const Heat &heat, double value)
{
    return heatRampColor(heat, heatOf(heat, value));
}

double contrastRatio(const QColor &a, const QColor &b)
{
    const auto luminance = [](const QColor &c) {
        const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
        return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
    };
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor readableOn(const QColor &background)
{
    const QColor dark = QColor::fromRgb(0xff111417), light(Qt::white);
    return contrastRatio(background, dark) >= contrastRatio(background, light) ? dark : light;
}

QColor mixed(const QColor &a, const QColor &b, double part)
{
    const auto blend = [part](int from, int to) { return static_cast<int>(std::lround(from + (to - from) * part)); };
    return {blend(a.red(), b.red()), blend(a.green(), b.green()), blend(a.blue(), b.blue()),
            blend(a.alpha(), b.alpha())};
}

} // namespace requant
