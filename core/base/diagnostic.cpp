// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/diagnostic.h"

#include <algorithm>

namespace requant {

std::string fill(std::string_view messageText, const std::vector<std::string> &args)
{
    std::string out;
    out.reserve(messageText.size() + 32);
    for (std::size_t i = 0; i < messageText.size(); ++i) {
        const bool placeholder = messageText[i] == '%' && i + 1 < messageText.size() && messageText[i + 1] >= '1'
            && messageText[i + 1] <= '9';
        if (!placeholder) {
            out += messageText[i];
            continue;
        }
        const auto n = static_cast<std::size_t>(messageText[++i] - '1');
        if (n < args.size())
            out += args[n];
    }
    return out;
}

std::string text(const Diagnostic &d)
{
    std::string body = d.message ? fill(d.message->text, d.args) : std::string();
    return d.file.empty() ? body : d.file + ": " + body;
}

std::string_view severityName(Severity s)
{
    switch (s) {
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
    }
    return "error";
}

Error makeError(const Message &m, std::vector<std::string> args, Location where)
{
    return {Severity::Error, &m, std::move(args), where, {}};
}

Diagnostic makeWarning(const Message &m, std::vector<std::string> args, Location where)
{
    return {Severity::Warning, &m, std::move(args), where, {}};
}

Diagnostic makeNote(const Message &m, std::vector<std::string> args, Location where)
{
    return {Severity::Note, &m, std::move(args), where, {}};
}

bool hasErrors(const Diagnostics &all)
{
    return std::any_of(all.begin(), all.end(), [](const Diagnostic &d) { return d.severity == Severity::Error; });
}

} // namespace requant
