// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/recipetext.h"

#include "core/scheme/recipejson.h"
#include "ui/logic/document.h"
#include "ui/logic/recipecheck.h"
#include "ui/logic/session.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTextBlock>
#include <QVBoxLayout>

namespace requant {

constexpr int kCheckMs = 200;

RecipeText::RecipeText(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_text(new QPlainTextEdit(this)), m_message(new QLabel(this)),
      m_apply(new QPushButton(tr("Apply"), this)), m_revert(new QPushButton(tr("Revert"), this)),
      m_goTo(new QPushButton(tr("Go to line"), this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_text->setObjectName(QStringLiteral("recipeText"));
    m_text->setAccessibleName(tr("Recipe as text"));
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setTabStopDistance(4 * m_text->fontMetrics().horizontalAdvance(u' '));
    layout->addWidget(m_text, 1);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, kGrid / 2, kGrid, kGrid / 2);
    m_message->setObjectName(QStringLiteral("recipeTextMessage"));
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(m_message, 1);
    m_goTo->setObjectName(QStringLiteral("recipeTextGoTo"));
    m_apply->setObjectName(QStringLiteral("recipeTextApply"));
    m_revert->setObjectName(QStringLiteral("recipeTextRevert"));
    m_apply->setToolTip(tr("Make the text the recipe, as one step that can be undone (Ctrl+Return)"));
    m_revert->setToolTip(tr("Show the recipe as it is; what was typed is given up"));
    for (QPushButton *b : {m_goTo, m_apply, m_revert})
        row->addWidget(b);
    layout->addLayout(row);
    connect(m_apply, &QPushButton::clicked, this, &RecipeText::applyText);
    connect(m_revert, &QPushButton::clicked, this, &RecipeText::revert);
    connect(m_goTo, &QPushButton::clicked, this, &RecipeText::goToProblem);
    auto *apply = new QAction(this);
    apply->setShortcuts({QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)});
    apply->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(apply);
    connect(apply, &QAction::triggered, this, &RecipeText::applyText);
    m_rest.setSingleShot(true);
    m_rest.setInterval(kCheckMs);
    connect(&m_rest, &QTimer::timeout, this, &RecipeText::check);
    connect(m_text, &QPlainTextEdit::textChanged, &m_rest, qOverload<>(&QTimer::start));
    connect(m_session, &Session::documentChanged, this, [this] {
        if (const Document *doc = m_session->document())
            connect(doc, &Document::recipeChanged, this, &RecipeText::recipeChanged);
        revert();
    });
    revert();
}

bool RecipeText::isEdited() const
{
    return m_text->toPlainText() != m_shown;
}

void RecipeText::recipeChanged()
{
    if (isEdited())
        check(); // what is typed stays; the message says that the recipe is another one now
    else
        revert();
}

void RecipeText::revert()
{
    const Document *doc = m_session->document();
    setEnabled(doc != nullptr);
    m_shown = doc ? QString::fromStdString(recipeToJson(doc->recipe())) : QString();
    if (m_text->toPlainText() != m_shown)
        m_text->setPlainText(m_shown);
    m_shown = m_text->toPlainText();
    check();
}

void RecipeText::check()
{
    m_rest.stop();
    const Document *doc = m_session->document();
    const bool edited = doc && isEdited();
    const RecipeCheck c = checkRecipe(m_text->toPlainText());
    m_valid = c.recipe.has_value();
    m_line = c.line;
    m_column = c.column;
    QString message = c.problem;
    if (doc && m_valid) {
        const bool elsewhere =
            edited && m_shown.trimmed() != QString::fromStdString(recipeToJson(doc->recipe())).trimmed();
        message = elsewhere ? tr("The recipe was edited elsewhere meanwhile; Apply replaces those edits.")
                  : edited  ? tr("Not applied yet.")
                            : tr("The recipe as it is. Comments (//) are allowed and not kept.");
    }
    m_message->setText(doc ? message : QString());
    QPalette p = m_message->palette();
    p.setColor(QPalette::WindowText,
               m_valid ? palette().color(QPalette::PlaceholderText) : themeColor(ColorRole::Error));
    m_message->setPalette(p);
    m_goTo->setVisible(!m_valid && m_line > 0);
    m_apply->setEnabled(edited && m_valid);
    m_revert->setEnabled(edited);
    QList<QTextEdit::ExtraSelection> marks;
    if (!m_valid && m_line > 0) {
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(m_text->document()->findBlockByNumber(m_line - 1));
        mark.format.setBackground(mixed(palette().color(QPalette::Base), themeColor(ColorRole::Error), 0.2));
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        marks << mark;
    }
    m_text->setExtraSelections(marks);
}

void RecipeText::goToProblem()
{
    const QTextBlock block = m_text->document()->findBlockByNumber(m_line - 1);
    if (!block.isValid())
        return;
    QTextCursor cursor(block);
    cursor.setPosition(block.position() + std::min(std::max(m_column - 1, 0), std::max(block.length() - 1, 0)));
    m_text->setTextCursor(cursor);
    m_text->centerCursor();
    m_text->setFocus(Qt::OtherFocusReason);
}

void RecipeText::applyText()
{
    Document *doc = m_session->document();
    check();
    if (!doc || !m_apply->isEnabled())
        return;
    const RecipeCheck c = checkRecipe(m_text->toPlainText());
    m_shown = m_text->toPlainText(); // so that the change shows the recipe as it is written
    doc->editRecipe(tr("recipe as text"), *c.recipe);
    revert();
}

} // namespace requant
