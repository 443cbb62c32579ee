// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs that accuracy.js measures on, as files that `requant` reads: evaluation and calibration, never the same pictures.
'use strict';
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

// ---- arrays ------------------------------------------------------------------------------------------------------------

// A .npy file of bytes or of whole numbers: { shape, data }.
function readNpy(file) {
    const raw = fs.readFileSync(file);
    if (raw.toString('latin1', 0, 6) !== '\x93NUMPY')
        throw new Error(`${file}: not an NPY file`);
    const wide = raw[6] > 1;
    const start = (wide ? 12 : 10) + (wide ? raw.readUInt32LE(8) : raw.readUInt16LE(8));
    const header = raw.toString('latin1', wide ? 12 : 10, start);
    const type = /'descr':\s*'([^']*)'/.exec(header)[1];
    const shape = /'shape':\s*\(([^)]*)\)/.exec(header)[1].split(',').filter(s => s.trim()).map(Number);
    const kinds = { '|u1': Uint8Array, '|i1': Int8Array, '<i2': Int16Array, '<u2': Uint16Array, '<i4': Int32Array, '<u4': Uint32Array, '<i8': BigInt64Array };
    if (!kinds[type] || /'fortran_order':\s*True/.test(header))
        throw new Error(`${file}: arrays of ${type} are not read here`);
    const bytes = raw.subarray(start);
    return { shape, data: new kinds[type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

// Bytes ('|u1'), or what else `type` says.
function writeNpy(file, shape, bytes, type = '|u1') {
    const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
    const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
    const head = Buffer.alloc(10);
    head.write('\x93NUMPY\x01\x00', 'latin1');
    head.writeUInt16LE(header.length, 8);
    fs.writeFileSync(file, Buffer.concat([head, Buffer.from(header, 'latin1'), bytes]));
}

// A gzip'd IDX file of bytes (as MNIST's): two zeros, type 8, the rank, big-endian sizes, data.
function readIdx(file) {
    const raw = zlib.gunzipSync(fs.readFileSync(file));
    if (raw.readUInt16BE(0) !== 0 || raw[2] !== 8)
        throw new Error(`${file}: not an IDX file of bytes`);
    const shape = Array.from({ length: raw[3] }, (_, i) => raw.readUInt32BE(4 + 4 * i));
    return { shape, data: raw.subarray(4 + 4 * raw[3]) };
}

// ---- random numbers, the same everywhere ---------------------------------------------------------------------------------

// Xorshift of 32 bits (Marsaglia); gives numbers in [0, 1).
function random(seed) {
    let x = (seed * 2654435761) >>> 0 || 1;
    return () => {
        x ^= x << 13; x >>>= 0;
        x ^= x >>> 17;
        x ^= x << 5; x >>>= 0;
        return x / 4294967296;
    };
}

function shuffled(n, seed) {
    const next = random(seed), order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; --i) {
        const k = Math.floor(next() * (i + 1));
        [order[i], order[k]] = [order[k], order[i]];
    }
    return order;
}

// ---- pictures ------------------------------------------------------------------------------------------------------------

// Triangle filter, widened when shrinking (antialiased); half-pixel centres. One axis.
function weights(from, to) {
    const scale = from / to, reach = Math.max(1, scale);
    return Array.from({ length: to }, (_, i) => {
        const centre = (i + 0.5) * scale - 0.5, list = [];
        let sum = 0;
        for (let k = Math.ceil(centre - reach); k <= Math.floor(centre + reach); ++k) {
            const w = 1 - Math.abs(k - centre) / reach;
            if (w <= 0)
                continue;
            list.push([Math.min(from - 1, Math.max(0, k)), w]);
            sum += w;
        }
        return list.map(([k, w]) => [k, w / sum]);
    });
}

// [height][width][channels] bytes to a square of another side.
function resized(pixels, height, width, channels, side) {
    const across = weights(width, side), down = weights(height, side);
    const middle = new Float32Array(height * side * channels);
    for (let y = 0; y < height; ++y)
        for (let x = 0; x < side; ++x)
            for (const [k, w] of across[x])
                for (let c = 0; c < channels; ++c)
                    middle[(y * side + x) * channels + c] += w * pixels[(y * width + k) * channels + c];
    const out = Buffer.alloc(side * side * channels), row = new Float64Array(side * channels);
    for (let y = 0; y < side; ++y) {
        row.fill(0);
        for (const [k, w] of down[y])
            for (let i = 0; i < row.length; ++i)
                row[i] += w * middle[k * row.length + i];
        for (let i = 0; i < row.length; ++i)
            out[y * row.length + i] = Math.min(255, Math.max(0, Math.round(row[i])));
    }
    return out;
}

// Luminance as in ITU-R BT.601.
function grey(pixels) {
    const out = Buffer.alloc(pixels.length / 3);
    for (let i = 0; i < out.length; ++i)
        out[i] = Math.round(0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2]);
    return out;
}

