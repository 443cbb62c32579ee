// SPDX-License-Identifier: GPL-3.0-or-later
// TFLite in WebAssembly with the XNNPACK delegate, under plain Node: the package's own loader is for browsers, so the
// emscripten module is created here from its bytes and the model runner is used directly.
'use strict';
const fs = require('fs');
const path = require('path');

function wasmFolder() {
    return path.join(__dirname, 'node_modules', '@tensorflow', 'tfjs-tflite', 'wasm');
}

function isInstalled() {
    return fs.existsSync(path.join(wasmFolder(), 'tflite_web_api_cc_simd.js'));
}

function listOf(vector) {
    const out = [];
    for (let i = 0; i < vector.size(); ++i)
        out.push(vector.get(i));
    return out;
}

// A view of a tensor's bytes in the module's memory; taken anew for every use, because the memory may grow.
function bytesOf(tensor) {
    const data = tensor.data();
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

let compiled = null;

class Runtime {
    static async create() {
        const folder = wasmFolder();
        const factory = require(path.join(folder, 'tflite_web_api_cc_simd.js'));
        const messages = [];
        const wasmBinary = fs.readFileSync(path.join(folder, 'tflite_web_api_cc_simd.wasm'));
        compiled = compiled || await WebAssembly.compile(wasmBinary);
        const module = await factory({
            wasmBinary,
            // One compilation serves all instances.
            instantiateWasm: (imports, done) => {
                WebAssembly.instantiate(compiled, imports).then(instance => done(instance));
                return {};
            },
            print: line => messages.push(line),
            printErr: line => messages.push(line),
        });
        return new Runtime(module, messages);
    }

    constructor(module, messages) {
        this.module = module;
        this.messages = messages;
    }

    // Throws with the runtime's own words if the model does not load.
    load(file) {
        return this.loadBytes(fs.readFileSync(file));
    }

    loadBytes(model) {
        const address = this.module._malloc(model.length);
        this.module.HEAPU8.set(model, address);
        this.messages.length = 0;
        let made;
        try {
            made = this.module.TFLiteWebModelRunner.CreateFromBufferAndOptions(
                address, model.length, { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 0 });
        } catch (e) {
            throw new Error(this.reason(`the runtime threw ${e}`));
        }
        if (!made.ok())
            throw new Error(this.reason(made.errorMessage()));
        return new LoadedModel(this, made.value(), address);
    }

    reason(what) {
        return [what, ...this.messages.filter(m => /ERROR|error|fail/i.test(m))].join('; ');
    }
}

class LoadedModel {
    constructor(runtime, runner, address) {
        this.runtime = runtime;
        this.runner = runner;
        this.address = address;
        this.inputs = listOf(runner.GetInputs());
        this.outputs = listOf(runner.GetOutputs());
        this.inputBytes = this.inputs.reduce((sum, t) => sum + bytesOf(t).length, 0);
    }

    // `input`: the bytes of all inputs one after another. Returns one Buffer per output.
    run(input) {
        if (input.length !== this.inputBytes)
            throw new Error(`the model takes ${this.inputBytes} bytes, not ${input.length}`);
        let at = 0;
        for (const tensor of this.inputs) {
            const view = bytesOf(tensor);
            view.set(input.subarray(at, at + view.length));
            at += view.length;
        }
        if (!this.runner.Infer())
            throw new Error(this.runtime.reason('the runtime could not run the model'));
        return this.outputs.map(t => Buffer.from(bytesOf(t)));
    }

    // Gives the memory of runner and model back; nothing else may be called afterwards.
    release() {
        this.runner.delete();
        this.runtime.module._free(this.address);
    }

    // All runs of a file of inputs: per output the bytes of all runs one after another.
    runAll(inputs) {
        const runs = Math.floor(inputs.length / this.inputBytes);
        if (runs === 0 || runs * this.inputBytes !== inputs.length)
            throw new Error(`${inputs.length} bytes are no whole number of inputs of ${this.inputBytes} bytes`);
        const all = this.outputs.map(() => []);
        for (let n = 0; n < runs; ++n) {
            const one = this.run(inputs.subarray(n * this.inputBytes, (n + 1) * this.inputBytes));
            one.forEach((bytes, k) => all[k].push(bytes));
        }
        return all.map(parts => Buffer.concat(parts));
    }
}

module.exports = { Runtime, isInstalled };
