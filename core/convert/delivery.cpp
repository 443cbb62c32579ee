// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/delivery.h"

#include "core/aimet/encodings.h"
#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/convert/carray.h"
#include "core/onnx/onnx.h"
#include "core/sim/floatreference.h"
#include "core/sim/simulator.h"
#include "core/sim/synthetic.h"

#include <algorithm>
#include <optional>

namespace requant {

namespace {

namespace fs = std::filesystem;

struct FormatRow
{
    Format format;
    std::string_view name, ending;
    bool report;
};

constexpr FormatRow kRows[] = {
    {Format::Tflite, "tflite", ".tflite", false},
    {Format::Onnx, "onnx", ".onnx", false},
    {Format::Aimet, "aimet", ".encodings.json", false},
    {Format::CArray, "c-array", ".h", false},
    {Format::Recipe, "recipe", ".recipe.json", false},
    {Format::Html, "html", ".html", true},
    {Format::Csv, "csv", ".csv", true},
    {Format::Json, "json", ".json", true},
};

const FormatRow &row(Format f)
{
    return *std::find_if(std::begin(kRows), std::end(kRows), [f](const FormatRow &r) { return r.format == f; });
}

// The model without marks of how the source file spelled an empty part or a bias's dimension: they go when the part is
// replaced, and say nothing about the network.
Model withoutMarks(Model model)
{
    for (Subgraph &g : model.subgraphs) {
        for (Tensor &t : g.tensors) {
            t.quant.present = 0;
            if (!t.rest || !t.rest->find("source_quantized_dimension"))
                continue;
            Table rest = *t.rest;
            std::erase_if(rest.fields, [](const Field &f) { return f.name == "source_quantized_dimension"; });
            t.rest = rest.fields.empty() ? nullptr : std::make_shared<const Table>(std::move(rest));
        }
    }
    return model;
}

// The table of operator codes is made anew by the writer; each operator's code and version are compared by themselves.
bool isCodeTable(const std::string &difference)
{
    return difference.starts_with("operator_codes") || difference.find(".opcode_index") != std::string::npos;
}

class Deliverer
{
public:
    Deliverer(const Conversion &c, const DeliveryRequest &request, const RunControl &run, const DeliveryObserver &tell)
        : m_conversion(c), m_request(request), m_run(run), m_tell(tell)
    {
    }

    Result<Delivery> operator()()
    {
        const bool model = m_request.formats.contains(Format::Tflite),
                   array = m_request.formats.contains(Format::CArray);
        if (model || array) {
            PortedModel ported = withPortTypes(m_conversion.model, m_request.ports);
            m_out.model = std::move(ported.model);
            m_out.diagnostics = std::move(ported.diagnostics);
            auto bytes = writeTflite(*m_out.model, m_request.write);
            if (!bytes) {
                bytes.error().file = (m_request.folder / m_request.stem).string();
                return bytes.error();
            }
            m_bytes = std::move(*bytes);
            m_sha = sha256Hex(m_bytes);
            if (model) {
                if (auto s = writeModel(); !s)
                    return s.error();
            }
            if (array) {
                if (auto s = writeArray(); !s)
                    return s.error();
            }
        }
        if (m_request.formats.contains(Format::Onnx)) {
            if (auto s = writeOnnxFile(); !s)
                return s.error();
        }
        if (m_request.formats.contains(Format::Aimet)) {
            if (auto s = writeEncodingFiles(); !s)
                return s.error();
        }
        if (m_request.formats.contains(Format::Recipe)) {
            if (auto s = writeRecipe(); !s)
                return s.error();
        }
        return std::move(m_out);
    }

private:
    using Kind = DeliveryStep::Kind;
    using State = DeliveryStep::State;

