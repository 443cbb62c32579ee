#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write all 10,000 Fashion-MNIST test images and labels as .npy files (for `requant evaluate`)."""

import argparse
import pathlib

import numpy as np

import dataset


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="where to write; created if missing")
    parser.add_argument("--dataset", type=pathlib.Path, default=dataset.DEFAULT_FOLDER)
    args = parser.parse_args()
    images, labels = dataset.load("t10k", args.dataset)
    args.folder.mkdir(parents=True, exist_ok=True)
    np.save(args.folder / "fashion_test_images_full.npy", images)
    np.save(args.folder / "fashion_test_labels_full.npy", labels)
    print(f"{len(images)} images and labels in {args.folder}")


if __name__ == "__main__":
    main()