// ---- sets ----------------------------------------------------------------------------------------------------------------

// Pictures `indices` of an array [n][h][w][c], each through `change`.
function pick(array, indices, change = p => p) {
    const size = array.shape.slice(1).reduce((a, b) => a * b, 1);
    return indices.map(i => change(Buffer.from(array.data.buffer, array.data.byteOffset + i * size, size)));
}

function writeSet(folder, name, shape, pictures, labels) {
    const samples = path.join(folder, `${name}.npy`);
    writeNpy(samples, [pictures.length, ...shape], Buffer.concat(pictures));
    let labelFile = null;
    if (labels) {
        labelFile = path.join(folder, `${name}_labels.npy`);
        writeNpy(labelFile, [labels.length], Buffer.from(Uint16Array.from(labels, Number).buffer), '<u2');
    }
    return { samples, labels: labelFile, count: pictures.length };
}

const range = n => Array.from({ length: n }, (_, i) => i);

// ImageNet pictures of the acceptance folder at the network's side; labels only where its classes are meant.
function imagenet(c, side, most, calibrations, labelled) {
    const data = path.join(c.acceptance, 'data');
    const set = (name, count) => {
        const images = readNpy(path.join(data, `imagenet_${name}_images.npy`)), labels = readNpy(path.join(data, `imagenet_${name}_labels.npy`));
        const n = Math.min(count, images.shape[0]);
        const order = n < images.shape[0] ? shuffled(images.shape[0], 7).slice(0, n) : range(n);
        const [h, w] = images.shape.slice(1);
        const change = h === side && w === side ? p => p : p => resized(p, h, w, 3, side);
        return writeSet(c.folder, name, [side, side, 3], pick(images, order, change), labelled ? order.map(i => labels.data[i]) : null);
    };
    return { evaluation: set('evaluation', most), calibration: set('calibration', calibrations),
        text: `ImageNet pictures${side === 224 ? '' : ` resized to ${side}x${side}`}, calibration on pictures of other classes` };
}

// A labelled array of which a fifth, chosen at random, is for calibration.
function split(c, images, labels, what, shape = null, change = undefined) {
    const order = shuffled(images.shape[0], 11), held = Math.floor(images.shape[0] / 5);
    const set = (name, list) => writeSet(c.folder, name, shape || images.shape.slice(1), pick(images, list, change), list.map(i => labels.data[i]));
    const rest = order.slice(held).sort((a, b) => a - b).slice(0, c.most);
    return { evaluation: set('evaluation', rest), calibration: set('calibration', order.slice(0, held)), text: `${what}, calibration on others` };
}

