// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/variantspage.h"

#include "ui/logic/chartdata.h"
#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/variantschart.h"

#include <QComboBox>
#include <QHBoxLayout>

#include <cmath>

namespace requant {

VariantsPage::VariantsPage(Session *session, Comparison *comparison, QWidget *parent)
    : ChartPage(parent), m_session(session), m_comparison(comparison), m_chart(new VariantsChart(this)),
      m_options(new QWidget(this)), m_cost(new QComboBox(m_options)), m_gain(new QComboBox(m_options))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_chart);
    m_chart->setObjectName(QStringLiteral("variantsChart"));
    m_chart->setAccessibleName(title());
    m_chart->setAccessibleDescription(toolTip());
    auto *row = new QHBoxLayout(m_options);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_cost);
    row->addWidget(m_gain);
    m_cost->setObjectName(QStringLiteral("variantsCost"));
    m_cost->setAccessibleName(tr("What variants cost"));
    m_cost->addItems({tr("Size of constants"), tr("Inserted operators"), tr("Layers without shift")});
    m_gain->setObjectName(QStringLiteral("variantsGain"));
    m_gain->setAccessibleName(tr("What variants give"));
    m_gain->addItems({tr("Output SQNR"), tr("Agreement")});
    m_options->hide();
    for (QComboBox *c : {m_cost, m_gain}) {
        connect(c, &QComboBox::currentIndexChanged, this, [this] {
            m_chart->setAxes(VariantsChart::Cost(m_cost->currentIndex()), VariantsChart::Gain(m_gain->currentIndex()));
            emit refreshed();
        });
    }
    connect(m_chart, &VariantsChart::variantClicked, this, [this](int id) {
        if (Document *doc = m_session->document())
            doc->variants()->activate(doc->variants()->indexOf(id));
    });
}

ZoomChart *VariantsPage::chart() const
{
    return m_chart;
}

bool VariantsPage::refresh()
{
    const Document *doc = m_session->document();
    std::vector<VariantFacts> facts;
    bool any = false;
    for (const Measured &m : m_comparison->all()) {
        facts.push_back(variantFacts(m));
        if (const int i = doc ? doc->variants()->indexOf(m.variant) : -1; i >= 0)
            facts.back().name = doc->variants()->label(i);
        any = any || !std::isnan(VariantsChart::gainOf(facts.back(), m_chart->gain()));
    }
    m_chart->setFacts(std::move(facts), doc ? doc->variants()->active().id : 0);
    return any;
}

NothingToShow VariantsPage::nothing() const
{
    if (!m_session->document())
        return {tr("No model"), tr("Open a .tflite file to see its layers here.")};
    if (!m_session->samples())
        return {
            tr("No samples"),
            tr("What a variant gives is measured on sample inputs: a .npy file, a folder of pictures or a raw file."),
            true};
    return {tr("Not measured yet"), tr("Variants appear here as soon as they are computed.")};
}

void VariantsPage::fillTable(ChartTable &table) const
{
    std::vector<ChartTable::Row> rows;
    std::vector<double> bytes, share, inserted, sqnr, agreement;
    for (const VariantFacts &f : m_chart->facts()) {
        rows.push_back({f.name});
        bytes.push_back(f.bytes);
        share.push_back(f.multiplied ? 100.0 * f.shifted / f.multiplied : NAN);
        inserted.push_back(f.inserted);
        sqnr.push_back(f.outputSqnrDb);
        agreement.push_back(f.agreement * 100);
    }
    const auto percent = [](double v) { return percentText(v / 100); };
    table.set(tr("Variant"), std::move(rows),
              {{tr("Constants (bytes)"), [](double v) { return bytesText(qint64(v)); }, std::move(bytes)},
               {tr("Layers with shifts only (%)"), percent, std::move(share)},
               {tr("Inserted operators"), [](double v) { return QString::number(v); }, std::move(inserted)},
               {tr("Output SQNR (dB)"), dbText, std::move(sqnr)},
               {tr("Agreement (%)"), percent, std::move(agreement)}});
}

} // namespace requant