    void begin(Kind kind, const fs::path &file)
    {
        m_step = {kind, State::Running, file, 0, {}};
        if (m_tell)
            m_tell(m_step);
    }
    void end(State state, std::size_t count, std::string detail = {})
    {
        m_step.state = state;
        m_step.count = count;
        m_step.detail = std::move(detail);
        m_out.steps.push_back(m_step);
        if (m_tell)
            m_tell(m_step);
    }
    Status stopped(const Error &e)
    {
        end(State::Bad, 0, text(e));
        return e;
    }
    void differs(std::string what) { m_out.differences.push_back(std::move(what)); }

    Status writeModel()
    {
        const fs::path file = filesOf(m_request, Format::Tflite)[0];
        if (!m_run.step(0, 5, "writing the model"))
            return cancelledError();
        begin(Kind::Write, file);
        if (auto s = writeFileAtomically(file, std::span<const std::byte>(m_bytes)); !s)
            return stopped(s.error());
        end(State::Good, m_bytes.size());
        m_out.files.push_back(file);

        if (!m_run.step(1, 5, "reading it back"))
            return cancelledError();
        begin(Kind::ReadBack, file);
        const auto mapped = mapFile(file);
        if (!mapped)
            return stopped(mapped.error());
        m_out.output = {file.filename().string(), sha256Hex(mapped->bytes), mapped->bytes.size()};
        auto back = loadTflite(file);
        if (!back)
            return stopped(back.error());
        if (m_out.output.sha256 != m_sha)
            differs("the file's bytes are not those that were written");
        for (std::string &d : networkDifferences(*m_out.model, *back->model))
            differs(std::move(d));
        if (effectiveGrids(*back->model) != m_conversion.effective)
            differs("metadata: the effective ratios are not those of the conversion");
        end(m_out.differences.empty() ? State::Good : State::Bad, m_out.differences.size(),
            m_out.differences.empty() ? std::string() : m_out.differences.front());

        if (!m_run.step(2, 5, "checking the rules"))
            return cancelledError();
        begin(Kind::Rules, file);
        m_out.violations = verifyQuantization(*back->model);
        std::erase_if(m_out.violations, [](const Diagnostic &d) { return d.severity == Severity::Note; });
        const auto error = std::find_if(m_out.violations.begin(), m_out.violations.end(),
                                        [](const Diagnostic &d) { return d.severity == Severity::Error; });
        const std::size_t errors = m_out.check().violations;
        end(errors == 0 ? State::Good : State::Bad, errors, errors == 0 ? std::string() : text(*error));

        return simulate(file, back->model);
    }

    // The file is another spelling of the network, so that it is judged by its rules and by what it computes.
    Status writeOnnxFile()
    {
        const fs::path file = filesOf(m_request, Format::Onnx)[0];
        if (!m_run.step(0, 5, "writing the ONNX model"))
            return cancelledError();
        if (!m_out.model) {
            PortedModel ported = withPortTypes(m_conversion.model, m_request.ports);
            m_out.model = std::move(ported.model);
            m_out.diagnostics = std::move(ported.diagnostics);
        }
        auto written = writeOnnx(*m_out.model);
        if (!written) {
            written.error().file = file.string();
            return written.error();
        }
        m_out.diagnostics.insert(m_out.diagnostics.end(), written->losses.begin(), written->losses.end());
        begin(Kind::Write, file);
        if (auto s = writeFileAtomically(file, std::span<const std::byte>(written->bytes)); !s)
            return stopped(s.error());
        end(State::Good, written->bytes.size());
        m_out.files.push_back(file);

        begin(Kind::ReadBack, file);
        auto back = loadOnnx(file);
        if (!back) {
            differs("ONNX: " + text(back.error()));
            end(State::Bad, 1, text(back.error()));
            return success();
        }
        if (m_out.output.name.empty())
            m_out.output = {file.filename().string(), sha256Hex(written->bytes), written->bytes.size()};
        end(State::Good, 0);
        begin(Kind::Rules, file);
        Diagnostics found = verifyQuantization(*back->model);
        std::erase_if(found, [](const Diagnostic &d) { return d.severity != Severity::Error; });
        end(found.empty() ? State::Good : State::Bad, found.size(), found.empty() ? std::string() : text(found.front()));
        m_out.violations.insert(m_out.violations.end(), found.begin(), found.end());
        return simulate(file, back->model);
    }

