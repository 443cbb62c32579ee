// SPDX-License-Identifier: GPL-3.0-or-later
// accuracy.js on the shipped sample with a few images: its figures are those that `requant` gives, Markdown and JSON are well formed,
// an interrupted run goes on where it stopped.
'use strict';
const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { compareAll } = require('../runtime/compare.js');

const option = name => process.argv[process.argv.indexOf('--' + name) + 1];
const [requant, expose, layers, sample, work] = ['requant', 'expose', 'layers', 'sample', 'work'].map(option);
const kImages = 40, kModel = 'fashion_mobilenet_uint8';

function run(...args) {
    return spawnSync(process.execPath, [path.join(__dirname, 'accuracy.js'), '--requant', requant, '--expose', expose, '--layers', layers, '--sample', sample,
        '--acceptance', path.join(work, 'nowhere'), '--work', work, ...args], { encoding: 'utf8' });
}

const common = ['--models', kModel, '--images', String(kImages), '--extra-images', '10', '--schemes', 'symmetric,symmetric-pow2,tflite-int8'];
fs.rmSync(work, { recursive: true, force: true });
const first = run(...common, '--keep', '--presets', 'naive,fast,best');
assert.strictEqual(first.status, 0, first.stderr);
assert.match(first.stderr, /only the shipped samples are measured/);
const result = JSON.parse(fs.readFileSync(path.join(work, 'accuracy.json'), 'utf8'));
const name = r => `${r.scheme} ${r.preset}`;
assert.deepStrictEqual(result.rows.map(name), ['symmetric naive', 'symmetric fast', 'symmetric best', 'symmetric-pow2 naive', 'symmetric-pow2 fast',
    'symmetric-pow2 best', 'tflite-int8 fast']);
for (const r of result.rows) {
    assert.strictEqual(r.images, r.scheme === 'tflite-int8' ? 10 : kImages);
    assert(Math.abs(r.top1_change - 100 * (r.gained - r.lost) / r.images) < 1e-9 && Math.abs(r.top1 - r.source_top1 - r.top1_change) < 1e-9, name(r));
    assert(Math.abs(r.interval95[1] - r.interval95[0] - 2 * 1.96 * r.standard_error) < 1e-9, name(r));
    assert(r.cpu_seconds > 0 && r.peak_memory_bytes > 1e6 && r.peak_memory_bytes < 4e9, name(r));
    assert(r.exact ? r.sqnr_db === null : r.sqnr_db > 5, name(r));
    assert(['equal', 'not run'].includes(r.runtime.result), `${name(r)}: ${r.runtime.note}`);
    assert.strictEqual(r.violations, 0);
}
const of = (scheme, preset) => result.rows.find(r => r.scheme === scheme && r.preset === preset);
assert(of('symmetric', 'fast').sqnr_db > of('symmetric', 'naive').sqnr_db);
assert.strictEqual(new Set(result.rows.map(r => r.sha256)).size, result.rows.length);

// The figures are those of the command line.
const plain = path.join(work, 'plain'), file = path.join(sample, `${kModel}.tflite`);
const call = (...args) => JSON.parse(spawnSync(requant, [...args, '--json'], { encoding: 'utf8' }).stdout);
const made = call('convert', file, '--profile', 'symmetric', '--preset', 'fast', '--no-measure', '--no-report', '-o', plain).targets[0];
assert.strictEqual(of('symmetric', 'fast').sha256, made.sha256);
const kept = path.join(work, kModel, 'symmetric-fast', `${kModel}-symmetric.tflite`);
assert.strictEqual(compareAll([fs.readFileSync(made.file)], [fs.readFileSync(kept)]), '');

// The Markdown: each table has one number of columns, each row is there, and the header tells how it was made.
const markdown = fs.readFileSync(path.join(work, 'accuracy.md'), 'utf8');
assert.strictEqual(first.stdout.trim(), markdown.trim());
assert(markdown.includes(`tests/bench/accuracy.sh ${[...common].join(' ')}`) && markdown.includes(result.date));
let columns = 0, rows = 0;
for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0;
    assert(columns === 0 || cells === 0 || cells === columns, line);
    columns = cells;
    rows += /^\| (symmetric|symmetric-pow2|tflite-int8) \| (naive|fast|best) \|/.test(line);
}
assert.strictEqual(rows, result.rows.length);

// Again: nothing is measured, the figures are the same. One row lost: that one is measured.
const again = run(...common, '--presets', 'naive,fast,best');
assert.match(again.stderr, /7 rows \(0 measured now\)/);
assert.deepStrictEqual(JSON.parse(fs.readFileSync(path.join(work, 'accuracy.json'), 'utf8')).rows, result.rows);
fs.rmSync(path.join(work, kModel, 'symmetric-fast.json'));
assert.match(run(...common, '--presets', 'naive,fast,best').stderr, /7 rows \(1 measured now\)/);

// What does not exist is said before anything is measured.
for (const [args, words] of [[['--models', 'nothing'], /no model's name contains 'nothing'/], [['--schemes', 'nothing'], /no profile is called 'nothing'/],
    [['--presets', 'nothing'], /no preset is called 'nothing'/], [['--images', 'few'], /whole number/], [['--nothing'], /unknown option/]]) {
    const r = run(...args);
    assert.strictEqual(r.status, 2);
    assert.match(r.stderr, words);
}

// A difference in the runtime is not overlooked: here the simulation's first byte is another one.
if (of('symmetric', 'fast').runtime.result === 'equal') {
    const liar = path.join(work, 'liar.sh'), flip = "const f = process.argv[1] + '/output0.raw', b = fs.readFileSync(f); b[0] ^= 1; fs.writeFileSync(f, b)";
    fs.writeFileSync(liar, `#!/bin/sh\n"${requant}" "$@" || exit $?\n[ "$1" != run ] || { for last; do :; done; "${process.execPath}" -e "${flip}" "$last"; }\n`,
        { mode: 0o755 });
    const lied = run('--models', kModel, '--images', '4', '--schemes', 'symmetric', '--presets', 'fast', '--requant', liar, '--work', path.join(work, 'lied'));
    assert.strictEqual(lied.status, 1, lied.stderr);
    assert.match(lied.stdout, /\*\*differs\*\*: output 0: 1 of 30 bytes differ/);
    assert.match(lied.stdout, /0 byte-equal in the runtime, 0 explained, 1 different/);
}
assert.strictEqual(compareAll([Buffer.from([1, 2])], [Buffer.from([1, 2])]), '');
assert.match(compareAll([Buffer.from([1, 2])], [Buffer.from([1, 3])]), /1 of 2 bytes differ/);
assert.match(compareAll([Buffer.alloc(0)], [Buffer.alloc(0)]), /no output bytes/);
console.log(`${result.rows.length} rows, runtime: ${[...new Set(result.rows.map(r => r.runtime.result))].join(', ')}`);
