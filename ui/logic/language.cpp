// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

#include <algorithm>

// Resources of a static library are not found by themselves. The macro must stand outside of a namespace.
static void initCatalogues()
{
    Q_INIT_RESOURCE(translations);
}

namespace requant {

namespace {

const QString kEnglish = QStringLiteral("en");
QString g_current = kEnglish;

QString systemCode()
{
    for (const QString &wanted : QLocale::system().uiLanguages()) {
        const QString code = wanted.section(u'-', 0, 0);
        for (const Language &l : languages()) {
            if (l.code == code)
                return code;
        }
    }
    return kEnglish;
}

// Translators are the application's children: they go with it, and only ours are removed.
void install(const QString &file, const QString &folder)
{
    auto *t = new QTranslator(qApp);
    t->setObjectName(QStringLiteral("requantCatalogue"));
    if (t->load(file, folder))
        QCoreApplication::installTranslator(t);
    else
        delete t;
}

} // namespace

QList<Language> languages()
{
    return {{kEnglish, QStringLiteral("English")}, {QStringLiteral("de"), QStringLiteral("Deutsch")}};
}

bool setLanguage(const QString &wanted)
{
    initCatalogues();
    const QString code = wanted.isEmpty() ? systemCode() : wanted;
    const auto all = languages();
    const bool known = std::any_of(all.begin(), all.end(), [&](const Language &l) { return l.code == code; });
    g_current = known ? code : kEnglish;
    for (QTranslator *old : qApp->findChildren<QTranslator *>(QStringLiteral("requantCatalogue"))) {
        QCoreApplication::removeTranslator(old);
        delete old;
    }
    // Qt's own texts (standard buttons, file dialogs), where the system has them.
    install(QStringLiteral("qtbase_") + g_current, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(QStringLiteral("requant_") + g_current, QStringLiteral(":/translations"));
    return known;
}

QString currentLanguage()
{
    return g_current;
}

} // namespace requant
