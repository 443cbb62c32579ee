// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/comparison.h"

#include "ui/logic/document.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/session.h"

#include <algorithm>

namespace requant {

Comparison::Comparison(Session *session, QObject *parent) : QObject(parent), m_session(session)
{
    connect(session, &Session::documentChanged, this, [this] {
        m_firstId.reset();
        m_secondId.reset();
        if (const Document *doc = m_session->document())
            connect(doc->variants(), &Variants::listChanged, this, &Comparison::refresh);
        refresh();
    });
    connect(session, &Session::resultsChanged, this, &Comparison::refresh);
    connect(&session->otherFile(), &OtherFile::changed, this, &Comparison::refresh);
    refresh();
}

void Comparison::refresh()
{
    const std::size_t before = m_all.size();
    m_all = measuredAll(*m_session);
    const auto place = [this](std::optional<int> id) {
        const auto it =
            std::find_if(m_all.begin(), m_all.end(), [&](const Measured &m) { return id && m.variant == *id; });
        return it == m_all.end() ? -1 : int(it - m_all.begin());
    };
    m_first = place(m_firstId);
    m_second = place(m_secondId);
    if (m_all.size() < 2) {
        m_first = m_second = -1;
    } else {
        // What has just come is held against what was there.
        const Document *doc = m_session->document();
        const int newest = m_all.back().variant == 0 ? int(m_all.size()) - 1 : doc->variants()->activeIndex();
        if (m_all.size() > before && newest != m_first)
            m_second = newest;
        if (m_first < 0 || m_first == m_second)
            m_first = m_second == 0 ? 1 : 0;
        if (m_second < 0)
            m_second = m_first == int(m_all.size()) - 1 ? 0 : int(m_all.size()) - 1;
        m_firstId = m_all[std::size_t(m_first)].variant;
        m_secondId = m_all[std::size_t(m_second)].variant;
    }
    emit changed();
}

void Comparison::setPair(int first, int second)
{
    const int n = int(m_all.size());
    if (first < 0 || second < 0 || first >= n || second >= n || (first == m_first && second == m_second))
        return;
    if (first == second) // the two change places
        (first == m_first ? first : second) = first == m_first ? m_second : m_first;
    m_firstId = m_all[std::size_t(first)].variant;
    m_secondId = m_all[std::size_t(second)].variant;
    m_first = first;
    m_second = second;
    emit changed();
}

void Comparison::setChoice(HeatChoice choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    emit changed();
}

std::vector<Measured> Comparison::activeAndOther() const
{
    std::vector<Measured> out;
    const Document *doc = m_session->document();
    if (!doc || m_all.empty())
        return out;
    const int active = std::min(doc->variants()->activeIndex(), int(m_all.size()) - 1);
    out.push_back(m_all[std::size_t(active)]);
    if (hasPair()) {
        const int other = active == m_second ? m_first : m_second;
        out.push_back(m_all[std::size_t(other)]);
    }
    return out;
}

std::optional<int> Comparison::firstJump() const
{
    const HeatChoice local{HeatQuantity::ActivationSqnr, HeatReach::Local};
    const Document *doc = m_session->document();
    if (!doc || m_all.empty())
        return std::nullopt;
    const Measured &m = m_all[std::size_t(hasPair() ? m_second : doc->variants()->activeIndex())];
    if (!m.report(local))
        return std::nullopt;
    return requant::firstJump(m.values(local, doc->mainGraph().operators.size()));
}

std::optional<QString> Comparison::jumpText(int op) const
{
    const HeatChoice local{HeatQuantity::ActivationSqnr, HeatReach::Local};
    const Document *doc = m_session->document();
    if (!doc || op < 0 || m_all.empty())
        return std::nullopt;
    QStringList words;
    for (const Measured &m : m_all) {
        if (m.report(local))
            words << tr("%1 in %2")
                         .arg(choiceText(local, m.values(local, doc->mainGraph().operators.size())[std::size_t(op)]),
                              m.name);
    }
    return tr("local SQNR %1").arg(words.join(QStringLiteral(", ")));
}

} // namespace requant
