// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a conversion and proving that what was written is what was meant: the file is read again and compared field
// by field, the runtime's rules are verified, and it is simulated beside the network in memory, byte by byte. Window
// and command line both write through here. Every file is written under a temporary name and renamed.
#pragma once

#include "core/convert/contents.h"
#include "core/convert/report.h"
#include "core/tflite/tflite.h"

#include <filesystem>
#include <functional>
#include <set>
#include <string_view>

namespace requant {

enum class Format : std::uint8_t { Tflite, Onnx, Aimet, CArray, Recipe, Html, Csv, Json };
inline constexpr Format kFormats[] = {Format::Tflite, Format::Onnx, Format::Aimet, Format::CArray,
                                      Format::Recipe, Format::Html, Format::Csv,   Format::Json};
std::string_view formatName(Format); // "tflite", "onnx", "aimet", "c-array", "recipe", "html", "csv", "json"
bool formatFromName(std::string_view, Format &);
bool isReport(Format);

enum class CLanguage : std::uint8_t { Cpp, C }; // ending of a C array's source: .cc or .c

struct DeliveryRequest
{
    std::filesystem::path folder;
    std::string stem;                         // of every file
    std::set<Format> formats{Format::Tflite}; // reports are writeReports()'
    PortTypes ports;
    CLanguage language = CLanguage::Cpp;
    WriteOptions write;
    const SampleSet *samples = nullptr; // opened for the source; null: synthetic inputs
    std::size_t compared = 4;           // samples simulated at most; 0: not simulated
};

// The files of a request, in the order in which they are written: a C array is two; AIMET takes encodings of 1.0.0, of 0.6.1,
// and the float network that they belong to.
std::vector<std::filesystem::path> filesOf(const DeliveryRequest &, Format);

struct DeliveryStep
{
    enum class Kind : std::uint8_t { Write, ReadBack, Rules, Simulate, ArrayBack, RecipeBack };
    enum class State : std::uint8_t { Running, Good, Bad, Skipped };
    Kind kind = Kind::Write;
    State state = State::Running;
    std::filesystem::path file; // concerned
    std::size_t count = 0;      // Write: bytes; ReadBack: differences; Rules: violations; Simulate: samples
    std::string detail;         // why it is Bad or Skipped; else empty
};
using DeliveryObserver = std::function<void(const DeliveryStep &)>; // each step twice: Running, then its end

struct Delivery
{
    std::shared_ptr<const Model> model;       // as written: with its ports
    std::vector<std::filesystem::path> files; // in the order written
    ReportFile output;                        // the model's file; empty if none was asked for
    std::vector<std::string> differences;     // between what was meant and the file read back
    Diagnostics violations;                   // of the runtime's rules, in the file read back: errors and warnings
    std::size_t simulated = 0;                // samples whose outputs were byte-equal
    std::string notSimulated;                 // why none was, if none
    std::vector<DeliveryStep> steps;
    Diagnostics diagnostics;  // of the ports, and what an ONNX file cannot say
    WriteCheck check() const; // errors only
    bool isGood() const;
};

// Stops at the first file that cannot be written. What reading back finds is no error: it is in the result.
Result<Delivery> deliver(const Conversion &, const DeliveryRequest &, const RunControl & = {},
                         const DeliveryObserver & = {});

// Reports of the formats asked for, <stem>.html and so on.
Result<std::vector<std::filesystem::path>> writeReports(const std::filesystem::path &folder, const std::string &stem,
                                                        const std::set<Format> &, const ReportSource &,
                                                        std::span<const ReportTarget>);

// Two networks on the same samples: the one read from a file must give, byte for byte, what the one that was meant
// gives. Each gets and gives the values on its own grids.
struct OutputComparison
{
    std::size_t equal = 0;  // samples
    std::string difference; // the first
    std::string skipped;    // why nothing could be compared
};
Result<OutputComparison> compareOutputs(const std::shared_ptr<const Model> &meant,
                                        const std::shared_ptr<const Model> &read, const SampleSet &, std::size_t count,
                                        const Numerics &, const RunControl & = {});

// Whether two files hold the same network: what they do not share, without how the source spelled empty parts.
std::vector<std::string> networkDifferences(const Model &meant, const Model &read);

} // namespace requant
