// SPDX-License-Identifier: GPL-3.0-or-later
// The proof in a real runtime, for the shipped samples and, where they are there, the acceptance models:
// (a) a model that was only read and written gives the same bytes as the original;
// (b) every exported model loads, runs and gives the bytes of our simulation in `xnnpack` arithmetic;
// (c) so does every tensor inside, of the source models and of the exported ones (see tensors.js).
'use strict';
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const { compareAll, outputsIn, runInRuntime } = require('./compare.js');
const { isInstalled } = require('./runtime.js');
const { compareTensors, runExposed, tableOf, writeTensors } = require('./tensors.js');

function option(name, fallback) {
    const i = process.argv.indexOf('--' + name);
    return i < 0 ? fallback : process.argv[i + 1];
}

const requant = option('requant');
const rewrite = option('rewrite');
const expose = option('expose');
const layers = option('layers');
const sampleFolder = option('sample', '');
const acceptance = option('acceptance', '');
const work = option('work', 'proof');
const only = option('only', ''); // part of a model's name, to look at one

const sevenModels = ['mobilenet_v1_0.25_128_quant', 'mobilenet_v2_1.0_224_quant', 'tf2_mobilenet_v2_1.0_224_ptq',
    'pretrainedResnet_quant', 'kws_ref_model', 'vww_96_int8', 'ad01_int8'];
const sampleModels = ['fashion_mobilenet_uint8', 'fashion_mobilenet_int8'];
const samplesPerModel = 3;
// Schemes that no profile has.
const recipeFolder = path.join(__dirname, 'recipes');
const recipes = fs.readdirSync(recipeFolder).filter(f => f.endsWith('.json')).sort();

// What the runtime of this package cannot do with an original model, and why.
const cannotRun = {
    okay_nabu: 'streaming model with resource variables: zeros in the first run, then "memory access out of bounds"',
    person_detect: 'biases say quantized dimension 3 on rank 1: TFLite refuses the file',
    deeplabv3_mnv2_pascal_quant: 'int64 output: the package hands none over',
};
// Files that the runtime refuses, but not what is exported from them; bytes of an input.
const repaired = { person_detect: 96 * 96 };
// Whose tensors cannot be read either.
const crashes = ['okay_nabu', 'person_detect'];
// Tensors that the package does not hand out: int64.
const notHandedOut = { deeplabv3_mnv2_pascal_quant: 1 };
// Models and exported models known not to load or not to be equal: "<model>/<variant>/<target>" to the reason. Empty is the goal.
const knownExceptions = {};

// Every variant is one call of `requant convert`.
function variants(profiles) {
    const paper = ['symmetric', 'symmetric-pow2'];
    return [
        { name: 'default', profiles: paper, flags: [] },
        { name: 'fast', profiles: profiles.filter(p => !paper.includes(p)), flags: ['--preset', 'fast'] },
        { name: 'naive', profiles: paper, flags: ['--naive'] },
        { name: 'requantized-output', profiles: paper, flags: ['--fixed-outputs', 'requantize'] },
        { name: 'schemes', profiles: [], recipes, flags: ['--preset', 'fast'] },
    ];
}

function call(program, args) {
    const r = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (r.error)
        throw new Error(`${path.basename(program)}: ${r.error.message}`);
    return r;
}

function mustCall(program, args) {
    const r = call(program, args);
    if (r.status !== 0)
        throw new Error(`${path.basename(program)} ${args.join(' ')}: exit ${r.status}: ${(r.stderr + r.stdout).trim().split('\n').slice(0, 6).join(' | ')}`);
    return r.stdout;
}

const rows = [];
let failures = 0;

function report(model, what, problem, note) {
    const key = `${model}/${what}`;
    let result = problem ? 'FAILED' : 'equal';
    if (problem && knownExceptions[key]) {
        result = 'known';
        note = knownExceptions[key];
    } else if (problem) {
        ++failures;
        note = problem;
    } else if (knownExceptions[key]) {
        ++failures;
        result = 'FAILED';
        note = 'listed as a known exception, but it works: take it off the list';
    }
    rows.push([model, what, result, note || '']);
    console.log(`${model.padEnd(30)} ${what.padEnd(44)} ${result.padEnd(7)} ${note || ''}`);
}

