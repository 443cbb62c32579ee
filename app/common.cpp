// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include "core/aimet/quantize.h"
#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/scheme/recipejson.h"
#include "core/sim/floatreference.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <map>

#include <sys/resource.h>

namespace requant::cli {

namespace {
constexpr Message kBadFile{"cli.bad-file", "%1"};
constexpr std::size_t kMostAlike = 5; // diagnostics of one kind that a text listing shows
}

void addCommon(CLI::App *app, Common &common)
{
    app->add_flag("--json", common.json, "Machine-readable result on standard output");
    app->add_flag("-q,--quiet", common.quiet, "No progress and no notes");
}

namespace {

// "24", "24:saturate", "24:wrap"; false for anything else.
bool parseAccumulator(const std::string &text, AccumulatorModel &out)
{
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, out.bits);
    const std::string_view rule = colon < text.size() ? std::string_view(text).substr(colon + 1) : overflowName(Overflow::Saturate);
    out.overflow = rule == overflowName(Overflow::Wrap) ? Overflow::Wrap : Overflow::Saturate;
    return error == std::errc() && end == text.data() + colon && rule == overflowName(out.overflow) && out.bits >= kFewestAccumulatorBits
        && out.bits <= kMostAccumulatorBits;
}

// "20", "8:own"; false for anything else.
bool parseBias(const std::string &text, AccumulatorModel &out)
{
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, out.biasBits);
    out.biasOwnScale = colon < text.size();
    return error == std::errc() && end == text.data() + colon && (!out.biasOwnScale || text.substr(colon) == ":own")
        && out.biasBits >= kFewestBiasBits && out.biasBits <= kMostAccumulatorBits;
}

} // namespace

void addNumerics(CLI::App *app, NumericsArgs &args)
{
    std::vector<std::string> names;
    for (const auto &[known, value] : kArithmeticNames)
        names.emplace_back(known);
    app->add_option("--arithmetic", args.arithmetic, "Rounding of the simulated runtime or hardware")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    app->add_option("--accumulator", args.accumulator,
                    "Width of the accumulators and what they do at their ends: BITS[:saturate|wrap], 16 to 64 bits (24, 32:wrap)")
        ->check(CLI::Validator(
            [](const std::string &text) {
                AccumulatorModel m;
                return parseAccumulator(text, m) ? std::string() : "'" + text + "' is not BITS, BITS:saturate or BITS:wrap with 16 to 64 bits";
            },
            ""));
    app->add_option("--bias-bits", args.biasBits,
                    "Width of the biases, 2 to 64 bits: wider ones are brought in by the accumulator's rule, or, as BITS:own, rounded to "
                    "that many bits on a power-of-two scale of their own (20, 8:own)")
        ->check(CLI::Validator(
            [](const std::string &text) {
                AccumulatorModel m;
                return parseBias(text, m) ? std::string() : "'" + text + "' is not BITS or BITS:own with 2 to 64 bits";
            },
            ""));
}

Arithmetic NumericsArgs::arithmeticValue() const
{
    Arithmetic a = Arithmetic::TfliteReference;
    arithmeticFromName(arithmetic, a);
    return a;
}

AccumulatorModel NumericsArgs::accumulatorValue() const
{
    AccumulatorModel m;
    if (!accumulator.empty())
        parseAccumulator(accumulator, m);
    if (!biasBits.empty())
        parseBias(biasBits, m);
    return m;
}

void addNumericsJson(Json &j, const Numerics &n)
{
    j["arithmetic"] = arithmeticName(n.arithmetic);
    if (n.accumulator.bits)
        j["accumulator"] = {{"bits", n.accumulator.bits}, {"overflow", overflowName(n.accumulator.overflow)}};
    if (n.accumulator.biasBits)
        j["bias_bits"] = n.accumulator.biasBits;
    if (n.accumulator.biasBits && n.accumulator.biasOwnScale)
        j["bias_own_scale"] = true;
}

int fail(const Error &e, const Common &common)
{
    int code = kBadInput;
    if (e.message == &kCancelled || (e.message && e.message->id == kCancelled.id))
        code = kInterrupted;
    else if (e.message && e.message->id == requant::kCannotWrite.id)
        code = kCannotWrite;
    std::fprintf(stderr, "requant: %s: %s\n", code == kInterrupted ? "stopped" : "error", text(e).c_str());
    if (common.json) {
        Json j;
        j["error"] = {{"id", e.message ? e.message->id : ""}, {"file", e.file}, {"message", text(e)}, {"exit", code}};
        printJson(j);
    }
    return code;
}

int failUsage(const std::string &message, const Common &common, const std::string &command)
{
    std::fprintf(stderr, "requant: error: %s\n'requant %s--help' explains the options.\n", message.c_str(),
                 command.empty() ? "" : (command + ' ').c_str());
    if (common.json)
        printJson({{"error", {{"id", "cli.usage"}, {"message", message}, {"exit", kUsage}}}});
    return kUsage;
}

