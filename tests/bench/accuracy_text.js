// SPDX-License-Identifier: GPL-3.0-or-later
// What accuracy.js measured as Markdown and JSON.
'use strict';

const fixed = (v, digits) => (v === null || v === undefined ? '' : v.toFixed(digits));
const signed = (v, digits) => (v >= 0 ? '+' : '') + v.toFixed(digits);
const percent = (v, digits = 1) => (v === null || v === undefined ? '' : (100 * v).toFixed(digits) + ' %');
const sqnr = r => (r.exact ? 'exact' : fixed(r.sqnr_db, 1));
const kNormal95 = 1.96;

// The 95 % confidence interval of the change of top-1 in points (normal, from the paired standard error).
function interval(row) {
    return row.top1_change === undefined ? null : [row.top1_change - kNormal95 * row.standard_error, row.top1_change + kNormal95 * row.standard_error];
}

function brief(row) {
    if (row.error)
        return `FAILED: ${row.error}`;
    const parts = [];
    if (row.top1_change !== undefined)
        parts.push(`top-1 ${signed(row.top1_change, 2)}`);
    if (row.mask)
        parts.push(`mask IoU ${percent(row.mask.mean_iou)}`);
    if (row.boxes)
        parts.push(`box IoU ${percent(row.boxes.mean_iou)}`);
    parts.push(row.exact ? 'exact' : `${fixed(row.sqnr_db, 1)} dB`, row.runtime.result);
    return parts.join(', ');
}

