"""What both peers measure with: the same work, the same clock, one line of JSON for each figure."""

import argparse
import json
import statistics
import time

import torch

# (clients, seeds, images) of a zeroth-order round
ROUNDS = ((50, 3, 64), (50, 12, 16))
TINY_ROUNDS = ((2, 2, 4),)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a few images: whether it runs, no figures")
    parser.add_argument("--repeats", type=int, default=7)
    return parser.parse_args()


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure(device, work, repeats, warmups=2):
    """Median, least and greatest seconds of `work()`."""
    times = []
    for i in range(warmups + repeats):
        synchronize(device)
        start = time.perf_counter()
        work()
        synchronize(device)
        if i >= warmups:
            times.append(time.perf_counter() - start)
    return statistics.median(times), min(times), max(times)


def report(peer, name, times, images, **more):
    median, least, greatest = times
    line = {"peer": peer, "name": name, "median_s": median, "least_s": least, "greatest_s": greatest}
    line["images_per_s"] = images / median
    line.update(more)
    print(json.dumps(line), flush=True)


def about(peer, device):
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    print(json.dumps({"peer": peer, "name": "about", "torch": torch.__version__, "device": name}), flush=True)


def matrix_peak(peer, device, size, repeats):
    """What a large product of bf16 matrices reaches on random numbers: the peak that shares are of."""
    a = torch.randn(size, size, device=device, dtype=torch.bfloat16)
    b = torch.randn(size, size, device=device, dtype=torch.bfloat16)

    def work():
        for _ in range(10):
            torch.mm(a, b)

    times = measure(device, work, repeats)
    report(peer, "matrix peak", times, 0, precision="bf16", flop_per_s=10 * 2 * size**3 / times[0])
