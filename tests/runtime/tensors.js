// SPDX-License-Identifier: GPL-3.0-or-later
// Every tensor that an operator computes, in the runtime and in our simulation. The runtime hands out graph outputs only, so it
// gets a copy of the model in which each of them is one (requant_expose); the simulation runs the model as it is.
'use strict';
const fs = require('fs');
const path = require('path');
const { Runtime } = require('./runtime.js');

function tableOf(text) {
    return text.split('\n').filter(line => line.length).map(line => line.split('\t'));
}

// What `requant run --all-tensors` wrote: tensor index to bytes.
function simulatedTensors(folder) {
    const all = fs.readFileSync(path.join(folder, 'tensors.bin'));
    const tensors = new Map();
    for (const row of tableOf(fs.readFileSync(path.join(folder, 'tensors.tsv'), 'utf8')).slice(1)) {
        const [offset, bytes] = row.slice(-2).map(Number);
        tensors.set(Number(row[0]), all.subarray(offset, offset + bytes));
    }
    return tensors;
}

function countDiffering(a, b) {
    let n = Math.abs(a.length - b.length);
    for (let i = 0; i < Math.min(a.length, b.length); ++i)
        n += a[i] !== b[i];
    return n;
}

// Runs the exposed copy on the first of `inputs`. Gives the graph's inputs and outputs as { isInput, tensor, operator, name, data,
// missing (not handed out) }.
async function runExposed(exposed, list, inputs) {
    const model = (await Runtime.create()).load(exposed);
    const input = inputs.subarray(0, model.inputBytes);
    const outputs = model.run(input);
    let at = 0, k = 0;
    const rows = tableOf(fs.readFileSync(list, 'utf8')).map(([kind, tensor, bytes, operator, name]) => {
        const isInput = kind === 'input';
        const data = isInput ? input.subarray(at, at += Number(bytes)) : outputs[k++];
        return { isInput, tensor: Number(tensor), operator, name, data, missing: data.length === 0 && Number(bytes) > 0 };
    });
    if (k !== outputs.length)
        throw new Error(`${k} and ${outputs.length} exposed outputs`);
    return rows;
}

// End to end. `equal` and `missing` (not handed out) count tensors, `differing` describes them in the model's order.
function compareTensors(theirs, folder) {
    const ours = simulatedTensors(folder);
    const result = { equal: 0, missing: 0, differing: [] };
    for (const { tensor, operator, name, data, missing } of theirs.filter(t => !t.isInput)) {
        const what = `${operator} ${name.slice(-60)} (tensor ${tensor})`;
        const mine = ours.get(tensor);
        if (missing)
            ++result.missing;
        else if (!mine)
            result.differing.push(`${what}: not simulated`);
        else if (countDiffering(mine, data))
            result.differing.push(`${what}: ${countDiffering(mine, data)} of ${mine.length} bytes`);
        else
            ++result.equal;
    }
    return result;
}

// The runtime's tensors in the layout of `requant run --all-tensors`.
function writeTensors(folder, theirs) {
    let offset = 0;
    let table = 'tensor\tname\toffset\tbytes\n';
    const parts = [];
    for (const { tensor, name, data, missing } of theirs) {
        if (missing)
            continue;
        table += `${tensor}\t${name}\t${offset}\t${data.length}\n`;
        parts.push(data);
        offset += data.length;
    }
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'tensors.bin'), Buffer.concat(parts));
    fs.writeFileSync(path.join(folder, 'tensors.tsv'), table);
}

module.exports = { compareTensors, runExposed, tableOf, writeTensors };
