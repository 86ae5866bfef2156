#!/usr/bin/env python3
"""Makes the data sets beside this script with Python's pickle, zipfile and tarfile, numpy and Pillow.

Run it once with numpy 1 and once with numpy 2: what differs between the two (the module that a
pickled array names) goes to folders of their own. Pixel (image, y, x, channel) is
(image * 31 + y * 7 + x * 3 + channel * 85) mod 256, so readers can be checked without further files.
Images are 8x8 wherever the format leaves that open.
"""
import gzip
import io
import pathlib
import pickle
import shutil
import struct
import sys
import tarfile
import zipfile

import numpy

HERE = pathlib.Path(__file__).parent
NUMPY = "numpy" + numpy.__version__.split(".")[0]


def images(first, count, side, channels=3):
    """[count, side, side, channels]"""
    i, y, x, c = numpy.ogrid[first : first + count, 0:side, 0:side, 0:channels]
    return ((i * 31 + y * 7 + x * 3 + c * 85) % 256).astype(numpy.uint8)


def rows(first, count, side):
    """[count, channels * side * side], plane by plane"""
    return numpy.ascontiguousarray(images(first, count, side).transpose(0, 3, 1, 2)).reshape(count, -1)


def labels(first, count, classes):
    return [i * 7 % classes for i in range(first, first + count)]


def write(path, content):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def dump(path, value, protocol):
    write(path, pickle.dumps(value, protocol))


def python2(value, array_key, array):
    """The opcodes that Python 2 wrote in CIFAR's files, where strings are bytes and memos begin at 1."""

    def short(text):
        return b"U" + bytes([len(text)]) + text

    out = b"\x80\x02}q\x01("
    for key, entry in value.items():
        out += short(key)
        if isinstance(entry, bytes):
            out += short(entry)
        else:
            out += b"]q\x02("
            for element in entry:
                out += short(element) if isinstance(element, bytes) else b"K" + bytes([element])
            out += b"e"
    content = array.tobytes()
    out += short(array_key) + b"cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04"
    out += b"K\x00\x85U\x01b\x87Rq\x05(K\x01" + b"M" + struct.pack("<H", array.shape[0])
    out += b"M" + struct.pack("<H", array.shape[1]) + b"\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87R"
    out += b"q\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    out += b"T" + struct.pack("<I", len(content)) + content + b"tbu."
    back = pickle.loads(out, encoding="bytes")
    assert numpy.array_equal(back[array_key], array)
    return out


def cifar10_binary():
    for batch in range(5):
        write(f"cifar10-binary/data_batch_{batch + 1}.bin", record(batch, 1, [10]))
    write("cifar10-binary/test_batch.bin", record(5, 2, [10]))
    write("cifar10-binary/batches.meta.txt", b"".join(b"kind%d\n" % i for i in range(10)) + b"\n")
    write("cifar100-binary/train.bin", record(0, 3, [20, 100]))
    write("cifar100-binary/test.bin", record(3, 1, [20, 100]))


def record(first, count, classes):
    out = b""
    for i in range(first, first + count):
        out += bytes(labels(i, 1, n)[0] for n in classes) + rows(i, 1, 32).tobytes()
    return out


def cifar10_python():
    for batch in range(5):
        value = {b"batch_label": b"training batch %d of 5" % (batch + 1), b"labels": labels(batch * 30, 30, 10)}
        value[b"filenames"] = [b"file%d.png" % i for i in range(30)]
        write(f"cifar10-python/data_batch_{batch + 1}", python2(value, b"data", rows(batch * 30, 30, 8)))
    write("cifar10-python/test_batch", python2({b"labels": labels(150, 5, 10)}, b"data", rows(150, 5, 8)))
    dump("cifar10-python/batches.meta", {"num_vis": 192, "label_names": [f"kind{i}" for i in range(10)]}, 2)
    write(
        "cifar100-python/train",
        python2({b"coarse_labels": labels(0, 7, 20), b"fine_labels": labels(0, 7, 100)}, b"data", rows(0, 7, 8)),
    )
    write("cifar100-python/test", python2({b"fine_labels": labels(7, 2, 100)}, b"data", rows(7, 2, 8)))
    dump("cifar100-python/meta", {b"fine_label_names": [b"fine%d" % i for i in range(100)]}, 4)


def imagenet32():
    """As the scripts of its authors write it; odd protocols have bytes as keys and labels as an array."""
    for protocol in range(2, 6):
        folder = f"imagenet32-{NUMPY}/protocol{protocol}/"
        for name, first, count in (("train_data_batch_1", 0, 30), ("train_data_batch_2", 30, 7), ("val_data", 37, 3)):
            data = rows(first, count, 8)
            ones = [label + 1 for label in labels(first, count, 1000)]
            value = {"data": data, "labels": ones, "mean": data.mean(axis=0)}
            if protocol % 2:
                value = {key.encode(): entry for key, entry in value.items()}
                value[b"labels"] = numpy.array(ones, "<i8" if protocol == 3 else ">i2")
            elif protocol == 4:
                value["labels"] = [numpy.int64(label) for label in ones]
            dump(folder + name, value, protocol)


def npz(path, compress, **arrays):
    buffer = io.BytesIO()
    (numpy.savez_compressed if compress else numpy.savez)(buffer, **arrays)
    write(path, buffer.getvalue())


