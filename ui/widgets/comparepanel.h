// SPDX-License-Identifier: GPL-3.0-or-later
// Variants side by side: the matrix of layers and variants, what is compared with what, and the way to another file.
#pragma once

#include <QWidget>

class QAction;
class QComboBox;
class QLabel;
class QMenu;
class QTableView;
class QToolBar;

namespace requant {

class Comparison;
class MatrixSort;
class Session;
class VariantMatrix;

class ComparePanel : public QWidget
{
    Q_OBJECT
public:
    ComparePanel(Session *, Comparison *, QWidget *parent = nullptr);
    void fillMenu(QMenu *);
    QAction *sideBySide() const { return m_sideBySide; } // checkable
    VariantMatrix *matrix() const { return m_matrix; }
    void openFile(const QString &path);
    void worstFirst();
    void showSideBySide(); // as soon as there are two

signals:
    void raiseRequested(); // something to be seen here

private:
    QAction *make(const QString &icon, const QString &text, const char *name, const QKeySequence &);
    void buildRow();
    void buildTable();
    void openDialog();
    void findJump();
    void refresh();
    void toSelection();
    void fromSelection();
    void say(const QString &, bool error = false);

    Session *m_session;
    Comparison *m_comparison;
    VariantMatrix *m_matrix;
    MatrixSort *m_sorted;
    QTableView *m_view;
    QComboBox *m_choice, *m_first, *m_second;
    QLabel *m_words;
    QAction *m_sideBySide, *m_open, *m_close, *m_jump, *m_worst, *m_csv, *m_copy;
    QString m_said; // an answer or an error, until something else happens
    bool m_saidError = false;
    bool m_wanted = false; // side by side, once there are two
    bool m_syncing = false;
};

} // namespace requant
