#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sample models: train, train again with fake quantization, write both .tflite files and the test samples.

The seed is fixed and PyTorch is asked for deterministic algorithms: the same machine, packages and number of threads
give the same bytes. Another processor may sum in another order, and so give another network of the same quality.
"""

import argparse
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional

import dataset
import integer_check
import quantize
import tflite_writer
from network import FashionMobilenet

SEED = 20170825
BATCH = 128
SAMPLES = 512


def augmented(images, generator):
    """Random mirror image and a shift of up to 2 pixels. uint8 [n, 28, 28] -> float [n, 1, 28, 28] in 0..1."""
    n = len(images)
    padded = functional.pad(images, (2, 2, 2, 2))
    shift = torch.randint(0, 5, (2, n, 1), generator=generator)
    rows = shift[0] + torch.arange(28)
    columns = shift[1] + torch.arange(28)
    mirror = torch.rand(n, 1, generator=generator) < 0.5
    columns = torch.where(mirror, columns.flip(1), columns)
    picked = padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return picked[:, None].float() / 255


def as_input(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


def accuracy(net, mode, images, labels):
    net.eval()
    with torch.no_grad():
        hits = sum(int((net(as_input(images[i:i + 500]), mode).argmax(1).numpy() == labels[i:i + 500]).sum())
                   for i in range(0, len(images), 500))
    return hits / len(images)


def fit(net, mode, epochs, peak_rate, images, labels, generator, decay):
    """One learning-rate cycle of `epochs` epochs with SGD."""
    steps = -(-len(images) // BATCH)
    weights = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD([{"params": weights, "weight_decay": decay}, {"params": others}],
                                lr=peak_rate, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=epochs * steps,
                                                   pct_start=0.2 if mode == "train" else 0.05)
    for epoch in range(epochs):
        start, total = time.monotonic(), 0.0
        net.train()
        if mode == "quantized" and epochs > 1 and epoch == epochs - 1:
            for activation_range in net.ranges():
                activation_range.frozen = True
        order = torch.randperm(len(images), generator=generator)
        for batch in order.split(BATCH):
            x = augmented(images[batch], generator).to(memory_format=torch.channels_last)
            loss = functional.cross_entropy(net(x, mode), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"{mode} epoch {epoch + 1}/{epochs}: loss {total / len(images):.4f}, "
              f"{time.monotonic() - start:.0f} s", flush=True)


def train_both(args, net, generator):
    """Gives the uint8 graph (quantization-aware training) and the int8 graph (quantized after float training)."""
    images, labels = dataset.load("train", args.dataset)
    pixels, classes = torch.from_numpy(images[..., 0]), torch.from_numpy(labels).long()
    test = dataset.load("t10k", args.dataset)

    fit(net, "train", args.float_epochs, 0.1, pixels, classes, generator, decay=1e-4)
    print(f"float network: {accuracy(net, 'folded', *test):.2%} of the test images")
    int8 = quantize.int8_graph(net, quantize.observe(net, as_input(images[:args.calibration])))

    fit(net, "quantized", args.quantized_epochs, 0.01, pixels, classes, generator, decay=1e-5)
    print(f"with fake quantization: {accuracy(net, 'quantized', *test):.2%} of the test images")
    return quantize.uint8_graph(net), int8


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=here, help="folder to write to")
    parser.add_argument("--dataset", type=pathlib.Path, default=dataset.DEFAULT_FOLDER)
    parser.add_argument("--float-epochs", type=int, default=12)
    parser.add_argument("--quantized-epochs", type=int, default=3)
    parser.add_argument("--calibration", type=int, default=1000, help="training images that set the int8 ranges")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    start = time.monotonic()
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    net = FashionMobilenet().to(memory_format=torch.channels_last)
    uint8, int8 = train_both(args, net, torch.Generator().manual_seed(SEED))

    args.output.mkdir(parents=True, exist_ok=True)
    images, labels = dataset.load("t10k", args.dataset)
    for graph, kind in ((uint8, "uint8"), (int8, "int8")):
        content = tflite_writer.encode(graph)
        (args.output / f"fashion_mobilenet_{kind}.tflite").write_bytes(content)
        print(f"fashion_mobilenet_{kind}.tflite: {len(content)} bytes, "
              f"{integer_check.accuracy(graph, images, labels):.2%} of the test images on integers", flush=True)
    np.save(args.output / "fashion_test_images.npy", images[:SAMPLES])
    np.save(args.output / "fashion_test_labels.npy", labels[:SAMPLES])
    (args.output / "labels.txt").write_text("\n".join(dataset.LABELS) + "\n")
    print(f"{time.monotonic() - start:.0f} s in all")


if __name__ == "__main__":
    main()
