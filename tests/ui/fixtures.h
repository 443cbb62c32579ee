// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

#include <QString>
#include <QStringList>
#include <QTimer>

#include <memory>

namespace requant::test {

// Four layers named a, b, c, d, one tensor each behind the input: RELU, RELU, ADD, SOFTMAX on int8.
std::shared_ptr<const Model> fourLayers();
// A file of the acceptance data, or empty if it is not there.
QString acceptanceFile(const QString &relative);

// Settings in this folder instead of the user's.
void isolateSettings(const QString &folder);

// Everything that Qt logs as a warning or worse while it lives, but for what the offscreen platform always says.
class LogCatcher
{
public:
    LogCatcher();
    ~LogCatcher();
    static QStringList taken(); // and forgotten
};

// The longest stretch of processor time, in ms, that the thread it was made in takes without looking at events while it
// lives. Processor time, so that a busy machine fails no test.
class StretchWatch
{
public:
    StretchWatch();
    double longest() const { return m_longest; }

private:
    QTimer m_tick;
    double m_last = 0, m_longest = 0;
};

} // namespace requant::test
