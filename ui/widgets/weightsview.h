// SPDX-License-Identifier: GPL-3.0-or-later
// The current layer's weights before and after: how often each value occurs, and scale, error and output shift by channel.
#pragma once

#include "ui/logic/channelfacts.h"
#include "ui/logic/jobrunner.h"

#include <QWidget>

class QLabel;
class QScrollArea;

namespace requant {

class ChannelChart;
class HistogramView;
class Session;

class WeightsView : public QWidget
{
    Q_OBJECT
public:
    explicit WeightsView(Session *, QWidget *parent = nullptr);
    const ChannelFacts &facts() const { return m_facts; }
    int currentChannel() const { return m_channel; }

protected:
    void showEvent(QShowEvent *) override;

private:
    void refresh();
    void count(int op);
    void showChannel(int);

    Session *m_session;
    ChannelFacts m_facts;
    int m_channel = -1;    // told about
    bool m_chosen = false; // by the user; otherwise it is the worst
    std::shared_ptr<const Model> m_countedSource; // what the histogram shows
    std::shared_ptr<const Conversion> m_countedConversion;
    int m_countedLayer = -1;

    QLabel *m_title, *m_summary, *m_channelText;
    QScrollArea *m_charts;
    HistogramView *m_histogram;
    ChannelChart *m_scales, *m_errors, *m_shifts;
    JobRunner m_counting; // last: its end touches the members above
};

} // namespace requant