def numpy_files():
    for batch, first, count in (("train_data_batch_1", 0, 30), ("train_data_batch_2", 30, 7), ("val_data", 37, 3)):
        ones = numpy.array(labels(first, count, 1000)) + 1
        npz(f"imagenet32-npz/{batch}.npz", batch.endswith("2"), data=rows(first, count, 8), labels=ones)
    sets = {
        "x_train": images(0, 12, 5, 1)[:, :, :3, 0],
        "y_train": numpy.arange(12, dtype=numpy.int64) % 3,
        "x_test": images(12, 4, 5, 1)[:, :, :3, 0],
        "y_test": numpy.arange(4, dtype=numpy.int64) % 3,
    }
    npz("numpy/stored.npz", False, **sets)
    npz("numpy/compressed.npz", True, **sets)
    medical = {
        "train_images": images(0, 6, 5),
        "train_labels": (numpy.arange(6, dtype=numpy.uint8) % 2)[:, None],
        "val_images": images(6, 1, 5),
        "val_labels": numpy.zeros((1, 1), numpy.uint8),
        "test_images": images(7, 2, 5),
        "test_labels": numpy.array([[1], [0]], ">i4"),
    }
    npz("numpy/medical.npz", False, **medical)
    for name, array in medical.items():
        if name.endswith("images"):
            array = numpy.ascontiguousarray(array.transpose(0, 3, 1, 2))
        save(f"numpy/planar/{name}.npy", array, (1, 0) if name.startswith("train") else (2, 0))
    npz("numpy/two/train.npz", False, images=medical["train_images"], labels=medical["train_labels"])
    npz("numpy/two/test.npz", True, images=medical["test_images"], labels=medical["test_labels"])


def save(path, array, version):
    buffer = io.BytesIO()
    numpy.lib.format.write_array(buffer, array, version)
    write(path, buffer.getvalue())


def idx():
    for name, first, count in (("train", 0, 6), ("t10k", 6, 2)):
        header = struct.pack(">4i", 0x803, count, 8, 8)
        pixels = images(first, count, 8, 1).tobytes()
        write(f"idx/{name}-images-idx3-ubyte.gz", gzip.compress(header + pixels, mtime=0))
        header = struct.pack(">2i", 0x801, count)
        write(f"idx/{name}-labels-idx1-ubyte.gz", gzip.compress(header + bytes(labels(first, count, 10)), mtime=0))


def archives():
    """The image folder that Pillow wrote, packed in every way; a folder around it, as people pack."""
    colour = HERE.parent / "pillow" / "colour"
    files = sorted(path for path in colour.rglob("*") if path.is_file())
    with zipfile.ZipFile(HERE / "archives/colour.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path in reversed(files):
            out.writestr(zipfile.ZipInfo(str(path.relative_to(colour)), (2025, 9, 3, 0, 0, 0)), path.read_bytes())
    for ending, mode in ((".tar", "w"), (".tar.gz", "w:gz"), (".tar.xz", "w:xz"), (".tbz", "w:bz2")):
        with tarfile.open(HERE / f"archives/colour{ending}", mode) as out:
            for path in files:
                member = tarfile.TarInfo("colour-set/" + str(path.relative_to(colour)))
                member.size = path.stat().st_size
                out.addfile(member, io.BytesIO(path.read_bytes()))


class Runs:
    def __reduce__(self):
        return (print, ("this must never be seen",))


def refused():
    """What must not load."""
    data = rows(0, 2, 8)
    both = {"data": data, "labels": [1, 2]}
    dump("refused/runs-code", {**both, "mean": Runs()}, 2)
    dump("refused/runs-code-4", {**both, "mean": Runs()}, 4)
    dump("refused/protocol0", {"labels": [1, 2]}, 0)
    dump(f"refused/fortran-{NUMPY}-2", {**both, "data": numpy.asfortranarray(data)}, 2)
    dump(f"refused/fortran-{NUMPY}-5", {**both, "data": numpy.asfortranarray(data)}, 5)
    dump(f"refused/objects-{NUMPY}", {**both, "data": numpy.array([data, None], object)}, 4)
    dump(f"refused/other-size-{NUMPY}", {**both, "data": rows(0, 2, 4)}, 4)
    dump("refused/set", {**both, "labels": {1, 2}}, 4)
    dump("refused/class", {**both, "mean": pathlib.PurePosixPath("x")}, 4)
    dump("refused/out-of-band", both, 5)
    buffers = []
    write("refused/out-of-band", pickle.dumps(both, 5, buffer_callback=buffers.append))
    save("refused/fortran.npy", numpy.asfortranarray(data), (1, 0))
    save("refused/objects.npy", numpy.array([data, None], object), (1, 0))
    save("refused/compound.npy", numpy.zeros(3, [("a", "u1"), ("b", "<i4")]), (1, 0))


def main():
    for path in HERE.iterdir():
        other = "numpy" in path.name.split("-")[-1] and not path.name.endswith(NUMPY)
        if path.is_dir() and path.name != "refused" and not other:
            shutil.rmtree(path)
    (HERE / "archives").mkdir()
    cifar10_binary()
    cifar10_python()
    imagenet32()
    numpy_files()
    idx()
    archives()
    refused()


if __name__ == "__main__":
    print("Python", sys.version.split()[0], "numpy", numpy.__version__)
    main()
