// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/places.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>

namespace requant {

namespace {
constexpr auto kRecent = "recentFiles";
constexpr int kMostRecent = 10;
} // namespace

QString resourceFile(const QString &relative)
{
    const QDir program(QCoreApplication::applicationDirPath());
    QStringList roots{program.filePath(QStringLiteral("../share/requant"))};
    QDir up = program;
    for (int i = 0; i < 4; ++i) {
        roots << up.filePath(QStringLiteral("resources"));
        if (!up.cdUp())
            break;
    }
#ifdef REQUANT_SOURCE_DIR
    roots << QStringLiteral(REQUANT_SOURCE_DIR "/resources");
#endif
    for (const QString &root : roots) {
        const QFileInfo file(root + u'/' + relative);
        if (file.exists())
            return file.canonicalFilePath();
    }
    return {};
}

QString sampleModelFile()
{
    return resourceFile(QStringLiteral("sample/fashion_mobilenet_uint8.tflite"));
}

QString samplesOf(const QString &modelPath)
{
    const QFileInfo model(modelPath);
    const QFileInfo sample(sampleModelFile());
    if (!sample.exists() || model.canonicalPath() != sample.canonicalPath())
        return {};
    const QFileInfo images(sample.dir().filePath(QStringLiteral("fashion_test_images.npy")));
    return images.exists() ? images.canonicalFilePath() : QString();
}

QString recoveryFolder()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath(QStringLiteral("recovery"));
}

QStringList recentFiles()
{
    QStringList files = QSettings().value(kRecent).toStringList();
    files.removeIf([](const QString &f) { return !QFileInfo::exists(f); });
    return files;
}

void addRecentFile(const QString &path)
{
    QSettings settings;
    QStringList files = settings.value(kRecent).toStringList();
    const QString full = QFileInfo(path).absoluteFilePath();
    files.removeAll(full);
    files.prepend(full);
    settings.setValue(kRecent, QStringList(files.mid(0, kMostRecent)));
}

void clearRecentFiles()
{
    QSettings().remove(kRecent);
}

} // namespace requant