    // Encodings of both formats say the same, and are read back.
    Status writeEncodingFiles()
    {
        const auto files = filesOf(m_request, Format::Aimet);
        Encodings before;
        for (std::size_t k = 0; k < 2; ++k) {
            begin(Kind::Write, files[k]);
            const auto json = writeEncodings(*m_conversion.model, k == 0 ? EncodingVersion::V100 : EncodingVersion::V061);
            if (!json)
                return stopped(json.error());
            if (auto s = writeFileAtomically(files[k], *json); !s)
                return stopped(s.error());
            end(State::Good, json->size());
            m_out.files.push_back(files[k]);
            begin(Kind::ReadBack, files[k]);
            const auto back = loadEncodings(files[k]);
            if (!back)
                return stopped(back.error());
            const bool same = k == 0 || (back->activations == before.activations && back->parameters == before.parameters);
            if (!same)
                differs("AIMET: the encodings of 0.6.1 and 1.0.0 are not the same");
            for (const Tensor &t : m_conversion.model->subgraphs.front().tensors) {
                const Encoding *e = back->activation(t.name);
                if (!e || e->scale.size() != t.quant.scale.size() || static_cast<float>(e->scale[0]) != t.quant.scale[0]
                    || e->zeroPoint[0] + integerRange(t.type).min != t.quant.zeroPointAt(0)) {
                    if (t.quant.isQuantized() && isIntegerStorage(t.type) && t.type != ElementType::Int32 && t.type != ElementType::Int64)
                        differs("AIMET: the encoding of " + t.name + " is not that of the network");
                }
            }
            end(m_out.differences.empty() ? State::Good : State::Bad, m_out.differences.size(), m_out.differences.empty() ? std::string() : m_out.differences.front());
            before = *back;
        }
        const auto reals = floatReference(*m_conversion.model);
        if (!reals)
            return reals.error();
        begin(Kind::Write, files[2]);
        if (auto s = saveTflite(**reals, files[2], m_request.write); !s)
            return stopped(s.error());
        std::error_code ec;
        end(State::Good, static_cast<std::size_t>(fs::file_size(files[2], ec)));
        m_out.files.push_back(files[2]);
        return success();
    }

    Status simulate(const fs::path &file, const std::shared_ptr<const Model> &back)
    {
        if (!m_run.step(3, 5, "simulating it"))
            return cancelledError();
        begin(Kind::Simulate, file);
        // Where ports are coarser than the network, the one in memory has them too.
        const bool coarser = std::any_of(m_out.diagnostics.begin(), m_out.diagnostics.end(),
                                         [](const Diagnostic &d) { return d.message->id == kPortCoarser.id; });
        OutputComparison found;
        std::optional<SampleSet> made;
        const SampleSet *samples = m_request.samples;
        if (m_request.compared == 0) {
            found.skipped = "not asked for";
        } else if (!samples) {
            auto synthetic = syntheticSamples(*m_conversion.source, m_request.compared);
            if (synthetic)
                samples = &made.emplace(std::move(*synthetic));
            else
                found.skipped = text(synthetic.error());
        }
        if (found.skipped.empty()) {
            auto compared = compareOutputs(coarser ? m_out.model : m_conversion.model, back, *samples,
                                           m_request.compared, numerics(m_conversion.recipe), m_run);
            if (!compared)
                return stopped(compared.error());
            found = std::move(*compared);
        }
        m_out.simulated = found.equal;
        m_out.notSimulated = found.skipped;
        if (!found.difference.empty())
            differs(found.difference);
        end(!found.skipped.empty()     ? State::Skipped
            : found.difference.empty() ? State::Good
                                       : State::Bad,
            found.equal, found.skipped.empty() ? found.difference : found.skipped);
        return success();
    }

