// SPDX-License-Identifier: GPL-3.0-or-later
// Floats over the graph's corner while something is searched.
#pragma once

#include <QFrame>

class QLabel;
class QLineEdit;

namespace requant {

class SearchBar : public QFrame
{
    Q_OBJECT
public:
    explicit SearchBar(QWidget *parent);
    void open(); // shows it and selects the text
    QString text() const;
    void setText(const QString &);
    void setPlace(int number, int count); // "3 of 12"; number 0: between two

signals:
    void searchRequested(const QString &text, bool forward, bool fromHere); // fromHere: the text was edited
    void closed();

protected:
    void keyPressEvent(QKeyEvent *) override;

private:
    QLineEdit *m_edit;
    QLabel *m_place;
};

} // namespace requant