Error inFile(Error e, const std::filesystem::path &file)
{
    if (e.file.empty())
        e.file = file.string();
    return e;
}

std::string noProfileText(const std::string &id)
{
    // Levenshtein distance, one row at a time.
    const auto distance = [&id](const std::string &other) {
        std::vector<std::size_t> row(other.size() + 1);
        for (std::size_t j = 0; j < row.size(); ++j)
            row[j] = j;
        for (std::size_t i = 0; i < id.size(); ++i) {
            std::size_t corner = row[0]++;
            for (std::size_t j = 0; j < other.size(); ++j) {
                const std::size_t changed = corner + (id[i] != other[j]);
                corner = row[j + 1];
                row[j + 1] = std::min({changed, corner + 1, row[j] + 1});
            }
        }
        return row.back();
    };
    const std::string none = "there is no profile '" + id + "'; ";
    const Profile *best = nullptr;
    std::size_t least = 0;
    for (const Profile &p : builtinProfiles())
        if (const std::size_t d = distance(p.id); !best || d < least) {
            best = &p;
            least = d;
        }
    if (best && least <= std::max<std::size_t>(2, best->id.size() / 3))
        return none + "did you mean '" + best->id + "'?";
    return none + "'requant profiles list' shows them";
}

std::string plural(std::size_t n, const char *one, const char *many)
{
    return formatted("%zu ", n) + (n == 1 ? one : many ? many : std::string(one) + 's');
}

OutputFolder::~OutputFolder()
{
    std::error_code ec;
    for (const std::filesystem::path &p : m_made)
        if (!std::filesystem::is_empty(p, ec) || !std::filesystem::remove(p, ec))
            return;
}

std::string OutputFolder::refusal() const
{
    std::error_code ec;
    const std::filesystem::file_status status = std::filesystem::status(m_path, ec);
    if (std::filesystem::is_directory(status))
        return {};
    if (std::filesystem::exists(status))
        return "-o takes a folder; '" + m_path.string() + "' is a file";
    if (m_path.extension() == ".tflite")
        return "-o takes a folder, not the name of a file as '" + m_path.string() + "'";
    return {};
}

Status OutputFolder::make()
{
    std::error_code ec;
    for (std::filesystem::path p = m_path; !p.empty() && !std::filesystem::exists(p, ec); p = p.parent_path())
        if (p.has_filename())
            m_made.push_back(p);
    std::filesystem::create_directories(m_path, ec);
    if (!ec)
        return success();
    Error e = makeError(requant::kCannotWrite, {ec.message()});
    e.file = m_path.string();
    return e;
}

Error badFile(const std::filesystem::path &file, const std::string &reason)
{
    Error e = makeError(kBadFile, {reason});
    e.file = file.string();
    return e;
}

Result<Source> loadSource(const std::filesystem::path &file)
{
    Result<LoadedModel> loaded = loadModel(file);
    if (!loaded) {
        Error e = loaded.error();
        if (e.file.empty())
            e.file = file.string();
        return e;
    }
    if (loaded->model->subgraphs.empty())
        return badFile(file, "the model has no subgraph");
    Source s{file, loaded->model, loaded->diagnostics, {}, 0, ModelFormat::Tflite};
    if (const Result<MappedFile> bytes = mapFile(file)) {
        s.sha256 = sha256Hex(bytes->bytes);
        s.bytes = bytes->bytes.size();
        s.format = modelFormat(bytes->bytes, file);
    }
    return s;
}

Result<Source> loadSource(const std::filesystem::path &file, const std::filesystem::path &encodings)
{
    Result<Source> source = loadSource(file);
    if (!source || encodings.empty())
        return source;
    const Result<Encodings> read = loadEncodings(encodings);
    if (!read)
        return read.error();
    Result<QuantizedByEncodings> made = quantizeByEncodings(*source->model, *read);
    if (!made)
        return inFile(made.error(), file);
    source->model = std::move(made->model);
    for (const Diagnostics *more : {&read->notes, static_cast<const Diagnostics *>(&made->notes)})
        source->diagnostics.insert(source->diagnostics.end(), more->begin(), more->end());
    return source;
}

Result<Source> inReals(const Source &source)
{
    const Result<std::shared_ptr<const Model>> reals = floatReference(*source.model);
    if (!reals)
        return inFile(reals.error(), source.file);
    Source s = source;
    s.model = *reals;
    return s;
}

std::string placeText(const Model &model, const Location &where)
{
    if (const auto *op = std::get_if<OperatorRef>(&where)) {
        if (!op->op || !op->subgraph || op->subgraph.pos() >= model.subgraphs.size()
            || op->op.pos() >= model.subgraph(op->subgraph).operators.size())
            return {};
        const Subgraph &g = model.subgraph(op->subgraph);
        return formatted("operator %d %s (%s)", op->op.value, opName(g.op(op->op).code).c_str(),
                         layerName(g, g.op(op->op)).c_str());
    }
    if (const auto *t = std::get_if<TensorRef>(&where)) {
        if (!t->tensor || !t->subgraph || t->subgraph.pos() >= model.subgraphs.size()
            || t->tensor.pos() >= model.subgraph(t->subgraph).tensors.size())
            return {};
        return formatted("tensor %d (%s)", t->tensor.value, model.tensor(*t).name.c_str());
    }
    return {};
}

