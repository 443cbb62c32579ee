#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Top-1 of the sample models on all 10,000 test images in TFLite itself (tests/runtime, needs Node and `npm ci` there)."""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np

import dataset

HERE = pathlib.Path(__file__).resolve().parent
RUN_MODEL = HERE.parents[1] / "tests" / "runtime" / "run_model.js"


def outputs_of(model, inputs, folder):
    """Bytes that the runtime gives for graph output 0, [n, 10], in the type of `inputs`."""
    inputs.tofile(folder / "inputs.raw")
    subprocess.run(["node", RUN_MODEL, model.resolve(), folder / "inputs.raw", folder], check=True,
                   stderr=subprocess.DEVNULL)
    return np.fromfile(folder / "output0.raw", inputs.dtype).reshape(-1, 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=HERE, help="folder with the two models")
    parser.add_argument("--dataset", type=pathlib.Path, default=dataset.DEFAULT_FOLDER)
    args = parser.parse_args()
    images, labels = dataset.load("t10k", args.dataset)
    inputs = {"uint8": images, "int8": (images.astype(np.int16) - 128).astype(np.int8)}
    for kind, values in inputs.items():
        with tempfile.TemporaryDirectory() as folder:
            got = outputs_of(args.folder / f"fashion_mobilenet_{kind}.tflite", values, pathlib.Path(folder))
        right = got.argmax(1) == labels
        print(f"{kind}: {right.mean():.2%} of {len(labels)}, {right[:512].mean():.2%} of the first 512")


if __name__ == "__main__":
    main()
