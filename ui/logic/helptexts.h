// SPDX-License-Identifier: GPL-3.0-or-later
// What the words mean: metrics, schemes, and how to read the window. Shown by the help dock and by What's This.
#pragma once

#include <QList>
#include <QString>

namespace requant {

struct HelpTopic
{
    QString id;    // stable: "sqnr"
    QString group; // translated: "Metrics"
    QString title; // translated
    QString body;  // translated, simple HTML
};
QList<HelpTopic> helpTopics(); // in reading order, groups together

// What a control of the window is for, by its object's name; empty where nothing is known.
QString controlHelp(const QString &objectName);
// Every name that controlHelp() knows, for the tests.
QStringList helpedControls();

} // namespace requant
