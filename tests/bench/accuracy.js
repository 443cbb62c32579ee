// SPDX-License-Identifier: GPL-3.0-or-later
// The accuracy of all models x schemes x presets, and whether each exported file gives the same bytes in a real runtime. Everything
// that is measured is measured with the command line that users have. See accuracy.sh.
'use strict';
const crypto = require('crypto');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const data = require('./accuracy_data.js');
const text = require('./accuracy_text.js');
const { compareAll, outputsIn, runInRuntime } = require('../runtime/compare.js');
const { isInstalled } = require('../runtime/runtime.js');
const { compareTensors, runExposed, tableOf, writeTensors } = require('../runtime/tensors.js');

class UsageError extends Error {}

const kSchemes = ['symmetric', 'symmetric-per-channel', 'symmetric-pow2', 'symmetric-pow2-per-channel'];
const kPresets = ['naive', 'fast', 'balanced', 'best'];
const kRuntimeInputs = 3; // that each exported file is run on in the runtime
const kCalibration = 64;  // samples at most

// `data(context)` writes the inputs. `runtime`: absent, or 'tensors' where the graph output is not handed out (then every other
// tensor is compared), or why the runtime cannot run the network.
const kModels = [
    { id: 'mobilenet_v2_1.0_224_quant', title: 'MobileNetV2 1.0 224, uint8 quantization-aware training', data: c => data.imagenet(c, 224, c.most, 63, true) },
    { id: 'mobilenet_v1_0.25_128_quant', title: 'MobileNetV1 0.25 128, uint8 quantization-aware training', data: c => data.imagenet(c, 128, c.most, 63, true) },
    { id: 'tf2_mobilenet_v2_1.0_224_ptq', title: 'MobileNetV2 1.0 224, int8 per-channel after training', data: c => data.imagenet(c, 224, c.most, 63, true) },
    { id: 'pretrainedResnet_quant', title: 'ResNet-8 of MLPerf Tiny, int8', data: c => data.cifar(c) },
    { id: 'vww_96_int8', title: 'MobileNetV1 0.25 96 of MLPerf Tiny (person or none), int8', data: c => data.wakeWords(c, false) },
    { id: 'person_detect', title: 'person_detect of TFLite Micro, int8, with malformed biases', data: c => data.wakeWords(c, true) },
    { id: 'kws_ref_model', title: 'DS-CNN of MLPerf Tiny (keywords), int8', data: c => data.noise(c, 49, 10, 256, false) },
    { id: 'ad01_int8', title: 'Autoencoder of MLPerf Tiny (anomalies), int8', data: c => data.noise(c, 5, 128, 256, false) },
    { id: 'okay_nabu', title: 'okay_nabu of microWakeWord (streaming), int8', data: c => data.noise(c, 3, 40, 300, true),
        runtime: 'a streaming network with resource variables: the WebAssembly package gives zeros in the first run, then "memory access out of bounds"' },
    { id: 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29', title: 'SSD MobileNetV1 (COCO detector), uint8', data: c => data.imagenet(c, 300, Math.min(c.most, 100), 32, false) },
    { id: 'deeplabv3_mnv2_pascal_quant', title: 'DeepLabV3 MobileNetV2 (PASCAL VOC segmentation), uint8', data: c => data.imagenet(c, 513, Math.min(c.most, 40), 16, false),
        runtime: 'tensors' },
    { id: 'fashion_mobilenet_uint8', title: 'The shipped sample, uint8 quantization-aware training', shipped: true, data: c => data.fashion(c) },
    { id: 'fashion_mobilenet_int8', title: 'The shipped sample, int8 per-channel after training', shipped: true, data: c => data.fashion(c) },
];

// ---- options -------------------------------------------------------------------------------------------------------------

const kFlags = ['write', 'keep', 'fresh', 'no-runtime', 'help'];
const kValues = ['models', 'schemes', 'presets', 'images', 'extra-images', 'work', 'requant', 'expose', 'layers', 'sample', 'acceptance', 'fashion', 'output'];
const kHelp = `accuracy.sh [options]
  --write             put the table into tests/bench/accuracy.md and accuracy.json (otherwise: printed, and in the work folder)
  --models A,B        only models whose name contains one of these
  --schemes A,B       only these profiles
  --presets A,B       only these of ${kPresets.join(', ')}
  --images N          at most N pictures for each row (0: all)
  --extra-images N    at most N for the profiles beside the four (250)
  --no-runtime        do not run the exported files in the runtime
  --fresh             measure again what is in the work folder
  --keep              leave the exported files in the work folder
  --work FOLDER       inputs and finished rows; an interrupted run goes on from there (build/accuracy)`;

function parseOptions(argv) {
    const o = { images: '0', 'extra-images': '250', work: 'accuracy', fashion: '', acceptance: '' };
    for (let i = 0; i < argv.length; ++i) {
        const name = argv[i].replace(/^--/, '');
        if (argv[i].startsWith('--') && kFlags.includes(name))
            o[name] = true;
        else if (argv[i].startsWith('--') && kValues.includes(name) && i + 1 < argv.length)
            o[name] = argv[++i];
        else
            throw new UsageError(`unknown option or missing value: ${argv[i]}\n${kHelp}`);
    }
    for (const name of ['images', 'extra-images'])
        if (!/^\d+$/.test(o[name]))
            throw new UsageError(`--${name} takes a whole number`);
    return o;
}

const list = value => (value === undefined ? null : value.split(',').filter(s => s.length));

function chosen(all, wanted, what) {
    if (!wanted)
        return all;
    for (const w of wanted)
        if (!all.includes(w))
            throw new UsageError(`no ${what} is called '${w}'; there are ${all.join(', ')}`);
    return all.filter(a => wanted.includes(a));
}

// ---- calling the program -------------------------------------------------------------------------------------------------

function call(program, args) {
    const r = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (r.error)
        throw new Error(`${path.basename(program)}: ${r.error.message}`);
    return r;
}

// Standard output as JSON; throws with the program's own words for exit codes other than `allowed`.
function callJson(program, args, allowed = [0]) {
    const r = call(program, [...args, '--json']);
    if (!allowed.includes(r.status))
        throw new Error(`requant ${args[0]}: exit ${r.status === null ? r.signal : r.status}: ${r.stderr.trim().split('\n').slice(-1)[0]}`);
    return JSON.parse(r.stdout);
}

const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex');
const shaOf = file => (file && fs.existsSync(file) ? sha256(fs.readFileSync(file)) : null);

// ---- one row -------------------------------------------------------------------------------------------------------------

function convertArgs(preset, set) {
    if (preset === 'naive')
        return ['--preset', 'fast', '--naive'];
    return preset === 'best' ? ['--preset', 'best', '--samples', set.calibration.samples, '--sample-limit', String(kCalibration)] : ['--preset', preset];
}

// The arithmetic and widths that the recipe names.
function numericsArgs(target) {
    const args = ['--arithmetic', target.arithmetic];
    if (target.accumulator)
        args.push('--accumulator', `${target.accumulator.bits}:${target.accumulator.overflow}`);
    if (target.bias_bits)
        args.push('--bias-bits', `${target.bias_bits}${target.bias_own_scale ? ':own' : ''}`);
    return args;
}

// What the runtime gives for every tensor on the first of `inputs`: see tensors.js.
async function runtimeTensors(o, exported, inputs, folder) {
    const copy = path.join(folder, 'exposed.tflite'), names = path.join(folder, 'exposed.tsv');
    const made = call(o.expose, [exported, copy, names]);
    if (made.status !== 0)
        throw new Error(made.stderr.trim());
    return runExposed(copy, names, inputs);
}

// Outputs differ: every operator alone, fed with the runtime's own tensors. Where nothing differs but what is known of this older
// runtime (../runtime/explained.h), that is the reason.
function explained(o, exported, tensors, folder, problem) {
    const fed = path.join(folder, 'fed');
    writeTensors(fed, tensors);
    const r = call(o.layers, [exported, path.join(fed, 'tensors.bin'), path.join(fed, 'tensors.tsv')]);
    const rows = tableOf(r.stdout), of = result => rows.filter(row => row[0] === result);
    if (r.status !== 0 || of('differs').length || of('equal').length === 0 || of('explained').length === 0)
        return { result: 'differs', note: [problem, ...of('differs').slice(0, 2).map(row => `${row[2]} ${row[3]}, fed: ${row[1]} bytes`)].join('; ') };
    return { result: 'explained', note: `${[...new Set(of('explained').map(row => row[4]))].join('; ')} (${problem}; ${of('equal').length} operators fed are equal)` };
}

// Whether the exported file gives the bytes of our simulation: { result: 'equal' | 'explained' | 'differs' | 'not run', note }.
async function runtimeResult(o, model, file, exported, set, folder) {
    if (o['no-runtime'])
        return { result: 'not run', note: '--no-runtime' };
    if (!isInstalled())
        return { result: 'not run', note: 'the runtime is not installed in tests/runtime' };
    if (model.runtime && model.runtime !== 'tensors')
        return { result: 'not run', note: model.runtime };
    const simulated = path.join(folder, 'simulated'), all = model.runtime === 'tensors', count = all ? 1 : kRuntimeInputs;
    const ran = call(o.requant, ['run', exported, '--samples', set.evaluation.samples, '--samples-for', file, '--limit', String(count),
        '--arithmetic', 'xnnpack', '--save-inputs', '--quiet', ...(all ? ['--all-tensors'] : []), '-o', simulated]);
    if (ran.status !== 0)
        return { result: 'differs', note: ran.stderr.trim() };
    const inputs = fs.readFileSync(path.join(simulated, 'inputs.raw'));
    try {
        if (all) {
            const tensors = await runtimeTensors(o, exported, inputs, folder);
            const { equal, missing, differing } = compareTensors(tensors, simulated);
            if (differing.length || equal === 0)
                return explained(o, exported, tensors, folder, differing[0] || 'there is no tensor to compare');
            return { result: 'equal', note: `${equal} inner tensors; ${missing} (the int64 output) is not handed out` };
        }
        const ours = outputsIn(simulated), theirs = await runInRuntime(exported, inputs);
        const problem = compareAll(ours, theirs);
        if (!problem)
            return { result: 'equal', note: `${count} inputs` };
        const part = (bytes, run) => bytes.subarray(run * bytes.length / count, (run + 1) * bytes.length / count);
        const run = [...Array(count).keys()].find(n => compareAll(ours.map(b => part(b, n)), theirs.map(b => part(b, n))));
        return explained(o, exported, await runtimeTensors(o, exported, part(inputs, run || 0), folder), folder, problem);
    } catch (e) {
        return { result: 'differs', note: e.message };
    }
}

async function measure(o, job, set, folder) {
    const { model, file, scheme, preset, limit } = job;
    const row = { model: model.id, scheme, preset };
    fs.rmSync(folder, { recursive: true, force: true });
    try {
        const made = callJson(o.requant, ['convert', file, '--profile', scheme, ...convertArgs(preset, set), '--no-measure', '--no-report', '--quiet', '-o', folder], [0, 1]);
        const target = made.targets[0];
        row.cpu_seconds = made.resources.cpu_seconds;
        row.peak_memory_bytes = made.resources.peak_memory_bytes;
        row.sha256 = target.sha256;
        row.violations = target.violations;
        row.inserted = target.inserted_operators;
        row.arithmetic = target.arithmetic;
        row.repaired = target.diagnostics.filter(d => d.id.endsWith('-repaired')).length;
        const labels = set.evaluation.labels ? ['--labels', set.evaluation.labels] : [];
        const e = callJson(o.requant, ['evaluate', target.file, '--against', file, '--samples', set.evaluation.samples, ...labels, '--limit', String(limit),
            ...numericsArgs(target)]);
        Object.assign(row, { images: e.samples, outputs: e.outputs, agreement: e.agreement, sqnr_db: e.sqnr_db, exact: e.exact });
        if (labels.length)
            Object.assign(row, { top1: e.top1, source_top1: e.against.top1, top1_change: e.top1_change, gained: e.gained, lost: e.lost, standard_error: e.standard_error });
        for (const part of ['mask', 'boxes'])
            if (e[part])
                row[part] = e[part];
        row.runtime = await runtimeResult(o, model, file, target.file, set, folder);
    } catch (e) {
        row.error = e.message;
    }
    if (!o.keep)
        fs.rmSync(folder, { recursive: true, force: true });
    return row;
}

// ---- all rows ------------------------------------------------------------------------------------------------------------

function findModels(o) {
    const acceptance = o.acceptance && fs.existsSync(path.join(o.acceptance, 'models'));
    if (!acceptance)
        console.error(`no acceptance models in '${o.acceptance}' (REQUANT_ACCEPTANCE_DIR): only the shipped samples are measured`);
    const wanted = list(o.models);
    if (wanted)
        for (const w of wanted)
            if (!kModels.some(m => m.id.includes(w)))
                throw new UsageError(`no model's name contains '${w}'; there are ${kModels.map(m => m.id).join(', ')}`);
    const found = [], absent = [];
    for (const model of kModels) {
        if (wanted && !wanted.some(w => model.id.includes(w)))
            continue;
        const file = model.shipped ? path.join(o.sample, `${model.id}.tflite`) : path.join(o.acceptance, 'models', `${model.id}.tflite`);
        if (fs.existsSync(file))
            found.push({ model, file });
        else
            absent.push(model.id);
    }
    if (absent.length && acceptance)
        console.error(`not there, left out: ${absent.join(', ')}`);
    return { found, absent };
}

async function main() {
    const o = parseOptions(process.argv.slice(2));
    if (o.help)
        return console.log(kHelp);
    const profiles = callJson(o.requant, ['profiles', 'list']).map(p => p.id);
    const { found, absent } = findModels(o);
    fs.mkdirSync(o.work, { recursive: true });
    // A finished row is measured again if the program, these scripts or its inputs are others.
    const tools = [o.requant, o.expose, o.layers, ...['accuracy.js', 'accuracy_data.js', '../runtime/compare.js', '../runtime/tensors.js', '../runtime/runtime.js']
        .map(f => path.join(__dirname, f))].map(shaOf);
    const start = Date.now(), rows = [], models = [];
    const schemes = chosen(profiles, list(o.schemes), 'profile'), presets = chosen(kPresets, list(o.presets), 'preset');
    const kinds = [...kSchemes.filter(s => schemes.includes(s)), ...schemes.filter(s => !kSchemes.includes(s))]
        .flatMap(scheme => presets.filter(p => kSchemes.includes(scheme) || p === 'fast').map(preset => ({ scheme, preset })));
    if (kinds.length === 0)
        throw new UsageError('profiles beside the four schemes are measured in the preset fast only');
    let measured = 0;
    for (const entry of found) {
        const folder = path.join(o.work, entry.model.id), inputs = path.join(folder, 'inputs');
        fs.mkdirSync(inputs, { recursive: true });
        const set = entry.model.data({ acceptance: o.acceptance, sample: o.sample, fashion: o.fashion, folder: inputs, most: Number(o.images) || 1e9 });
        models.push({ id: entry.model.id, title: entry.model.title, data: set.text, images: set.evaluation.count, calibration: Math.min(kCalibration, set.calibration.count),
            labelled: !!set.evaluation.labels, runtime: entry.model.runtime || null });
        const inputHashes = [entry.file, set.evaluation.samples, set.evaluation.labels, set.calibration.samples].map(shaOf);
        const count = set.evaluation.count, extra = Math.min(count, Number(o['extra-images']) || count);
        for (const kind of kinds) {
            const job = { ...entry, ...kind, limit: kSchemes.includes(kind.scheme) ? count : extra };
            const name = `${job.scheme}-${job.preset}`, file = path.join(folder, `${name}.json`);
            const key = sha256(JSON.stringify([tools, inputHashes, job.scheme, job.preset, job.limit, !!o['no-runtime'], isInstalled()]));
            const known = !o.fresh && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
            const isKnown = known !== null && known.key === key;
            let row = isKnown ? known.row : null;
            const began = Date.now();
            if (!row) {
                row = await measure(o, job, set, path.join(folder, name));
                if (!row.error) // what failed is tried again
                    fs.writeFileSync(file, JSON.stringify({ key, row }, null, 1));
                ++measured;
            }
            rows.push(row);
            console.error(`[${rows.length}/${kinds.length * found.length}, ${Math.round((Date.now() - start) / 1000)} s] ${entry.model.id} ${job.scheme} ${job.preset}: `
                + `${text.brief(row)} (${isKnown ? 'known' : ((Date.now() - began) / 1000).toFixed(1) + ' s'})`);
        }
        fs.rmSync(inputs, { recursive: true, force: true });
    }
    const shown = process.argv.slice(2).filter((a, i, all) => !['--requant', '--expose', '--layers', '--sample', '--acceptance', '--fashion', '--work', '--output']
        .some(p => a === p || all[i - 1] === p));
    const all = {
        requant_accuracy: 1,
        command: ['tests/bench/accuracy.sh', ...shown].join(' '),
        date: new Date().toISOString().slice(0, 10),
        cpu: `${os.cpus().length} x ${os.cpus()[0].model.trim()}`,
        extra_images: Number(o['extra-images']),
        seconds: Math.round((Date.now() - start) / 1000), measured, models, absent,
        schemes: kSchemes, presets: kPresets.filter(p => rows.some(r => r.preset === p)), rows,
    };
    const folder = o.write ? (o.output || __dirname) : o.work;
    const markdown = text.markdown(all);
    fs.writeFileSync(path.join(folder, 'accuracy.json'), text.json(all));
    fs.writeFileSync(path.join(folder, 'accuracy.md'), markdown);
    if (!o.write)
        console.log(markdown);
    const failed = rows.filter(r => r.error || (r.runtime && r.runtime.result === 'differs') || r.violations);
    console.error(`${rows.length} rows (${measured} measured now) in ${Math.round((Date.now() - start) / 1000)} s, in ${path.join(folder, 'accuracy.md')} and .json`
        + `; ${failed.length} with a failure`);
    failed.forEach(r => console.error(`  ${r.model} ${r.scheme} ${r.preset}: ${r.error || (r.violations ? `${r.violations} rule violations` : r.runtime.note)}`));
    process.exitCode = failed.length ? 1 : 0;
}

main().catch(e => {
    console.error(e instanceof UsageError ? e.message : e.stack || e);
    process.exit(2);
});
