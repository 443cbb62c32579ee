// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace requant {

class Session;

// Where to write what; the result ("written, read back, 0 rule violations") is said in the same place.
class ExportDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ExportDialog(Session *, QWidget *parent = nullptr);

private:
    void browse();
    void refresh();
    void edited();
    void start();
    void finished();
    QString fileFor(const QString &suffix) const;

    Session *m_session;
    QLineEdit *m_folder, *m_name;
    QCheckBox *m_model, *m_recipe, *m_report;
    QLabel *m_replaced, *m_result;
    QPushButton *m_export;
    bool m_started = false;
    QString m_outcome; // of the last export, until something is changed
};

} // namespace requant
