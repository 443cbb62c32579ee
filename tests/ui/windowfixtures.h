// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of the window do with it.
#pragma once

#include "ui/logic/session.h"
#include "ui/widgets/mainwindow.h"

#include <QComboBox>
#include <QSignalSpy>
#include <QTest>

namespace requant::test {

inline constexpr int kPatience = 120'000; // for one model on a busy machine

// As a user does: the signal for that comes too.
inline void choose(QComboBox *combo, const QVariant &data)
{
    QVERIFY(combo);
    const int i = combo->findData(data);
    QVERIFY2(i >= 0, qPrintable(combo->objectName()));
    combo->setCurrentIndex(i);
    QMetaObject::invokeMethod(combo, "activated", Q_ARG(int, i));
}

// Opened, and all that follows is computed.
inline bool opened(MainWindow &w, const QString &path)
{
    QSignalSpy changed(w.session(), &Session::documentChanged);
    w.open(path);
    return changed.wait(kPatience) && QTest::qWaitFor([&] { return w.session()->isIdle(); }, kPatience);
}

} // namespace requant::test
