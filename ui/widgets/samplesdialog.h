// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/logic/jobrunner.h"

#include <QDialog>
#include <QTimer>

class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace requant {

class LabelMeter;
class SampleSet;
class Session;
struct SamplePreview;

// Choosing the samples that activation errors are measured on, with what the network sees of them. What goes wrong with
// them is shown in the dialog.
class SamplesDialog : public QDialog
{
    Q_OBJECT
public:
    explicit SamplesDialog(Session *, QWidget *parent = nullptr);

private:
    QWidget *buildChoices();
    QWidget *buildPreview();
    void browse(bool folder);
    void browseLabels();
    void use();
    void refresh();
    void openForPreview(); // the path as it is typed
    void drawPreview();
    void showPreview(const SamplePreview &);

    Session *m_session;
    LabelMeter *m_meter;
    QLineEdit *m_path, *m_labels;
    QSpinBox *m_limit, *m_index;
    QLabel *m_state, *m_score, *m_picture, *m_facts;
    QPushButton *m_use;
    std::shared_ptr<const SampleSet> m_set; // of the path in the field
    QString m_setPath, m_problem;
    QTimer m_rest;
    JobRunner m_job;
};

} // namespace requant
