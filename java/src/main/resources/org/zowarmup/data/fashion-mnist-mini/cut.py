#!/usr/bin/env python3
"""Cuts fashion-mnist-mini out of Fashion-MNIST.

Keeps the first 1,000 training and the first 200 test images of each class, in file order, and
writes them as idx files compressed with gzip -9 and a zero time stamp, so that the same input
always gives the same bytes. Prints the SHA-256 of each decoded file.

The full files come from Debian's package dataset-fashion-mnist, or from
https://github.com/zalandoresearch/fashion-mnist.

    ./cut.py [FOLDER-WITH-THE-FULL-FILES [OUTPUT-FOLDER]]
"""
import gzip
import hashlib
import pathlib
import sys

import numpy

IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801
CLASSES = 10


def read(path, magic, dimensions):
    data = gzip.decompress(path.read_bytes())
    header = numpy.frombuffer(data, ">u4", 1 + dimensions)
    if header[0] != magic:
        sys.exit(f"{path}: expected magic {magic:#010x}, found {header[0]:#010x}")
    body = numpy.frombuffer(data, numpy.uint8, offset=4 * (1 + dimensions))
    return body.reshape([int(extent) for extent in header[1:]])


def write(path, magic, array):
    header = numpy.array([magic, *array.shape], ">u4").tobytes()
    content = header + array.tobytes()
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(content)
    print(f"{path.name}: {list(array.shape)}, sha256 {hashlib.sha256(content).hexdigest()}")


def cut(source, target, prefix, per_class):
    images_name = f"{prefix}-images-idx3-ubyte.gz"
    labels_name = f"{prefix}-labels-idx1-ubyte.gz"
    images = read(source / images_name, IMAGES_MAGIC, 3)
    labels = read(source / labels_name, LABELS_MAGIC, 1)
    keep = numpy.sort(
        numpy.concatenate([numpy.flatnonzero(labels == c)[:per_class] for c in range(CLASSES)])
    )
    write(target / images_name, IMAGES_MAGIC, images[keep])
    write(target / labels_name, LABELS_MAGIC, labels[keep])


def main():
    default = "/usr/share/datasets/fashion-mnist"
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default)
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent
    cut(source, target, "train", 1000)
    cut(source, target, "t10k", 200)


if __name__ == "__main__":
    main()
