// SPDX-License-Identifier: GPL-3.0-or-later
// Findings and errors: a message constant with a stable id, arguments and a place. Core never translates; programs that
// show a diagnostic either use text() or translate Message::text and fill in the arguments themselves.
#pragma once

#include "core/base/index.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace requant {

enum class Severity : std::uint8_t { Note, Warning, Error };

// Declared as constants in the room that reports them, e.g.
//   inline constexpr Message kBufferPastEnd{"tflite.buffer-past-end", "buffer %1 reaches past the end of the file"};
struct Message
{
    std::string_view id;   // stable, dotted, machine-readable: "<room>.<what>"
    std::string_view text; // English; %1..%9 stand for the arguments
};

using Location = std::variant<std::monostate, TensorRef, OperatorRef>;

struct Diagnostic
{
    Severity severity = Severity::Error;
    const Message *message = nullptr; // points to a constant; never null in a reported diagnostic
    std::vector<std::string> args;
    Location where;
    std::string file; // the file concerned, or empty
};

using Diagnostics = std::vector<Diagnostic>;
using Error = Diagnostic; // one fatal diagnostic

// The English sentence with its arguments, prefixed "file: " where a file is known.
std::string text(const Diagnostic &);
// Replaces %1..%9.
std::string fill(std::string_view messageText, const std::vector<std::string> &args);
std::string_view severityName(Severity);

Error makeError(const Message &, std::vector<std::string> args = {}, Location = {});
Diagnostic makeWarning(const Message &, std::vector<std::string> args = {}, Location = {});
Diagnostic makeNote(const Message &, std::vector<std::string> args = {}, Location = {});
bool hasErrors(const Diagnostics &);

// Generic messages that every room may use.
inline constexpr Message kCancelled{"base.cancelled", "cancelled"};
inline constexpr Message kOutOfMemory{"base.out-of-memory", "not enough memory"};
inline constexpr Message kCannotOpen{"base.cannot-open", "cannot open the file: %1"};
inline constexpr Message kCannotRead{"base.cannot-read", "cannot read the file: %1"};
inline constexpr Message kCannotWrite{"base.cannot-write", "cannot write the file: %1"};

} // namespace requant
