#!/usr/bin/env python3
"""Makes data sets with the libraries that make the real ones: Hugging Face's datasets and h5py.

Pixel (image, y, x, channel) is (image * 31 + y * 7 + x * 3 + channel * 85) mod 256, labels are image * 7 mod classes.
"""
import io
import pathlib
import shutil

import datasets
import h5py
import numpy
import pyarrow.parquet
from PIL import Image

HERE = pathlib.Path(__file__).parent
NAMES = ["airplane", "bird", "cat", "d\u00f6ner"]


def images(first, count, side, channels=3):
    """[count, side, side, channels]"""
    i, y, x, c = numpy.ogrid[first : first + count, 0:side, 0:side, 0:channels]
    return ((i * 31 + y * 7 + x * 3 + c * 85) % 256).astype(numpy.uint8)


def labels(first, count, classes):
    return [i * 7 % classes for i in range(first, first + count)]


def parquet():
    """Two shards for training, one for the test, as push_to_hub names them; labels with names."""
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES)})
    (HERE / "hub/data").mkdir(parents=True)
    for name, first, count in (("train-00000-of-00002", 0, 5), ("train-00001-of-00002", 5, 4), ("test-00000-of-00001", 9, 3)):
        rows = {"image": [Image.fromarray(p) for p in images(first, count, 8)], "label": labels(first, count, 4)}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(HERE / f"hub/data/{name}.parquet", batch_size=2)


def compressed():
    """The first shards again, compressed in other ways: one that is read and one that is not."""
    for name, codec in (("hub-gzip", "gzip"), ("odd-lz4", "lz4")):
        (HERE / name).mkdir()
        for part, of in (("train", 2), ("test", 1)):
            table = pyarrow.parquet.read_table(HERE / f"hub/data/{part}-00000-of-0000{of}.parquet")
            pyarrow.parquet.write_table(table, HERE / f"{name}/{part}-0.parquet", compression=codec)


def odd():
    """A test set without a row, labels as text, users of whom there are none."""
    for name in ("odd-empty", "odd-text", "odd-no-user"):
        (HERE / name).mkdir()
    image = [Image.fromarray(p) for p in images(0, 2, 8)]
    text = datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")})
    for part in ("train", "test"):
        datasets.Dataset.from_dict({"image": image, "label": ["a", "b"]}, features=text).to_parquet(HERE / f"odd-text/{part}-0.parquet")
        shutil.copy(HERE / "hub/data/test-00000-of-00001.parquet", HERE / f"odd-empty/{part}-0.parquet")
        with h5py.File(HERE / f"odd-no-user/fed_emnist_{part}.h5", "w") as out:
            out.create_group("examples")
    table = pyarrow.parquet.read_table(HERE / "odd-empty/test-0.parquet")
    pyarrow.parquet.write_table(table.slice(0, 0), HERE / "odd-empty/test-0.parquet")


USERS = {"f0001_41": (0, 3), "f0002_07": (3, 1), "u\u00e4": (4, 2)}
TEST_USERS = {"f0001_41": (6, 1), "f0002_07": (7, 2)}


def federated():
    """TensorFlow Federated's files: fed_emnist's pixels from 0 to 1, fed_cifar100's bytes."""
    for folder in ("tff-emnist", "tff-cifar100"):
        (HERE / folder).mkdir()
    for part, users in (("train", USERS), ("test", TEST_USERS)):
        with h5py.File(HERE / f"tff-emnist/fed_emnist_{part}.h5", "w") as out:
            for user, (first, count) in users.items():
                group = out.create_group("examples/" + user)
                group["pixels"] = (images(first, count, 28, 1)[:, :, :, 0] / 255.0).astype(numpy.float32)
                group["label"] = numpy.array(labels(first, count, 62), numpy.int32)
        with h5py.File(HERE / f"tff-cifar100/fed_cifar100_{part}.h5", "w") as out:
            for user, (first, count) in users.items():
                group = out.create_group("examples/" + user)
                group.create_dataset("image", data=images(first, count, 8), compression="gzip")
                group["label"] = numpy.array(labels(first, count, 100), numpy.int64)
                group["coarse_label"] = numpy.zeros(count, numpy.int64)


def main():
    for path in HERE.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    parquet()
    compressed()
    odd()
    federated()


if __name__ == "__main__":
    main()
