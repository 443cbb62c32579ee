// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/languagemenu.h"

#include "ui/logic/language.h"

#include <QActionGroup>
#include <QMessageBox>
#include <QSettings>

namespace requant {

LanguageMenu::LanguageMenu(bool remember, QWidget *window) : QMenu(tr("Lan&guage"), window), m_remember(remember)
{
    setObjectName(QStringLiteral("languageMenu"));
    auto *group = new QActionGroup(this);
    const QString chosen = remember ? QSettings().value(QStringLiteral("language")).toString() : currentLanguage();
    const auto add = [&](const QString &text, const QString &name, const QString &code) {
        auto *a = addAction(text, this, [this, code] { choose(code); });
        a->setObjectName(name);
        a->setCheckable(true);
        a->setChecked(code == chosen);
        group->addAction(a);
    };
    add(tr("As the &system"), QStringLiteral("languageSystem"), {});
    for (const Language &l : languages())
        add(l.name, QStringLiteral("language_") + l.code, l.code);
}

void LanguageMenu::choose(const QString &code)
{
    if (m_remember)
        QSettings().setValue(QStringLiteral("language"), code);
    auto *box =
        new QMessageBox(QMessageBox::Information, tr("Language"),
                        tr("The language changes with the next start of Requant Studio."), QMessageBox::Ok, window());
    box->setObjectName(QStringLiteral("languageNotice"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

} // namespace requant
