// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/convert/delivery.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTableWidget;

namespace requant {

class Session;
struct ExportRequest;

// Where to write what, what will be in it, and the proof of what was written, step by step, in the same place.
class ExportDialog : public QDialog
{
    Q_OBJECT
public:
    explicit ExportDialog(Session *, QWidget *parent = nullptr);

private:
    QWidget *buildChoices();
    QWidget *buildContents();
    void browse();
    void openFolder();
    void refresh();
    void refreshContents();
    void spaceRows();
    void edited();
    void start();
    void showStep(const DeliveryStep &);
    void finished();
    void restoreChoices();
    void storeChoices() const;
    ExportRequest request() const;
    std::optional<ElementType> portType(const QComboBox *) const;

    struct Choice
    {
        QCheckBox *box;
        Format format;
        bool pdf;
    };
    Session *m_session;
    QLineEdit *m_folder, *m_name;
    std::vector<Choice> m_choices;
    QComboBox *m_language, *m_inputs, *m_outputs;
    QTableWidget *m_contents;
    QListWidget *m_steps;
    QLabel *m_replaced, *m_result;
    QPushButton *m_export, *m_openFolder;
    bool m_started = false;
    QString m_outcome; // of the last export, until something is changed
};

} // namespace requant
