// SPDX-License-Identifier: GPL-3.0-or-later
// What all commands share: exit codes, loading a model, messages and number texts.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"
#include "core/model/arithmetic.h"
#include "core/onnx/loadmodel.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace requant::cli {

using Json = nlohmann::ordered_json;

inline constexpr int kOk = 0, kFindings = 1, kUsage = 2, kBadInput = 3, kCannotWrite = 4, kInterrupted = 130;

struct Common
{
    bool json = false;
    bool quiet = false;
};
void addCommon(CLI::App *, Common &);
// --arithmetic, --accumulator, --bias-bits: how a model is computed. Where they override a recipe all start empty.
struct NumericsArgs
{
    std::string arithmetic = std::string(arithmeticName(Arithmetic::TfliteReference));
    std::string accumulator = {}; // "24", "24:wrap"
    std::string biasBits = {};    // "20", "8:own"
    Arithmetic arithmeticValue() const;
    AccumulatorModel accumulatorValue() const;
    Numerics value() const { return {arithmeticValue(), accumulatorValue()}; }
};
void addNumerics(CLI::App *, NumericsArgs &);
void addNumericsJson(Json &, const Numerics &); // "arithmetic", and where they are set "accumulator", "bias_bits"

// Each registers its command; the callback stores the exit code.
void addInspect(CLI::App &, int &exitCode);
void addConvert(CLI::App &, int &exitCode);
void addRun(CLI::App &, int &exitCode);
void addCompare(CLI::App &, int &exitCode);
void addDiagnose(CLI::App &, int &exitCode);
void addEvaluate(CLI::App &, int &exitCode);
void addVerify(CLI::App &, int &exitCode);
void addProfiles(CLI::App &, int &exitCode);

// Prints the error (with --json as an object on stdout too) and returns the exit code that fits it.
int fail(const Error &, const Common &);
int failUsage(const std::string &message, const Common &, const std::string &command = {});
// "there is no profile 'x'; did you mean 'y'?"
std::string noProfileText(const std::string &id);
std::string plural(std::size_t, const char *one, const char *many = nullptr); // "1 layer", "2 layers"
// Error of this program with the file named.
// The error with the file that it is about, where it does not name one itself.
Error inFile(Error, const std::filesystem::path &);
Error badFile(const std::filesystem::path &, const std::string &reason);

// A folder for results; where it was made here and nothing was put into it, it goes away again.
class OutputFolder
{
public:
    explicit OutputFolder(std::filesystem::path path) : m_path(std::move(path)) {}
    ~OutputFolder();
    OutputFolder(const OutputFolder &) = delete;
    OutputFolder &operator=(const OutputFolder &) = delete;
    // Why it cannot be a folder, before anything is done: a file of that name, or a model's name. Empty if it can.
    std::string refusal() const;
    Status make();

private:
    std::filesystem::path m_path;
    std::vector<std::filesystem::path> m_made; // the innermost first
};

struct Source
{
    std::filesystem::path file;
    std::shared_ptr<const Model> model;
    Diagnostics diagnostics;
    std::string sha256;
    std::uintmax_t bytes = 0;
    ModelFormat format = ModelFormat::Tflite;
};
Result<Source> loadSource(const std::filesystem::path &);
// A float network with AIMET encodings: the quantized network that both say.
Result<Source> loadSource(const std::filesystem::path &, const std::filesystem::path &encodings);
// The same in real numbers (core/sim/floatreference.h).
Result<Source> inReals(const Source &);

// "operator 12 (expanded_conv/add)", "tensor 7 (input)", or empty.
std::string placeText(const Model &, const Location &);
std::string diagnosticText(const Diagnostic &, const Model &); // "warning: operator 12 (x): sentence"
Json diagnosticsJson(const Diagnostics &, const Model &);
// A few of each kind; --json has all.
void printDiagnostics(const Diagnostics &, const Model &, std::FILE *, Severity least = Severity::Note);

Json number(double); // null if not finite
std::string scaleText(double);    // "2^-7", otherwise four significant digits
std::string decibelText(double);  // "31.4 dB", "exact" without error
std::string bytesText(std::uintmax_t);
std::string gridText(const Tensor &); // "int8 scale 2^-4 zero point 0", "int8 per-channel (32 along 0)"
Json gridJson(const Tensor &);
std::string formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));
void printJson(const Json &);
// What this process has taken so far: "cpu_seconds" of all its threads, "peak_memory_bytes" resident (null if unknown).
Json resourcesJson();

} // namespace requant::cli