// Bytes that are the same every time (a linear congruential generator's upper ones).
function noise(count) {
    let state = 1;
    return Buffer.from(Array.from({ length: count }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24));
}

async function proveRewritten(model, file, inputs) {
    const folder = path.join(work, model);
    fs.mkdirSync(folder, { recursive: true });
    const copy = path.join(folder, 'rewritten.tflite');
    let original = null;
    try {
        original = await runInRuntime(file, inputs);
    } catch (e) {
        if (!cannotRun[model])
            return report(model, 'rewritten', `the original does not run: ${e.message}`);
    }
    if (cannotRun[model]) {
        const empty = original && original.every(b => b.length === 0);
        if (original && !empty)
            return report(model, 'rewritten', 'listed as not running, but the original runs: take it off the list');
        rows.push([model, 'rewritten', 'not run', cannotRun[model]]);
        console.log(`${model.padEnd(30)} ${'rewritten'.padEnd(44)} not run ${cannotRun[model]}`);
        return;
    }
    try {
        mustCall(rewrite, [file, copy]);
        report(model, 'rewritten', compareAll(await runInRuntime(copy, inputs), original));
    } catch (e) {
        report(model, 'rewritten', e.message);
    }
}

// `simulated`: where `requant run --all-tensors` wrote its run of this model on the first of `inputs`. Compares end to end and with
// every operator fed with the runtime's own tensors. After an operator that the runtime computes otherwise (explained.h), tensors
// may differ end to end.
async function proveTensors(model, what, file, simulated, inputs) {
    const copy = path.join(simulated, 'exposed.tflite'), list = path.join(simulated, 'exposed.tsv');
    mustCall(expose, [file, copy, list]);
    const theirs = await runExposed(copy, list, inputs);
    fs.rmSync(copy);
    const { equal, missing, differing } = compareTensors(theirs, simulated);
    const folder = path.join(simulated, 'runtime');
    writeTensors(folder, theirs);
    const fed = tableOf(mustCall(layers, [file, path.join(folder, 'tensors.bin'), path.join(folder, 'tensors.tsv')]));
    fs.rmSync(folder, { recursive: true });
    const count = result => fed.filter(row => row[0] === result).length;
    const problems = fed.filter(row => row[0] === 'differs').map(row => `${row[2]} ${row[3]}, fed: ${row[1]} bytes`);
    if (count('explained') === 0)
        problems.push(...differing);
    const expectedMissing = notHandedOut[model] || 0;
    if (missing !== expectedMissing || count('unread') !== expectedMissing)
        problems.push(`${missing} tensors are not handed out, not ${expectedMissing}`);
    if (equal === 0 || count('equal') === 0)
        problems.push('there is no tensor to compare');
    report(model, what, problems.slice(0, 3).join('; '), `${equal} tensors end to end, ${count('equal')} operators fed` +
        [...new Set(fed.filter(row => row[0] === 'explained').map(row => `; explained: ${row[4]}`))].join(''));
}

function simulate(file, samples, folder, flags) {
    mustCall(requant, ['run', file, '--samples', samples, '--limit', String(samplesPerModel), '--arithmetic', 'xnnpack', '--all-tensors',
        '--save-inputs', '--quiet', ...flags, '-o', folder]);
    return fs.readFileSync(path.join(folder, 'inputs.raw'));
}

async function proveSource(model, file, samples) {
    const folder = path.join(work, model, 'source');
    try {
        const inputs = simulate(file, samples, folder, []);
        await proveTensors(model, 'source tensors', file, folder, inputs);
        if (!cannotRun[model])
            report(model, 'source', compareAll(outputsIn(folder), await runInRuntime(file, inputs)));
    } catch (e) {
        report(model, 'source', e.message);
    }
}