std::string diagnosticText(const Diagnostic &d, const Model &model)
{
    const std::string body = text(d);
    std::string place = placeText(model, d.where);
    // Most sentences name their layer; then the number alone is enough.
    if (const auto *op = std::get_if<OperatorRef>(&d.where); op && !place.empty())
        if (const Subgraph &g = model.subgraph(op->subgraph); body.find(layerName(g, g.op(op->op))) != std::string::npos)
            place = "operator " + std::to_string(op->op.value);
    return std::string(severityName(d.severity)) + ": " + (place.empty() ? "" : place + ": ") + body;
}

Json diagnosticsJson(const Diagnostics &all, const Model &model)
{
    Json out = Json::array();
    for (const Diagnostic &d : all) {
        Json j;
        j["severity"] = severityName(d.severity);
        j["id"] = d.message ? d.message->id : "";
        j["message"] = text(d);
        if (const auto *op = std::get_if<OperatorRef>(&d.where))
            j["operator"] = op->op.value;
        if (const auto *t = std::get_if<TensorRef>(&d.where))
            j["tensor"] = t->tensor.value;
        if (const std::string place = placeText(model, d.where); !place.empty())
            j["place"] = place;
        out.push_back(std::move(j));
    }
    return out;
}

void printDiagnostics(const Diagnostics &all, const Model &model, std::FILE *out, Severity least)
{
    std::map<const Message *, std::size_t> shown;
    std::size_t hidden = 0;
    for (const Diagnostic &d : all) {
        if (d.severity < least)
            continue;
        if (++shown[d.message] > kMostAlike)
            ++hidden;
        else
            std::fprintf(out, "  %s\n", diagnosticText(d, model).c_str());
    }
    if (hidden > 0)
        std::fprintf(out, "  (%zu more of these kinds; --json lists all)\n", hidden);
}

Json number(double v)
{
    return std::isfinite(v) ? Json(v) : Json(nullptr);
}

std::string formatted(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = std::vsnprintf(nullptr, 0, format, args);
    va_end(args);
    std::string out(static_cast<std::size_t>(std::max(0, n)) + 1, '\0');
    std::vsnprintf(out.data(), out.size(), format, again);
    va_end(again);
    out.pop_back();
    return out;
}

std::string scaleText(double scale)
{
    if (scale == 0)
        return "-";
    int exponent = 0;
    if (std::frexp(scale, &exponent) == 0.5)
        return formatted("2^%d", exponent - 1);
    return formatted("%.4g", scale);
}

std::string decibelText(double db)
{
    if (std::isinf(db))
        return db > 0 ? "exact" : "no signal";
    return formatted("%.1f dB", db);
}

std::string bytesText(std::uintmax_t n)
{
    if (n < 10'000)
        return formatted("%ju bytes", n);
    if (n < 1'000'000)
        return formatted("%.0f kB", static_cast<double>(n) / 1e3);
    return formatted("%.2f MB", static_cast<double>(n) / 1e6);
}

std::string gridText(const Tensor &t)
{
    const std::string type(typeName(t.type));
    if (!t.quant.isQuantized())
        return type;
    if (t.quant.isPerChannel())
        return formatted("%s per-channel (%zu along dimension %d)", type.c_str(), t.quant.scale.size(),
                         t.quant.quantizedDimension);
    return formatted("%s scale %s zero point %lld", type.c_str(), scaleText(static_cast<double>(t.quant.scale[0])).c_str(),
                     static_cast<long long>(t.quant.zeroPointAt(0)));
}

Json gridJson(const Tensor &t)
{
    Json j;
    j["type"] = typeName(t.type);
    j["shape"] = t.shape;
    if (t.quant.isQuantized()) {
        Json scales = Json::array();
        for (const float s : t.quant.scale)
            scales.push_back(number(static_cast<double>(s)));
        j["scale"] = std::move(scales);
        j["zero_point"] = t.quant.zeroPoint;
        if (t.quant.isPerChannel())
            j["quantized_dimension"] = t.quant.quantizedDimension;
    }
    return j;
}

void printJson(const Json &j)
{
    // Names in a file need not be valid UTF-8: broken bytes are replaced, never a failure.
    std::puts(j.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

Json resourcesJson()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    Json j{{"cpu_seconds", seconds(usage.ru_utime) + seconds(usage.ru_stime)}, {"peak_memory_bytes", nullptr}};
    // Not usage.ru_maxrss: on Linux it counts what the parent had when it started this process.
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (std::size_t kilobytes = 0; line.starts_with("VmHWM:") && std::sscanf(line.c_str(), "VmHWM: %zu", &kilobytes) == 1)
            j["peak_memory_bytes"] = kilobytes * 1024;
    }
    return j;
}

} // namespace requant::cli
