// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;
class QSpinBox;

namespace requant {

class Session;

// Choosing the samples that activation errors are measured on. What goes wrong with them is shown in the dialog.
class SamplesDialog : public QDialog
{
    Q_OBJECT
public:
    explicit SamplesDialog(Session *, QWidget *parent = nullptr);

private:
    void browse(bool folder);
    void refresh();

    Session *m_session;
    QLineEdit *m_path;
    QSpinBox *m_limit;
    QLabel *m_state;
};

} // namespace requant