async function proveExported(model, file, samples, profiles) {
    for (const variant of variants(profiles)) {
        const folder = path.join(work, model, variant.name);
        fs.rmSync(folder, { recursive: true, force: true });
        const args = ['convert', file, '--samples', samples, '--sample-limit', '4', '--no-measure', '--no-report', '--quiet',
            ...variant.flags, '-o', folder];
        variant.profiles.forEach(p => args.push('--profile', p));
        (variant.recipes || []).forEach(r => args.push('--recipe', path.join(recipeFolder, r)));
        const made = call(requant, args);
        if (made.status !== 0 && made.status !== 1) {
            report(model, `${variant.name}/convert`, `exit ${made.status}: ${made.stderr.trim()}`);
            continue;
        }
        for (const profile of [...variant.profiles, ...(variant.recipes || []).map(r => path.basename(r, '.json'))]) {
            const what = `${variant.name}/${profile}`;
            const exported = path.join(folder, `${path.basename(file, '.tflite')}-${profile}.tflite`);
            const ours = path.join(folder, profile);
            try {
                mustCall(requant, ['verify', exported]);
                const inputs = simulate(exported, samples, ours, ['--samples-for', file]);
                report(model, what, compareAll(outputsIn(ours), await runInRuntime(exported, inputs)));
                if (variant.name === 'default')
                    await proveTensors(model, `${what} tensors`, exported, ours, inputs);
            } catch (e) {
                report(model, what, e.message);
            }
        }
    }
}

async function main() {
    if (!isInstalled()) {
        console.log('skipped: run "npm install --ignore-scripts --legacy-peer-deps" in tests/runtime first');
        process.exit(77);
    }
    const profiles = JSON.parse(mustCall(requant, ['profiles', 'list', '--json'])).map(p => p.id);
    if (profiles.length === 0)
        throw new Error('there are no built-in profiles');
    const wanted = name => name.includes(only);

    for (const model of sampleModels.filter(wanted)) {
        const file = path.join(sampleFolder, model + '.tflite');
        const images = path.join(sampleFolder, 'fashion_test_images.npy');
        await proveSource(model, file, images);
        await proveRewritten(model, file, fs.readFileSync(path.join(work, model, 'source', 'inputs.raw')));
        await proveExported(model, file, images, profiles);
    }

    if (!acceptance || !fs.existsSync(path.join(acceptance, 'models'))) {
        console.log('skipped: the acceptance models are not there');
    } else {
        for (const name of fs.readdirSync(path.join(acceptance, 'models')).filter(f => f.endsWith('.tflite')).sort()) {
            const model = path.basename(name, '.tflite');
            if (!wanted(model))
                continue;
            const file = path.join(acceptance, 'models', name);
            const inputs = path.join(acceptance, 'golden', model, 'inputs.raw');
            if (!fs.existsSync(inputs)) {
                if (!cannotRun[model])
                    report(model, 'rewritten', 'there are no inputs for it');
                else
                    console.log(`${model.padEnd(30)} ${'rewritten'.padEnd(44)} not run ${cannotRun[model]}`);
                if (repaired[model]) {
                    const made = path.join(work, model, 'inputs.raw');
                    fs.mkdirSync(path.dirname(made), { recursive: true });
                    fs.writeFileSync(made, noise(repaired[model] * 4));
                    await proveExported(model, file, made, profiles);
                }
                continue;
            }
            await proveRewritten(model, file, fs.readFileSync(inputs));
            if (!crashes.includes(model))
                await proveSource(model, file, inputs);
            if (sevenModels.includes(model))
                await proveExported(model, file, inputs, profiles);
        }
    }
    const equal = rows.filter(r => r[2] === 'equal').length;
    console.log(`\n${equal} byte-equal, ${failures} failed, ${rows.length - equal - failures} known not to run`);
    if (equal === 0)
        throw new Error('nothing was compared');
    process.exit(failures ? 1 : 0);
}

main().catch(e => {
    console.error(e.message);
    process.exit(1);
});
