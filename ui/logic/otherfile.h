// SPDX-License-Identifier: GPL-3.0-or-later
// Another model file beside the open document: its layers matched (core/convert/align.h), and its errors against the
// document's model on the session's samples.
#pragma once

#include "ui/logic/jobrunner.h"
#include "ui/logic/measured.h"

#include <QObject>

#include <memory>
#include <vector>

namespace requant {

class Session;
struct Alignment;

class OtherFile : public QObject
{
    Q_OBJECT
public:
    explicit OtherFile(Session *); // its part
    ~OtherFile() override;

    void open(const QString &path); // the session must have a document
    void close();
    bool isOpen() const { return m_alignment != nullptr; }
    const QString &path() const { return m_path; }
    QString name() const;                                                 // without folder
    const std::shared_ptr<const Model> &model() const { return m_model; } // as in the file
    const std::shared_ptr<const Alignment> &alignment() const { return m_alignment; }
    Measured measured() const;
    QString summary() const; // how many layers are matched, and how
    // Operators of the file by operators of the document's model; -1 for none.
    const std::vector<int> &partners() const { return m_partners; }

    void cancel();
    std::vector<JobRunner *> runners() { return {&m_load, &m_measure}; }

signals:
    void changed(); // file, matching or numbers
    void failed(const QString &path, const QString &why);

private:
    void measure();

    Session *m_session;
    QString m_path;
    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Alignment> m_alignment;
    std::vector<int> m_partners;
    std::shared_ptr<const ErrorReport> m_weights, m_errors;
    JobRunner m_load, m_measure; // last: their ends touch the members above
};

} // namespace requant
