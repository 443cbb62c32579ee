// SPDX-License-Identifier: GPL-3.0-or-later
// Measures MobileNetV2 in our simulator and in other runtimes, turn by turn in the same minutes, so that a noisy machine is
// noisy for all of them, and prints a table. See run.sh.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');
const runtime = require('../runtime/runtime.js');

function option(name, fallback) {
    const at = process.argv.indexOf('--' + name);
    return at < 0 ? fallback : process.argv[at + 1];
}
const acceptance = option('acceptance', path.join(__dirname, '../../../shared/acceptance'));
const rounds = Number(option('rounds', 15));
const kPerRound = 8;    // inferences of each contestant
const kTogether = 32;   // pictures of one measurement of throughput

const kNetworks = [
    { id: 'u8', title: 'uint8', model: 'mobilenet_v2_1.0_224_quant', onnx: 'mobilenet_v2_1.0_224_quant.u8' },
    { id: 's8', title: 'int8 per channel', model: 'tf2_mobilenet_v2_1.0_224_ptq', onnx: 'tf2_mobilenet_v2_1.0_224_ptq.u8s8' },
];
const kArithmetics = ['xnnpack', 'tflite-reference'];
const pictures = path.join(acceptance, 'golden', kNetworks[0].model, 'inputs.raw'); // both networks take uint8 pictures
const kPictureBytes = 224 * 224 * 3;

// ---- contestants: each has a name and run(n), which gives n times in ms ------------------------------------------------

// Our program answers one line to each line.
class Ours {
    constructor(program) {
        this.child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }
    async ask(command) {
        this.child.stdin.write(command + '\n');
        const { value, done } = await this.lines.next();
        if (done || value.startsWith('error'))
            throw new Error(`${command}: ${value}`);
        return value;
    }
    async times(command) { return (await this.ask(command)).trim().split(' ').map(Number); }
    close() { this.child.stdin.end(); }
}

function clock(f) {
    const start = process.hrtime.bigint();
    f();
    return Number(process.hrtime.bigint() - start) / 1e6;
}

