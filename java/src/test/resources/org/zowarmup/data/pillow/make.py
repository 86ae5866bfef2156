#!/usr/bin/env python3
"""Makes the image folders beside this script with Pillow, and what Pillow reads back from them.

colour/ and gray/ hold 13x7 images in several encodings; colour-train.bin and so on hold the
pixels of all images of train/ or test/, [N,H,W,C] uint8, classes and files in the order of their
names.
"""
import pathlib
import shutil

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 13, 7
random = numpy.random.default_rng(20250903)


def picture():
    """A coloured gradient with some noise."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 19, y * 36, 255 - x * 9 - y * 18]
    noise = random.integers(0, 20, (HEIGHT, WIDTH, 3))
    return Image.fromarray(numpy.clip(numpy.stack(planes, 2) + noise, 0, 255).astype("uint8"))


def opaque(image, mode):
    image = image.convert(mode)
    image.putalpha(255)
    return image


def save(folder, name, image, **options):
    (HERE / folder).mkdir(parents=True, exist_ok=True)
    image.save(HERE / folder / name, **options)


def record(name, mode):
    for part in ("train", "test"):
        pixels = b""
        for folder in sorted((HERE / name / part).iterdir()):
            for file in sorted(folder.iterdir()):
                pixels += Image.open(file).convert(mode).tobytes()
        (HERE / f"{name}-{part}.bin").write_bytes(pixels)


def main():
    for name in ("colour", "gray"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    save("colour/train/bird", "1-full-chroma.jpg", picture(), quality=90, subsampling=0)
    save("colour/train/bird", "2-half-chroma.JPEG", picture(), quality=75, subsampling=2)
    save("colour/train/bird", "3-progressive.jpeg", picture(), quality=80, progressive=True)
    save("colour/train/cat", "1-rgb.png", picture())
    save("colour/train/cat", "2-palette.png", picture().quantize(16))
    save("colour/test/bird", "1-gray.jpg", picture().convert("L"), quality=85)
    save("colour/test/bird", "2-gray-alpha.png", opaque(picture(), "L"))
    save("colour/test/cat", "1-rgb-alpha.png", opaque(picture(), "RGB"))
    save("colour/test/cat", "2-one-bit.png", picture().convert("1"))
    record("colour", "RGB")

    save("gray/train/bird", "1.jpg", picture().convert("L"), quality=85)
    save("gray/train/bird", "2.png", picture().convert("L"))
    save("gray/train/cat", "1.png", picture().convert("1"))
    save("gray/test/bird", "1.png", opaque(picture(), "L"))
    save("gray/test/cat", "1.png", picture().convert("L").quantize(7))
    record("gray", "L")


if __name__ == "__main__":
    main()
