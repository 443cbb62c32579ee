// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QMutex>
#include <QSettings>

#include <algorithm>
#include <ctime>

namespace requant::test {

std::shared_ptr<const Model> fourLayers()
{
    Model m;
    m.buffers.emplace_back();
    Subgraph g;
    const char *names[] = {"input", "net/a", "net/b", "net/c", "net/d"};
    for (const char *name : names) {
        Tensor t;
        t.name = name;
        t.shape = {1, 4};
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(0.5f, 3);
        g.tensors.push_back(t);
    }
    const auto op = [](Op code, std::vector<TensorIndex> in, int out) {
        Operator o;
        o.code = code;
        o.inputs = std::move(in);
        o.outputs = {TensorIndex{out}};
        return o;
    };
    g.operators = {op(Op::Relu, {TensorIndex{0}}, 1), op(Op::Relu, {TensorIndex{1}}, 2),
                   op(Op::Add, {TensorIndex{1}, TensorIndex{2}}, 3), op(Op::Softmax, {TensorIndex{3}}, 4)};
    g.inputs = {TensorIndex{0}};
    g.outputs = {TensorIndex{4}};
    m.subgraphs.push_back(std::move(g));
    return std::make_shared<const Model>(std::move(m));
}

void isolateSettings(const QString &folder)
{
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder);
    QCoreApplication::setOrganizationName(QStringLiteral("RequantTest"));
    QCoreApplication::setApplicationName(QStringLiteral("RequantTest"));
}

QString acceptanceFile(const QString &relative)
{
    const QFileInfo file(QStringLiteral(REQUANT_ACCEPTANCE_DIR) + u'/' + relative);
    return QStringLiteral(REQUANT_ACCEPTANCE_DIR).isEmpty() || !file.exists() ? QString() : file.absoluteFilePath();
}

namespace {

QMutex s_mutex;
QStringList s_log;
QtMessageHandler s_before = nullptr;

void keep(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const bool usual =
        text.contains(QStringLiteral("propagateSizeHints")) || text.contains(QStringLiteral("XDG_RUNTIME_DIR"));
    if (!usual && (type == QtWarningMsg || type == QtCriticalMsg)) {
        const QMutexLocker lock(&s_mutex);
        s_log << text;
    }
    if (s_before)
        s_before(type, context, text);
}

} // namespace

static double usedMs()
{
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) * 1e3 + double(t.tv_nsec) * 1e-6;
}

StretchWatch::StretchWatch() : m_last(usedMs())
{
    QObject::connect(&m_tick, &QTimer::timeout, &m_tick, [this] {
        const double now = usedMs();
        m_longest = std::max(m_longest, now - m_last);
        m_last = now;
    });
    m_tick.start(0);
}

LogCatcher::LogCatcher()
{
    s_before = qInstallMessageHandler(keep);
}
LogCatcher::~LogCatcher()
{
    qInstallMessageHandler(s_before);
}

QStringList LogCatcher::taken()
{
    const QMutexLocker lock(&s_mutex);
    return std::exchange(s_log, {});
}

} // namespace requant::test