    Status writeArray()
    {
        if (!m_run.step(4, 5, "writing the C array"))
            return cancelledError();
        const auto files = filesOf(m_request, Format::CArray);
        const std::string model = filesOf(m_request, Format::Tflite)[0].filename().string();
        const CArrayNames names{cIdentifier(m_request.stem), model, files[0].filename().string(), m_sha};
        begin(Kind::Write, files[1]);
        if (auto s = writeFileAtomically(files[0], cArrayHeader(*m_out.model, m_bytes.size(), names)); !s)
            return stopped(s.error());
        m_out.files.push_back(files[0]);
        if (auto s = writeCArraySource(files[1], m_bytes, names, m_run.silent()); !s)
            return stopped(s.error());
        m_out.files.push_back(files[1]);
        std::error_code ec;
        end(State::Good, static_cast<std::size_t>(fs::file_size(files[1], ec)));
        begin(Kind::ArrayBack, files[1]);
        const auto source = mapFile(files[1]);
        if (!source)
            return stopped(source.error());
        const auto back = readCArray({reinterpret_cast<const char *>(source->bytes.data()), source->bytes.size()});
        const std::string why = !back              ? text(back.error())
                                : *back == m_bytes ? std::string()
                                                   : "the array's bytes are not those of the model";
        if (!why.empty())
            differs("C array: " + why);
        end(why.empty() ? State::Good : State::Bad, m_bytes.size(), why);
        return success();
    }

    Status writeRecipe()
    {
        if (!m_run.step(4, 5, "writing the recipe"))
            return cancelledError();
        const fs::path file = filesOf(m_request, Format::Recipe)[0];
        begin(Kind::Write, file);
        if (auto s = saveRecipe(m_conversion.recipe, file); !s)
            return stopped(s.error());
        std::error_code ec;
        end(State::Good, static_cast<std::size_t>(fs::file_size(file, ec)));
        m_out.files.push_back(file);
        begin(Kind::RecipeBack, file);
        const auto back = loadRecipe(file);
        const std::string why = !back                          ? text(back.error())
                                : *back == m_conversion.recipe ? std::string()
                                                               : "the recipe read back is not the one that was meant";
        if (!why.empty())
            differs("recipe: " + why);
        end(why.empty() ? State::Good : State::Bad, 0, why);
        return success();
    }