// Inputs without data: noise of octaves along `rows` (time) and `columns` (frequency), brought to a random mean and contrast. For
// a streaming network the rows of one sample follow those of the sample before.
function noise(c, rows, columns, count, streaming) {
    const set = (name, n, seed) => {
        const next = random(seed), all = streaming ? n * rows : rows, out = [];
        for (let s = 0; s < (streaming ? 1 : n); ++s) {
            const field = new Float64Array(all * columns);
            for (let cell = Math.max(rows, columns) * 2; cell >= 1; cell /= 2) {
                const w = Math.floor(columns / cell) + 2, lattice = Float64Array.from({ length: (Math.floor(all / cell) + 2) * w }, () => next() * 2 - 1);
                for (let y = 0; y < all; ++y) {
                    const fy = y / cell, y0 = Math.floor(fy), ty = fy - y0;
                    for (let x = 0; x < columns; ++x) {
                        const fx = x / cell, x0 = Math.floor(fx), tx = fx - x0, a = y0 * w + x0;
                        field[y * columns + x] += Math.sqrt(cell) * ((lattice[a] * (1 - tx) + lattice[a + 1] * tx) * (1 - ty)
                            + (lattice[a + w] * (1 - tx) + lattice[a + w + 1] * tx) * ty);
                    }
                }
            }
            const mean = field.reduce((a, b) => a + b) / field.length;
            const deviation = Math.sqrt(field.reduce((a, b) => a + (b - mean) ** 2, 0) / field.length) || 1;
            const level = streaming ? 0 : (next() * 2 - 1) * 60, contrast = streaming ? 50 : 20 + 40 * next();
            out.push(Buffer.from(Int8Array.from(field, v => Math.min(127, Math.max(-128, Math.round(level + contrast * (v - mean) / deviation)))).buffer));
        }
        const samples = path.join(c.folder, `${name}.raw`);
        fs.writeFileSync(samples, Buffer.concat(out));
        return { samples, labels: null, count: n };
    };
    return { evaluation: set('evaluation', Math.min(count, c.most), 3), calibration: set('calibration', 64, 2),
        text: `no data: synthetic ${streaming ? 'stream' : 'inputs'} (octave noise, other seeds for calibration)` };
}

// The shipped sample: all 10,000 test images where Debian's dataset-fashion-mnist is, otherwise the 512 in the repository.
function fashion(c) {
    const file = name => path.join(c.fashion, name);
    if (c.fashion && fs.existsSync(file('t10k-images-idx3-ubyte.gz'))) {
        const test = readIdx(file('t10k-images-idx3-ubyte.gz')), labels = readIdx(file('t10k-labels-idx1-ubyte.gz'));
        const train = readIdx(file('train-images-idx3-ubyte.gz'));
        const list = range(Math.min(c.most, test.shape[0]));
        return { evaluation: writeSet(c.folder, 'evaluation', [28, 28, 1], pick(test, list), list.map(i => labels.data[i])),
            calibration: writeSet(c.folder, 'calibration', [28, 28, 1], pick(train, shuffled(train.shape[0], 5).slice(0, 64))),
            text: 'Fashion-MNIST test images, calibration on training images' };
    }
    const images = readNpy(path.join(c.sample, 'fashion_test_images.npy')), labels = readNpy(path.join(c.sample, 'fashion_test_labels.npy'));
    return split(c, images, labels, 'the 512 Fashion-MNIST test images of the repository (the package dataset-fashion-mnist is not there)');
}

function cifar(c) {
    const data = path.join(c.acceptance, 'data');
    return split(c, readNpy(path.join(data, 'cifar10_images.npy')), readNpy(path.join(data, 'cifar10_labels.npy')), 'CIFAR-10 test images');
}

function wakeWords(c, isGrey) {
    const data = path.join(c.acceptance, 'data'), images = readNpy(path.join(data, 'vww_images.npy')), labels = readNpy(path.join(data, 'vww_labels.npy'));
    const shape = images.shape.slice(1, 3);
    return isGrey ? split(c, images, labels, 'Visual Wake Words pictures in grey', [...shape, 1], grey) : split(c, images, labels, 'Visual Wake Words pictures');
}

module.exports = { cifar, fashion, imagenet, noise, readNpy, wakeWords, writeNpy };