async function onnxRuntime(file) {
    const ort = require('onnxruntime-node');
    const session = await ort.InferenceSession.create(file, {
        executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' });
    const data = fs.readFileSync(pictures);
    const inputs = [0, 1, 2, 3].map(i => new ort.Tensor('uint8', new Uint8Array(data.subarray(i * kPictureBytes, (i + 1) * kPictureBytes)), [1, 224, 224, 3]));
    let next = 0;
    return async n => {
        const times = [];
        for (let i = 0; i < n; ++i) {
            const feeds = { [session.inputNames[0]]: inputs[next++ % inputs.length] };
            const start = process.hrtime.bigint();
            await session.run(feeds);
            times.push(Number(process.hrtime.bigint() - start) / 1e6);
        }
        return times;
    };
}

async function webAssembly(file) {
    const model = (await runtime.Runtime.create()).load(file);
    model.run(fs.readFileSync(pictures).subarray(0, kPictureBytes));
    return async n => Array.from({ length: n }, () => clock(() => model.runner.Infer()));
}

// ---- figures -----------------------------------------------------------------------------------------------------------

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const least = list => Math.min(...list);
const fixed = (v, digits = 2) => v === undefined ? '' : v.toFixed(digits);

function machine() {
    const info = fs.existsSync('/proc/cpuinfo') ? fs.readFileSync('/proc/cpuinfo', 'utf8') : '';
    const flags = new Set((info.match(/^flags\s*:\s*(.*)$/m) || ['', ''])[1].split(' '));
    const known = ['avx2', 'avx_vnni', 'avx512f', 'avx512bw', 'avx512vl', 'avx512dq', 'avx512_vnni', 'avx512vbmi', 'avx512_vbmi2', 'amx_tile', 'amx_int8'];
    return `${os.cpus().length} x ${os.cpus()[0].model}: ${known.filter(f => flags.has(f)).join(' ') || process.arch}`;
}

function table(header, rows) {
    const all = [header, header.map(h => (h.startsWith('-') ? '--:' : '---')), ...rows];
    return all.map((r, i) => '| ' + r.map(c => (i === 0 ? c.replace(/^-/, '') : c)).join(' | ') + ' |').join('\n');
}

async function main() {
    if (!fs.existsSync(pictures)) {
        console.log(`skipped: no pictures at ${pictures}`);
        return;
    }
    const ours = new Ours(option('bench'));
    const level = await ours.ask('cpu');
    const contestants = [];
    const add = (network, name, run) => contestants.push({ network, name, run, times: [] });
    for (const network of kNetworks) {
        const model = path.join(acceptance, 'models', network.model + '.tflite');
        for (const arithmetic of kArithmetics) {
            const id = `${network.id}-${arithmetic}`;
            await ours.ask(`open ${id} ${model} ${pictures} ${arithmetic} 1`);
            add(network, `Requant, ${arithmetic}`, n => ours.times(`run ${id} ${n}`));
        }
        await ours.ask(`open ${network.id}-two ${model} ${pictures} xnnpack 2`);
        add(network, 'Requant, xnnpack, rows on two threads', n => ours.times(`run ${network.id}-two ${n}`));
        try {
            add(network, 'ONNX Runtime 1.30.0, one thread', await onnxRuntime(path.join(acceptance, 'onnx/peers', network.onnx + '.onnx')));
        } catch (e) {
            console.error(`skipped: ONNX Runtime (${e.message.split('\n')[0]})`);
        }
        if (runtime.isInstalled())
            add(network, 'TFLite in WebAssembly, XNNPACK', await webAssembly(model));
        else
            console.error('skipped: TFLite in WebAssembly is not installed in tests/runtime');
    }
    // Throughput: the same pictures plain, with statistics, and on two threads, in the reference arithmetic.
    const together = [];
    for (const network of kNetworks)
        for (const [name, command] of [['plain', 'side'], ['statistics', 'statistics']])
            for (const threads of [1, 2])
                together.push({ network, name, threads, run: () => ours.times(`${command} ${network.id}-tflite-reference ${kTogether} ${threads}`), times: [] });

    for (const c of contestants)
        await c.run(3); // warm
    for (let round = 0; round < rounds; ++round) {
        for (const c of contestants)
            c.times.push(...await c.run(kPerRound));
        for (const t of together)
            t.times.push((await t.run())[0] / kTogether);
        if (process.stderr.isTTY)
            process.stderr.write(`\rround ${round + 1} of ${rounds}`);
    }
    if (process.stderr.isTTY)
        process.stderr.write('\n');
    ours.close();

    const ofName = (network, start) => contestants.find(c => c.network === network && c.name.startsWith(start));
    const ofTogether = (network, name, threads) => together.find(t => t.network === network && t.name === name && t.threads === threads);
    const lines = [];
    lines.push(`Machine: ${machine()}; kernels used: ${level}. ${rounds} rounds of ${kPerRound} inferences each, in turn; load ${os.loadavg()[0].toFixed(1)} at the end.`, '');
    lines.push(table(['MobileNetV2 224', 'runtime', '-median ms', '-least ms', '-pictures/s'], contestants.map(c =>
        [c.network.title, c.name, fixed(median(c.times)), fixed(least(c.times)), fixed(1000 / median(c.times), 0)])), '');
    lines.push(table(['MobileNetV2 224', `${kTogether} pictures, tflite-reference`, '-median ms a picture', '-least', '-pictures/s'], together.map(t =>
        [t.network.title, `${t.name}, ${t.threads === 1 ? 'one thread' : 'two threads side by side'}`, fixed(median(t.times)), fixed(least(t.times)), fixed(1000 / median(t.times), 0)])), '');

    const goals = [];
    const goal = (name, a, b, wanted, atLeast = false) => {
        if (!a || !b)
            return goals.push([name, 'not measured', '', wanted]);
        const m = median(a.times) / median(b.times), l = least(a.times) / least(b.times);
        goals.push([name, fixed(m), fixed(l), `${wanted} ${(atLeast ? m >= Number(wanted.split(' ')[2]) : m <= Number(wanted.split(' ')[2])) ? '(reached)' : '(missed)'}`]);
    };
    const [u8, s8] = kNetworks;
    goal('uint8, xnnpack, to ONNX Runtime', ofName(u8, 'Requant, xnnpack'), ofName(u8, 'ONNX'), 'at most 1.0');
    goal('int8 per channel, xnnpack, to ONNX Runtime', ofName(s8, 'Requant, xnnpack'), ofName(s8, 'ONNX'), 'at most 1.3');
    for (const n of kNetworks) {
        goal(`${n.title}, tflite-reference to xnnpack`, ofName(n, 'Requant, tflite-reference'), ofName(n, 'Requant, xnnpack'), 'at most 1.3');
        goal(`${n.title}, with statistics to plain`, ofTogether(n, 'statistics', 1), ofTogether(n, 'plain', 1), 'at most 2.0');
        goal(`${n.title}, pictures/s, two threads to one`, ofTogether(n, 'plain', 1), ofTogether(n, 'plain', 2), 'at least 1.8', true);
    }
    lines.push(table(['ratio', '-of medians', '-of least', 'wanted'], goals));
    const text = lines.join('\n') + '\n';
    console.log(text);
    if (process.argv.includes('--write')) {
        const file = path.join(__dirname, 'README.md');
        const begin = '<!-- table -->\n', end = '<!-- end of table -->';
        const readme = fs.readFileSync(file, 'utf8');
        const a = readme.indexOf(begin) + begin.length, b = readme.indexOf(end);
        fs.writeFileSync(file, readme.slice(0, a) + '\n' + text + '\n' + readme.slice(b));
        console.log(`written to ${file}`);
    }
}

main().catch(e => {
    console.error(e.stack || e);
    process.exit(1);
});