    const Conversion &m_conversion;
    const DeliveryRequest &m_request;
    const RunControl &m_run;
    const DeliveryObserver &m_tell;
    std::vector<std::byte> m_bytes;
    std::string m_sha;
    DeliveryStep m_step;
    Delivery m_out;
};

} // namespace

std::string_view formatName(Format f)
{
    return row(f).name;
}

bool formatFromName(std::string_view name, Format &format)
{
    for (const FormatRow &r : kRows) {
        if (r.name == name) {
            format = r.format;
            return true;
        }
    }
    return false;
}

bool isReport(Format f)
{
    return row(f).report;
}

std::vector<fs::path> filesOf(const DeliveryRequest &request, Format format)
{
    std::vector<fs::path> out{request.folder / (request.stem + std::string(row(format).ending))};
    if (format == Format::Aimet) {
        out.push_back(request.folder / (request.stem + ".encodings-0.6.1.json"));
        out.push_back(request.folder / (request.stem + "-float.tflite"));
    }
    if (format == Format::CArray)
        out.push_back(request.folder / (request.stem + (request.language == CLanguage::Cpp ? ".cc" : ".c")));
    return out;
}

WriteCheck Delivery::check() const
{
    const auto errors = std::count_if(violations.begin(), violations.end(),
                                      [](const Diagnostic &d) { return d.severity == Severity::Error; });
    return {static_cast<std::size_t>(errors), differences.size()};
}

bool Delivery::isGood() const
{
    const WriteCheck c = check();
    return c.violations == 0 && c.differences == 0;
}

Result<Delivery> deliver(const Conversion &c, const DeliveryRequest &request, const RunControl &run,
                         const DeliveryObserver &tell)
{
    return Deliverer(c, request, run, tell)();
}

Result<std::vector<fs::path>> writeReports(const fs::path &folder, const std::string &stem,
                                           const std::set<Format> &formats, const ReportSource &source,
                                           std::span<const ReportTarget> targets)
{
    std::vector<fs::path> files;
    for (const Format f : formats) {
        if (!isReport(f))
            continue;
        const std::string body = f == Format::Html  ? reportHtml(source, targets)
                                 : f == Format::Csv ? reportCsv(source, targets)
                                                    : reportJson(source, targets);
        files.push_back(folder / (stem + std::string(row(f).ending)));
        if (auto s = writeFileAtomically(files.back(), body); !s)
            return s.error();
    }
    return files;
}

Result<OutputComparison> compareOutputs(const std::shared_ptr<const Model> &meant,
                                        const std::shared_ptr<const Model> &read, const SampleSet &samples,
                                        std::size_t count, const Numerics &how, const RunControl &run)
{
    OutputComparison out;
    const auto skip = [&out](const Error &e) {
        out.skipped = text(e);
        return out;
    };
    SimOptions options;
    options.arithmetic = how.arithmetic;
    options.accumulator = how.accumulator;
    options.keepAllTensors = false;
    auto a = Simulator::create(meant, options), b = Simulator::create(read, options);
    for (const auto *s : {&a, &b}) {
        if (!*s)
            return skip(s->error());
        if (const Status can = (*s)->outputsSupported(); !can)
            return skip(can.error());
    }
    const Subgraph &ga = meant->subgraphs.front(), &gb = read->subgraphs.front();
    if (ga.inputs.size() != gb.inputs.size() || ga.outputs.size() != gb.outputs.size()) {
        out.difference = "the number of inputs or outputs";
        return out;
    }
    count = std::min(samples.size(), count);
    if (count == 0)
        out.skipped = "there is no sample";
    for (std::size_t i = 0; i < count; ++i) {
        const auto inputs = samples.sampleFor(i, *meant);
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const Tensor &ta = ga.tensor(ga.inputs[k]), &tb = gb.tensor(gb.inputs[k]);
            // There and back, so that both get values that the grid of each can hold.
            const auto given = regrid(inputs[k], ta, tb);
            if (auto s = b->setInput(k, given); !s)
                return skip(s.error());
            if (auto s = a->setInput(k, regrid(given, tb, ta)); !s)
                return skip(s.error());
        }
        for (auto *s : {&a, &b}) {
            if (auto done = (*s)->run(run.silent()); !done)
                return run.isCancelled() ? Result<OutputComparison>(cancelledError()) : skip(done.error());
        }
        for (std::size_t k = 0; k < gb.outputs.size(); ++k) {
            const Tensor &ta = ga.tensor(ga.outputs[k]), &tb = gb.tensor(gb.outputs[k]);
            const auto got = b->output(k);
            const auto before = a->output(k); // an output sized by the run keeps its bytes
            const bool same = ta.type == tb.type && ta.quant.sameGrid(tb.quant);
            const auto expected = same ? std::vector<std::byte>(before.begin(), before.end()) : regrid(before, ta, tb);
            if (!std::equal(got.begin(), got.end(), expected.begin(), expected.end())) {
                out.difference = "output " + std::to_string(k) + " of sample " + std::to_string(i)
                                 + " is not byte-equal to the simulation";
                return out;
            }
        }
        ++out.equal;
    }
    return out;
}

std::vector<std::string> networkDifferences(const Model &meant, const Model &read)
{
    std::vector<std::string> out;
    for (std::string &d : modelDifferences(withoutMarks(meant), withoutMarks(read), 1000)) {
        if (!isCodeTable(d))
            out.push_back(std::move(d));
    }
    return out;
}

} // namespace requant
