# SPDX-License-Identifier: GPL-3.0-or-later
"""Fashion-MNIST from Debian's package dataset-fashion-mnist (gzip'd IDX files)."""

import gzip
import pathlib

import numpy as np

DEFAULT_FOLDER = pathlib.Path("/usr/share/datasets/fashion-mnist")

LABELS = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
          "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def read_idx(path):
    """An IDX file of bytes: two zeros, type 8, the rank, big-endian sizes, data."""
    raw = gzip.open(path, "rb").read()
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of bytes")
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4).astype(int)
    return np.frombuffer(raw, np.uint8, int(shape.prod()), 4 + 4 * rank).reshape(shape)


def load(split, folder=DEFAULT_FOLDER):
    """split: "train" (60,000) or "t10k" (10,000). Images uint8 [n, 28, 28, 1], labels uint8 [n]."""
    folder = pathlib.Path(folder)
    images = read_idx(folder / f"{split}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{split}-labels-idx1-ubyte.gz")
    return images[..., None].copy(), labels.copy()
