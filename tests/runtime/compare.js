// SPDX-License-Identifier: GPL-3.0-or-later
// What `requant run` wrote against what the runtime gives.
'use strict';
const fs = require('fs');
const path = require('path');
const { Runtime } = require('./runtime.js');

function differing(a, b) {
    if (a.length !== b.length)
        return `${a.length} and ${b.length} bytes`;
    let n = 0;
    for (let i = 0; i < a.length; ++i)
        n += a[i] !== b[i];
    return n ? `${n} of ${a.length} bytes differ` : '';
}

// Empty if all outputs are equal, otherwise where they are not.
function compareAll(ours, theirs) {
    if (ours.length !== theirs.length)
        return `${ours.length} and ${theirs.length} outputs`;
    for (let k = 0; k < ours.length; ++k) {
        const d = differing(ours[k], theirs[k]);
        if (d)
            return `output ${k}: ${d}`;
    }
    if (ours.reduce((sum, b) => sum + b.length, 0) === 0)
        return 'there are no output bytes to compare';
    return '';
}

// Throws in the runtime's own words if it cannot.
async function runInRuntime(model, inputs) {
    const runtime = await Runtime.create();
    return runtime.load(model).runAll(inputs);
}

// output<k>.raw of a folder.
function outputsIn(folder) {
    const out = [];
    for (let k = 0; fs.existsSync(path.join(folder, `output${k}.raw`)); ++k)
        out.push(fs.readFileSync(path.join(folder, `output${k}.raw`)));
    return out;
}

// The same for outputs of floats, whose last bits functions of different libraries do not share.
function compareFloats(ours, theirs, tolerance) {
    if (ours.length !== theirs.length)
        return `${ours.length} and ${theirs.length} outputs`;
    for (let k = 0; k < ours.length; ++k) {
        if (ours[k].length !== theirs[k].length)
            return `output ${k}: ${ours[k].length} and ${theirs[k].length} bytes`;
        for (let i = 0; i + 4 <= ours[k].length; i += 4) {
            const a = ours[k].readFloatLE(i), b = theirs[k].readFloatLE(i);
            if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))))
                return `output ${k}: ${a} and ${b}`;
        }
    }
    return '';
}

module.exports = { compareAll, compareFloats, outputsIn, runInRuntime };
