// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/recipepickers.h"

#include "core/scheme/recipejson.h"
#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QSettings>
#include <QToolBar>

#include <utility>

namespace requant {

static QString profileTip(const Profile &p)
{
    QString tip = QStringLiteral("<p><b>%1</b> (%2)</p><p>%3</p>")
                      .arg(QString::fromStdString(p.title).toHtmlEscaped(), QString::fromStdString(p.id),
                           QString::fromStdString(p.summary).toHtmlEscaped());
    for (const ProfileFact &f : p.facts)
        tip += QStringLiteral("<p>\u2022 %1<br><i>%2</i></p>")
                   .arg(QString::fromStdString(f.statement).toHtmlEscaped(),
                        QString::fromStdString(f.source).toHtmlEscaped());
    for (const std::string &u : p.unknown)
        tip += QStringLiteral("<p>\u2022 %1</p>")
                   .arg(RecipePickers::tr("not known: %1").arg(QString::fromStdString(u)).toHtmlEscaped());
    return tip;
}

RecipePickers::RecipePickers(Session *session, bool remember, QToolBar *bar)
    : QObject(bar), m_session(session), m_remember(remember)
{
    const auto picker = [&](const QString &label, const char *name, int characters) {
        auto *l = new QLabel(label, bar);
        l->setContentsMargins(kGrid / 2, 0, kGrid / 2, 0);
        bar->addWidget(l);
        auto *c = new QComboBox(bar);
        c->setObjectName(QLatin1String(name));
        c->setAccessibleName(label);
        c->setMinimumContentsLength(characters);
        c->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        c->setMaxVisibleItems(20);
        l->setBuddy(c);
        bar->addWidget(c);
        return c;
    };
    m_profile = picker(tr("Target"), "profilePicker", 28);
    m_profile->setPlaceholderText(tr("own recipe"));
    fillProfiles();
    m_preset = picker(tr("Preset"), "presetPicker", 9);
    m_preset->setPlaceholderText(tr("custom"));
    m_preset->addItem(tr("Naive"), int(Preset::Naive));
    m_preset->setItemData(0, tr("Round every tensor to its new grid and nothing else"), Qt::ToolTipRole);
    m_preset->addItem(tr("Corrected"), int(Preset::Corrected));
    m_preset->setItemData(1, tr("Weight correction, scale search and rounding error folding"), Qt::ToolTipRole);
    connect(m_profile, &QComboBox::activated, this, [this] { chooseProfile(m_profile->currentData().toString()); });
    connect(m_preset, &QComboBox::activated, this, [this] { choosePreset(m_preset->currentData().toInt()); });
    connect(m_session, &Session::documentChanged, this, &RecipePickers::documentChanged);

    Recipe start;
    if (const Profile *p = findProfile(
            m_remember
                ? QSettings().value(QStringLiteral("profile"), QStringLiteral("symmetric")).toString().toStdString()
                : std::string("symmetric")))
        start = fromProfile(*p, {}, false);
    m_session->setStartRecipe(start);
    documentChanged();
}

void RecipePickers::fillProfiles()
{
    m_profile->addItem(tr("Keep as in the file"), QString());
    m_profile->setItemData(0, tr("Nothing is asked of any layer; the model stays as it is."), Qt::ToolTipRole);
    for (const Profile &p : builtinProfiles()) {
        m_profile->addItem(QString::fromStdString(p.title), QString::fromStdString(p.id));
        m_profile->setItemData(m_profile->count() - 1, profileTip(p), Qt::ToolTipRole);
    }
}

void RecipePickers::chooseProfile(const QString &id)
{
    Document *doc = m_session->document();
    const Profile *p = findProfile(id.toStdString());
    Recipe recipe;
    if (doc)
        recipe.algorithms = doc->recipe().algorithms;
    if (p)
        recipe = fromProfile(*p, doc ? doc->recipe() : Recipe{}, false);
    m_session->setStartRecipe(recipe);
    if (m_remember)
        QSettings().setValue(QStringLiteral("profile"), id);
    if (doc)
        doc->editRecipe(p ? tr("target %1").arg(QString::fromStdString(p->title)) : tr("keep everything"),
                        std::move(recipe));
}

void RecipePickers::choosePreset(int preset)
{
    Document *doc = m_session->document();
    if (!doc)
        return;
    Recipe r = doc->recipe();
    r.algorithms = algorithmsOf(Preset(preset), r.algorithms);
    doc->editRecipe(tr("preset %1").arg(m_preset->itemText(m_preset->findData(preset))), std::move(r));
}

void RecipePickers::documentChanged()
{
    const Document *doc = m_session->document();
    m_profile->setEnabled(doc != nullptr);
    m_preset->setEnabled(doc != nullptr);
    if (doc)
        connect(doc, &Document::recipeChanged, this, &RecipePickers::refresh);
    refresh();
}

void RecipePickers::refresh()
{
    const Document *doc = m_session->document();
    if (!doc) {
        for (QComboBox *c : {m_profile, m_preset}) {
            c->setPlaceholderText(noText());
            c->setCurrentIndex(-1);
        }
        return;
    }
    m_profile->setPlaceholderText(tr("own recipe"));
    m_preset->setPlaceholderText(tr("custom"));
    const Recipe &r = doc->recipe();
    const bool nothing = r.rules.empty();
    const bool known = nothing || profileRules(r) > 0;
    m_profile->setCurrentIndex(nothing ? 0 : known ? m_profile->findData(QString::fromStdString(r.name)) : -1);
    const QString tip = m_profile->currentData(Qt::ToolTipRole).toString();
    m_profile->setToolTip(tip.isEmpty() ? tr("What the model is converted to") : tip);
    m_preset->setCurrentIndex(m_preset->findData(int(presetOf(r.algorithms))));
}

} // namespace requant
