// SPDX-License-Identifier: GPL-3.0-or-later
// Operators in the real runtime: random networks of one operator (requant_opcases), run there and compared byte by byte with our
// simulation in `xnnpack` arithmetic. Replay: --seed N --count 1 --only "NAME"; --keep writes the models that differ.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const { Runtime, isInstalled } = require('./runtime.js');

function option(name, fallback) {
    const i = process.argv.indexOf('--' + name);
    return i < 0 ? fallback : process.argv[i + 1];
}

const opcases = option('opcases');
const work = option('work', 'ops');
const seed = option('seed', process.env.REQUANT_SEED || String(1 + Math.floor(Math.random() * 1e9)));
const count = option('count', '12');
const only = option('only', '');
const keep = process.argv.includes('--keep');
const modelsPerInstance = 64; // an instance's memory only grows

// What this package's runtime has not: name to the reason.
const runtimeHasNot = {
    'EXP int8': 'newer than the package', 'EXP int16': 'newer than the package', 'LOG int8': 'newer than the package', 'LOG int16': 'newer than the package',
    'RSQRT int16': 'newer than the package',
    'QUANTIZE int8-int16': 'newer than the package', 'MIRROR_PAD int16': 'newer than the package',
};
// Operators for which the simulator has no kernel: name to the reason.
const simulatorHasNot = {};
// Float results that may differ in their last bits, relative to the value: polynomials of XNNPACK's own, sums in another order.
const approximate = {
    'LOGISTIC float32': 1e-6, 'TANH float32': 1e-6, 'CONV_2D float32': 1e-5, 'DEPTHWISE_CONV_2D float32': 1e-5, 'CONV_3D float32': 1e-4, 'FULLY_CONNECTED float32': 1e-5,
    'CONV_2D hybrid': 1e-5, 'DEPTHWISE_CONV_2D hybrid': 1e-5, 'SIN float32': 1e-6, 'COS float32': 1e-6, 'AVERAGE_POOL_2D float32': 1e-5, 'L2_POOL_2D float32': 1e-5,
    'ROUND float32': 0, // the sign of zero
};

function partOf(data, place) {
    const [offset, bytes] = place.split(':').map(Number);
    return data.subarray(offset, offset + bytes);
}

function firstDifference(ours, theirs) {
    for (let k = 0; k < ours.length; ++k) {
        if (ours[k].length !== theirs[k].length)
            return `output ${k}: ${ours[k].length} and ${theirs[k].length} bytes`;
        if (!ours[k].equals(theirs[k])) {
            let n = 0, at = -1;
            for (let i = 0; i < ours[k].length; ++i)
                if (ours[k][i] !== theirs[k][i]) {
                    at = at < 0 ? i : at;
                    ++n;
                }
            return `output ${k}: ${n} of ${ours[k].length} bytes, first at ${at}: ours ${ours[k][at]}, theirs ${theirs[k][at]}`;
        }
    }
    return '';
}

function floatsApart(ours, theirs) {
    const floats = b => new Float32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length));
    const [a, b] = [floats(ours), floats(theirs)];
    return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]) / Math.max(1, Math.abs(b[i]))), 0);
}

// Instances are shared by many models and thrown away after a crash.
class Runner {
    async run(model, inputs) {
        if (!this.runtime || this.used >= modelsPerInstance) {
            this.runtime = await Runtime.create();
            this.used = 0;
        }
        ++this.used;
        let loaded = null;
        try {
            loaded = this.runtime.loadBytes(model);
            return { outputs: loaded.runAll(inputs) };
        } catch (e) {
            this.runtime = null;
            return { refused: (e.message || String(e)).split('\n')[0] };
        } finally {
            if (this.runtime)
                loaded.release();
        }
    }
}

async function main() {
    if (!isInstalled()) {
        console.log('skipped: run "npm install --ignore-scripts --legacy-peer-deps" in tests/runtime first');
        process.exit(77);
    }
    const made = spawnSync(opcases, ['--out', work, '--seed', seed, '--count', count, '--only', only], { encoding: 'utf8' });
    if (made.error || made.status !== 0)
        throw new Error(`requant_opcases: ${made.error ? made.error.message : made.stderr}`);
    const data = fs.readFileSync(path.join(work, 'cases.bin'));
    const runner = new Runner();
    const groups = new Map();
    let failures = 0;
    const fail = what => {
        ++failures;
        console.log(`FAILED ${what}`);
    };
    for (const line of fs.readFileSync(path.join(work, 'cases.tsv'), 'utf8').split('\n').filter(l => l.length)) {
        const [name, caseSeed, what, model, inputs, outputs, explained, reason] = line.split('\t');
        if (!groups.has(name))
            groups.set(name, { equal: 0, explained: 0, differs: 0, refusedHere: 0, refusedThere: 0, reason: '' });
        const group = groups.get(name);
        if (model === 'refused') {
            ++group.refusedHere;
            group.reason = reason;
            continue;
        }
        const ours = outputs.split(',').map(place => partOf(data, place));
        const { outputs: theirs, refused } = await runner.run(partOf(data, model), partOf(data, inputs));
        if (refused) {
            ++group.refusedThere;
            group.reason = refused;
            continue;
        }
        const difference = firstDifference(ours, theirs);
        if (!difference || (approximate[name] !== undefined && ours.every((bytes, k) => floatsApart(bytes, theirs[k]) <= approximate[name]))) {
            ++group.equal;
            continue;
        }
        if (explained && !firstDifference(explained.split(',').map(place => partOf(data, place)), theirs)) {
            ++group.explained;
            group.reason = reason;
            continue;
        }
        ++group.differs;
        if (group.differs <= 3)
            fail(`${name} --seed ${caseSeed}: ${difference}; ${what}`);
        if (keep) {
            const file = path.join(work, `${name.replace(/ /g, '-')}-${caseSeed}`);
            fs.writeFileSync(file + '.tflite', partOf(data, model));
            fs.writeFileSync(file + '.raw', partOf(data, inputs));
            ours.forEach((bytes, k) => fs.writeFileSync(`${file}.ours${k}`, bytes));
            theirs.forEach((bytes, k) => fs.writeFileSync(`${file}.theirs${k}`, bytes));
        }
    }
    console.log(`\n${'operator'.padEnd(32)} equal explained differs refused: simulator, runtime`);
    let total = 0;
    for (const [name, g] of groups) {
        console.log(`${name.padEnd(32)} ${String(g.equal).padStart(5)} ${String(g.explained).padStart(5)} ${String(g.differs).padStart(7)} ${String(g.refusedHere).padStart(9)} ` +
            `${String(g.refusedThere).padStart(8)}  ${g.reason}`);
        total += g.equal + g.explained;
        const missing = simulatorHasNot[name] || runtimeHasNot[name];
        const compared = g.equal + g.explained + g.differs;
        if (missing) {
            if (compared > 0)
                fail(`${name}: listed as not there (${missing}), but it runs: take it off the list`);
        } else if (compared < (g.refusedHere + g.refusedThere + compared) / 2) {
            fail(`${name}: most cases are refused: ${g.reason}`);
        }
    }
    if (!only)
        for (const key of [...Object.keys(simulatorHasNot), ...Object.keys(runtimeHasNot)].filter(name => !groups.has(name)))
            fail(`${key} is listed, but there is no such case`);
    console.log(`\n${total} cases equal, ${failures} failures; --seed ${seed}`);
    if (total === 0)
        throw new Error('nothing was compared');
    process.exit(failures ? 1 : 0);
}

main().catch(e => {
    console.error(e.message);
    process.exit(1);
});
