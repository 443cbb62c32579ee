// SPDX-License-Identifier: GPL-3.0-or-later
// node run_model.js MODEL.tflite INPUTS.raw OUTDIR: runs every input of the file and writes output<k>.raw.
'use strict';
const fs = require('fs');
const path = require('path');
const { Runtime } = require('./runtime.js');

async function main() {
    const [model, inputs, folder] = process.argv.slice(2);
    if (!folder) {
        console.error('usage: node run_model.js MODEL.tflite INPUTS.raw OUTDIR');
        process.exit(2);
    }
    const runtime = await Runtime.create();
    const outputs = runtime.load(model).runAll(fs.readFileSync(inputs));
    fs.mkdirSync(folder, { recursive: true });
    outputs.forEach((bytes, k) => fs.writeFileSync(path.join(folder, `output${k}.raw`), bytes));
}

main().catch(e => {
    console.error(`${process.argv[2]}: ${e.message}`);
    process.exit(1);
});
