// SPDX-License-Identifier: GPL-3.0-or-later
// ONNX Runtime under Node, and a model's inner values as outputs: protobuf merges messages that follow each other, so that a
// second graph behind the file, with nothing but outputs, adds them.
'use strict';
const fs = require('fs');
const path = require('path');

function isInstalled() {
    return fs.existsSync(path.join(__dirname, 'node_modules', 'onnxruntime-node', 'package.json'));
}

function varint(n) {
    const out = [];
    for (; n > 127; n = Math.floor(n / 128))
        out.push((n % 128) | 128);
    out.push(n);
    return Buffer.from(out);
}

function field(number, bytes) {
    return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

// ModelProto.graph = 7, GraphProto.output = 12, ValueInfoProto.name = 1
function exposed(model, names) {
    const outputs = names.map(n => field(12, field(1, Buffer.from(n, 'utf8'))));
    return Buffer.concat([model, field(7, Buffer.concat(outputs))]);
}

const arrays = { uint8: Uint8Array, int8: Int8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, int64: BigInt64Array, float32: Float32Array, bool: Uint8Array };

class Session {
    // level: 'disabled', 'basic', 'extended' or 'all'
    static async create(model, level = 'disabled') {
        const ort = require('onnxruntime-node');
        const session = await ort.InferenceSession.create(model, {
            graphOptimizationLevel: level, intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3,
            extra: { session: { qdqisint8allowed: '1' } },
        });
        return new Session(ort, session);
    }

    constructor(ort, session) {
        this.ort = ort;
        this.session = session;
    }

    // inputs: { name: { type, dims, bytes } }; gives { name: Buffer }
    async run(inputs) {
        const feeds = {};
        for (const [name, i] of Object.entries(inputs)) {
            const copy = new Uint8Array(i.bytes); // aligned
            feeds[name] = new this.ort.Tensor(i.type, new arrays[i.type](copy.buffer), i.dims);
        }
        const results = await this.session.run(feeds);
        const out = {};
        for (const [name, t] of Object.entries(results))
            out[name] = Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength);
        return out;
    }

    async release() {
        await this.session.release();
    }
}

module.exports = { Session, exposed, isInstalled };
