// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/factsview.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <functional>

namespace requant {

namespace {

constexpr int kLayerRole = Qt::UserRole; // of a row that leads to another layer

template <class All, class F>
QString list(const All &all, F one)
{
    QStringList words;
    for (std::size_t i = 0; i < all.size() && i < 12; ++i)
        words << one(all[i]);
    if (all.size() > 12)
        words << QStringLiteral("\u2026 (%1)").arg(all.size());
    return QStringLiteral("[%1]").arg(words.join(QStringLiteral(", ")));
}

struct FieldText
{
    QString operator()(std::int64_t i) const { return QString::number(i); }
    QString operator()(double d) const { return QString::number(d, 'g', 6); }
    QString operator()(const std::string &s) const { return QString::fromStdString(s); }
    QString operator()(const FieldValue::Ints &all) const
    {
        return list(all, [this](auto i) { return (*this)(i); });
    }
    QString operator()(const FieldValue::Reals &all) const
    {
        return list(all, [this](auto d) { return (*this)(d); });
    }
    QString operator()(const FieldValue::Strings &all) const
    {
        return list(all, [this](const auto &s) { return (*this)(s); });
    }
    QString operator()(const TablePtr &t) const
    {
        return t ? QStringLiteral("{%1}").arg(QString::fromStdString(t->type)) : noText();
    }
    QString operator()(const FieldValue::Tables &all) const { return FactsView::tr("%1 tables").arg(all.size()); }
};

QString fieldText(const FieldValue &v)
{
    return std::visit(FieldText{}, v.data);
}

// Names instead of the schema's numbers where a number means nothing to a reader.
QString optionText(const Field &f)
{
    static const char *const kPadding[] = {"SAME", "VALID"};
    static const char *const kActivation[] = {"NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"};
    const auto *n = std::get_if<std::int64_t>(&f.value.data);
    if (n && f.name == "padding" && *n >= 0 && *n < 2)
        return QLatin1String(kPadding[*n]);
    if (n && f.name == "fused_activation_function" && *n >= 0 && *n < 6)
        return QLatin1String(kActivation[*n]);
    return fieldText(f.value);
}

QString scalesText(const QuantParams &q)
{
    if (!q.isPerChannel())
        return scaleText(largestScale(q));
    const float least = *std::min_element(q.scale.begin(), q.scale.end());
    return FactsView::tr("%1 to %2, %3 channels")
        .arg(scaleText(double(least)), scaleText(largestScale(q)))
        .arg(q.scale.size());
}

QString zeroPointsText(const QuantParams &q)
{
    if (!q.isQuantized())
        return noText();
    const bool same =
        std::adjacent_find(q.zeroPoint.begin(), q.zeroPoint.end(), std::not_equal_to<>()) == q.zeroPoint.end();
    return same ? QString::number(q.zeroPointAt(0)) : FactsView::tr("per channel");
}

// Real values that the integers can stand for, of the widest channel; a ratio that weight correction absorbed belongs to them.
QString rangeText(const Tensor &t, EffectiveGrid grid = {})
{
    const auto r = integerRange(t.type);
    if (!t.quant.isQuantized() || r.max <= r.min)
        return noText();
    const double s = largestScale(t.quant) * grid.ratio;
    const auto z = double(t.quant.zeroPointAt(0));
    return FactsView::tr("%1 to %2").arg(s * (double(r.min) - z) + grid.offset, 0, 'g', 4).arg(s * (double(r.max) - z) + grid.offset, 0, 'g', 4);
}

} // namespace

FactsView::FactsView(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel(this)), m_subtitle(new QLabel(this)),
      m_tree(new QTreeWidget(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, kGrid, 0, 0);
    layout->setSpacing(kGrid / 2);
    QFont big = m_title->font();
    big.setWeight(QFont::DemiBold);
    big.setPointSizeF(big.pointSizeF() * 1.15);
    m_title->setFont(big);
    m_title->setObjectName(QStringLiteral("layerTitle"));
    m_title->setContentsMargins(kGrid, 0, kGrid, 0);
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_title->setWordWrap(true);
    m_subtitle->setContentsMargins(kGrid, 0, kGrid, kGrid / 2);
    m_subtitle->setForegroundRole(QPalette::PlaceholderText);
    m_subtitle->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_subtitle->setWordWrap(true);
    m_tree->setObjectName(QStringLiteral("layerFacts"));
    m_tree->setAccessibleName(tr("Facts of the layer"));
    m_tree->setColumnCount(2);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setIndentation(12);
    m_tree->setUniformRowHeights(true);
    m_tree->setTextElideMode(Qt::ElideMiddle);
    m_tree->header()->setStretchLastSection(true);
    m_tree->setColumnWidth(0, 136);
    layout->addWidget(m_title);
    layout->addWidget(m_subtitle);
    layout->addWidget(m_tree, 1);
    // Queued: selecting fills the tree anew, and the item that was clicked with it.
    const auto follow = [this](QTreeWidgetItem *item) {
        const QVariant op = item->data(1, kLayerRole);
        if (op.isValid())
            QMetaObject::invokeMethod(this, [this, op = op.toInt()] { m_session->selection()->select(op); }, Qt::QueuedConnection);
    };
    connect(m_tree, &QTreeWidget::itemClicked, this, follow);
    connect(m_tree, &QTreeWidget::itemActivated, this, follow);
    connect(m_session, &Session::documentChanged, this, &FactsView::refresh);
    connect(m_session, &Session::resultsChanged, this, &FactsView::refresh);
    connect(m_session->selection(), &Selection::changed, this, &FactsView::refresh);
    refresh();
}

QTreeWidgetItem *FactsView::group(const QString &title, const QString &value)
{
    auto *item = new QTreeWidgetItem(m_tree, {title, value});
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    item->setFont(0, bold);
    item->setToolTip(1, value);
    if (value.isEmpty())
        item->setFirstColumnSpanned(true);
    item->setExpanded(!m_collapsed.contains(title));
    return item;
}

void FactsView::fact(QTreeWidgetItem *parent, const QString &name, const QString &value, const QString &tip)
{
    auto *item = new QTreeWidgetItem(parent, {name, value});
    item->setToolTip(0, name);
    item->setToolTip(1, tip.isEmpty() ? value : tip);
    item->setForeground(0, themeColor(ColorRole::Muted));
}

void FactsView::way(QTreeWidgetItem *parent, const QString &name, int op)
{
    fact(parent, name, layerTitle(*m_session->document()->model(), op), tr("Click or press Enter to select this layer"));
    QTreeWidgetItem *item = parent->child(parent->childCount() - 1);
    item->setData(1, kLayerRole, op);
    item->setForeground(1, palette().color(QPalette::Link));
    QFont underlined = font();
    underlined.setUnderline(true);
    item->setFont(1, underlined);
}

void FactsView::refresh()
{
    // New numbers must not move what is being read.
    const int scroll = m_tree->verticalScrollBar()->value();
    for (int i = 0; i < m_tree->topLevelItemCount(); ++i) {
        const auto *item = m_tree->topLevelItem(i);
        if (item->isExpanded())
            m_collapsed.remove(item->text(0));
        else
            m_collapsed.insert(item->text(0));
    }
    m_tree->setUpdatesEnabled(false);
    m_tree->clear();
    const Document *doc = m_session->document();
    const int current = m_session->selection()->current();
    const auto done = [this, scroll] {
        m_tree->verticalScrollBar()->setValue(scroll);
        m_tree->setUpdatesEnabled(true);
    };
    if (!doc) {
        m_title->setText(tr("No model"));
        m_subtitle->clear();
        return done();
    }
    const Model &model = *doc->model();
    const Subgraph &g = doc->mainGraph();
    const auto &conversion = m_session->conversion();
    const auto tensor = [&](QTreeWidgetItem *item, TensorIndex t) {
        const Tensor &before = g.tensor(t);
        const bool known = conversion && t.pos() < conversion->model->subgraphs.front().tensors.size();
        const Tensor &after = known ? conversion->model->subgraphs.front().tensor(t) : before;
        const auto change = [](const QString &x, const QString &y) {
            return x == y ? x : QStringLiteral("%1 \u2192 %2").arg(x, y);
        };
        fact(item, tr("Name"), QString::fromStdString(before.name));
        fact(item, tr("Shape"), QString::fromStdString(shapeText(before.shape)));
        fact(item, tr("Type"), change(typeText(before.type), typeText(after.type)));
        if (before.quant.isQuantized() || after.quant.isQuantized()) {
            fact(item, tr("Scale"), change(scalesText(before.quant), scalesText(after.quant)),
                 change(scaleToolTip(largestScale(before.quant)), scaleToolTip(largestScale(after.quant))));
            fact(item, tr("Zero point"), change(zeroPointsText(before.quant), zeroPointsText(after.quant)));
            const EffectiveGrid meant = conversion && conversion->effective.count(t) ? conversion->effective.at(t) : EffectiveGrid{};
            fact(item, tr("Range"), change(rangeText(before), rangeText(after, meant)));
            if (meant.ratio != 1.0)
                fact(item, tr("Absorbed ratio"), QString::number(meant.ratio, 'g', 5),
                     tr("An integer means scale x (q - zero point) x this ratio: weight correction moved it into "
                        "weights"));
            if (meant.offset != 0.0)
                fact(item, tr("Folded offset"), QString::number(meant.offset, 'g', 5),
                     tr("Added to what the declared grid says: the source's zero point, moved into biases"));
            if (!meant.factors.empty()) {
                const auto moved = std::count_if(meant.factors.begin(), meant.factors.end(), [](double f) { return f != 1.0; });
                fact(item, tr("Channel factors"),
                     tr("%1 of %2, up to %3").arg(moved).arg(meant.factors.size()).arg(*std::max_element(meant.factors.begin(), meant.factors.end()), 0, 'g', 4),
                     tr("These channels mean that many times what the grid says: equalization moved the factor into the weights that read them"));
            }
        }
        const auto memory = [](const Tensor &x) { return bytesText(qint64(byteSize(x.type, std::size_t(elementCount(x.shape))))); };
        if (model.isConstant(before))
            fact(item, tr("Memory"),
                 change(bytesText(qint64(model.data(before).size())), bytesText(qint64((known ? *conversion->model : model).data(after).size()))),
                 tr("In the file"));
        else if (bitWidth(before.type) > 0 && elementCount(before.shape) > 0)
            fact(item, tr("Memory"), change(memory(before), memory(after)), tr("While the network runs"));
        if (const auto from = doc->graph().producer(t); from && from.value != current)
            way(item, tr("From"), from.value);
        for (const OperatorIndex to : doc->graph().consumers(t)) {
            if (to.value != current)
                way(item, tr("To"), to.value);
        }
    };

    if (current < 0 || std::size_t(current) >= g.operators.size()) {
        m_title->setText(breakable(doc->fileName()));
        m_subtitle->setText(model.description.empty() ? tr("Select a layer to see its facts.")
                                                      : QString::fromStdString(model.description));
        auto *facts = group(tr("Model"));
        fact(facts, tr("Operators"), QString::number(g.operators.size()));
        fact(facts, tr("Tensors"), QString::number(g.tensors.size()));
        fact(facts, tr("Subgraphs"), QString::number(model.subgraphs.size()));
        fact(facts, tr("File size"), bytesText(doc->fileSize()));
        fact(facts, tr("Path"), doc->path());
        for (std::size_t i = 0; i < g.inputs.size(); ++i)
            tensor(group(tr("Input %1").arg(i)), g.inputs[i]);
        for (std::size_t i = 0; i < g.outputs.size(); ++i)
            tensor(group(tr("Output %1").arg(i)), g.outputs[i]);
        return done();
    }

    const Operator &op = g.operators[std::size_t(current)];
    m_title->setText(breakable(QString::fromStdString(layerName(g, op))));
    const auto selected = m_session->selection()->operators().size();
    m_subtitle->setText(
        tr("%1, layer #%2, version %3").arg(QString::fromStdString(opName(op.code))).arg(current).arg(op.version)
        + (selected > 1 ? tr(" \u2013 %1 layers selected").arg(selected) : QString()));

    if (op.options && !op.options->fields.empty()) {
        auto *options = group(tr("Options"));
        for (const auto &f : op.options->fields)
            fact(options, QString::fromStdString(f.name).replace(u'_', u' '), optionText(f));
    }
    for (std::size_t i = 0; i < op.outputs.size(); ++i) {
        if (op.outputs[i])
            tensor(group(op.outputs.size() > 1 ? tr("Output %1").arg(i) : tr("Output")), op.outputs[i]);
    }
    const WeightedInputs weighted = weightedInputs(op.code);
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        if (!op.inputs[i])
            continue;
        const QString role = int(i) == weighted.weight ? tr("Weights")
                             : int(i) == weighted.bias ? tr("Bias")
                             : op.inputs.size() > 1    ? tr("Input %1").arg(i)
                                                       : tr("Input");
        tensor(group(role), op.inputs[i]);
    }
    const auto find = [&](const std::shared_ptr<const ErrorReport> &r) -> const LayerError * {
        if (r) {
            for (const LayerError &l : r->layers) {
                if (l.source.value == current)
                    return &l;
            }
        }
        return nullptr;
    };
    const auto error = [&](const QString &title, const std::optional<ValueError> &e, bool stale) {
        if (!e)
            return;
        auto *item = group(title, stale ? tr("of the recipe before") : QString());
        fact(item, tr("SQNR"), dbText(e->sqnrDb));
        fact(item, tr("Cosine"), QString::number(e->cosine, 'f', 6));
        fact(item, tr("RMS error"), stepsText(e->rmsSteps));
        fact(item, tr("Largest error"), tr("%1 (%2)").arg(stepsText(e->maxSteps), QString::number(e->maxAbs, 'g', 4)));
        if (e->saturationRate > 0)
            fact(item, tr("Saturated"), percentText(e->saturationRate));
    };
    if (const auto *w = find(m_session->weightReport()))
        error(tr("Weight error"), w->weights, m_session->isConversionStale());
    if (const auto *e = find(m_session->localReport()))
        error(tr("Output error, this layer alone"), e->local, m_session->isLocalReportStale());
    if (const auto *e = find(m_session->errorReport()))
        error(tr("Output error, end to end"), e->cumulative, m_session->isErrorReportStale());
    done();
}

} // namespace requant