function table(header, rows) {
    const cell = c => String(c).replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ');
    const line = cells => '| ' + cells.map(cell).join(' | ') + ' |';
    return [line(header.map(h => h.replace(/^-/, ''))), line(header.map(h => (h.startsWith('-') ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

// The columns of one model's table: header and cell.
function columns(model, rows) {
    const has = part => rows.some(r => r[part]);
    const out = [['scheme', r => r.scheme], ['preset', r => r.preset]];
    if (model.labelled)
        out.push(['-top-1 change ± standard error', r => `${signed(r.top1_change, 2)} ± ${fixed(r.standard_error, 2)}`],
            ['-95 %', r => interval(r).map(v => signed(v, 2)).join(' ... ')], ['-gained/lost', r => `+${r.gained}/-${r.lost}`]);
    if (rows.some(r => typeof r.agreement === 'number'))
        out.push(['-agreement', r => percent(r.agreement)]);
    if (has('boxes'))
        out.push(['-boxes: mean IoU', r => percent(r.boxes.mean_iou)], ['-matched', r => `${r.boxes.matched} of ${r.boxes.source}`],
            ['-extra', r => `${r.boxes.extra} of ${r.boxes.model}`]);
    if (has('mask'))
        out.push(['-mask: mean IoU', r => percent(r.mask.mean_iou)], ['-equal pixels', r => percent(r.mask.equal_places, 2)]);
    out.push(['-SQNR dB', sqnr], ['-CPU s', r => fixed(r.cpu_seconds, 2)],
        ['-peak MB', r => (r.peak_memory_bytes ? (r.peak_memory_bytes / 1e6).toFixed(0) : '')],
        ['runtime', r => (r.violations ? `${r.violations} rule violations; ` : '') + (r.runtime.result === 'differs' ? `**differs**: ${r.runtime.note}` : r.runtime.result)]);
    if (new Set(rows.map(r => r.images)).size > 1)
        out.push(['-images', r => r.images]);
    return out;
}

function modelPart(model, rows) {
    const lines = [`## ${model.title}`, ''];
    const good = rows.filter(r => !r.error);
    const source = good.find(r => r.source_top1 !== undefined && r.images === model.images);
    lines.push(`\`${model.id}\`: ${model.images} inputs: ${model.data} (${model.calibration}).`
        + (source ? ` Source: top-1 ${fixed(source.source_top1, 2)} %.` : ''));
    const repaired = Math.max(0, ...good.map(r => r.repaired || 0));
    if (repaired)
        lines.push(`The source's file is malformed: ${repaired} biases are repaired on the way, each with a diagnostic.`);
    [...new Set(good.filter(r => r.runtime.result === 'explained').map(r => `Explained, ${r.scheme}: ${r.runtime.note}.`))].forEach(n => lines.push(n));
    const notes = [...new Set(good.filter(r => r.runtime.result === 'not run').map(r => r.runtime.note))];
    notes.forEach(n => lines.push(`Not run in the runtime: ${n}.`));
    if (model.runtime === 'tensors' && good.some(r => r.runtime.result === 'equal'))
        lines.push(`In the runtime: ${good.find(r => r.runtime.result === 'equal').runtime.note}.`);
    lines.push('');
    const shape = columns(model, good);
    lines.push(table(shape.map(c => c[0]), rows.map(r => (r.error ? shape.map((c, i) => (i < 2 ? c[1](r) : i === shape.length - 1 ? `failed: ${r.error}` : '')) : shape.map(c => c[1](r))))), '');
    return lines;
}

function summary(all) {
    const cell = (model, scheme) => {
        const parts = all.presets.map(p => all.rows.find(r => r.model === model.id && r.scheme === scheme && r.preset === p));
        return parts.every(r => !r) ? '' : parts.map(r => (!r ? '·' : r.error ? 'failed' : sqnr(r) || '–')).join(' / ');
    };
    return table(['SQNR dB', ...all.schemes], all.models.map(m => [m.id, ...all.schemes.map(s => cell(m, s))]));
}

function markdown(all) {
    const count = result => all.rows.filter(r => r.runtime && r.runtime.result === result).length;
    const failed = all.rows.filter(r => r.error).length;
    const lines = [
        '# Accuracy of re-quantized networks', '',
        `Made by \`${all.command}\` on ${all.date}, ${all.cpu}. Do not edit: the command writes it anew. The same figures, unrounded, are in accuracy.json.`, '',
        'Each row is one call of `requant convert` and one of `requant evaluate --against` the source. Presets: `naive` all corrections off; `fast` from the file alone;',
        '`balanced` on synthetic inputs that the program makes, no data; `best` on calibration samples, which are never those that are measured on. Profiles beside the four',
        `schemes are measured in \`fast\`${all.extra_images ? ` on at most ${all.extra_images} inputs` : ''}.`, '',
        '- **top-1 change**: in points, with the paired standard error 100*sqrt(gained + lost)/n; 95 %: 1.96 standard errors on either side. Differences below it say nothing.',
        '- **agreement**: share of inputs with the same largest output as the source. **SQNR**: of the logits against the source\'s, over all inputs, in dB; of a detector its class',
        '  scores before the logistic, of a mask the scores before ARG_MAX, otherwise the output.',
        '- **boxes**: each of the source\'s detections with a score of 0.5 or more, the surest first, takes the box of the same class with a score of 0.25 or more that overlaps most,',
        '  if the IoU is 0.5 or more; mean IoU over all of the source\'s, 0 for those without. Extra: boxes of 0.5 or more that none took.',
        '- **mask**: IoU of each class over all pixels of all pictures, mean over the classes that source or result has.',
        '- **CPU s, peak MB**: of the whole process that converts (reading, all threads, writing, reading again and checking).',
        '- **runtime**: whether the exported file gives the bytes of our simulation in TFLite itself (WebAssembly with XNNPACK), on the first inputs;',
        '  "explained": they differ only where this older runtime is known to compute an operator otherwise; every other operator, fed with its tensors, is equal. Accuracy is that of the',
        '  simulation in the profile\'s own arithmetic (TFLite\'s reference kernels where it names none).', '',
        `${all.rows.length} rows: ${count('equal')} byte-equal in the runtime, ${count('explained')} explained, ${count('differs')} different, ${count('not run')} not run, ${failed} failed.`,
    ];
    if (all.absent.length)
        lines.push(`Not there: ${all.absent.join(', ')}.`);
    if (all.rows.some(r => all.schemes.includes(r.scheme)))
        lines.push('', `## Summary: SQNR of ${all.presets.join(' / ')}`, '', summary(all), '');
    for (const model of all.models) {
        const rows = all.rows.filter(r => r.model === model.id);
        if (rows.length)
            lines.push('', ...modelPart(model, rows));
    }
    return lines.join('\n').replace(/\n{3,}/g, '\n\n').trimEnd() + '\n';
}

// One row on one line, so that changes can be read.
function json(all) {
    const { rows, ...head } = all;
    const withIntervals = rows.map(r => (interval(r) ? { ...r, interval95: interval(r) } : r));
    return JSON.stringify(head, null, 1).replace(/\n}$/, ',\n "rows": [\n  ') + withIntervals.map(r => JSON.stringify(r)).join(',\n  ') + '\n ]\n}\n';
}

module.exports = { brief, json, markdown };
