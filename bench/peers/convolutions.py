"""The convolutions of the network in PyTorch without a compiler: which batch, layout and number of streams fills the GPU, and
whether many weight sets in one launch (groups) are faster than as many launches. Each figure takes well under a second."""

import torch
from torch.nn import functional as F

from measuring import about, arguments, matrix_peak, measure, report

# side, channels in, channels out, stride: one of each stage
SHAPES = ((32, 3, 64, 1), (32, 8, 64, 1), (32, 64, 64, 1), (16, 128, 128, 1), (8, 256, 256, 1), (4, 512, 512, 1))
CALLS = 10


def tensors(device, shape, batch, sets):
    """Input and filters of `sets` weight sets beside one another, channels last."""
    side, inputs, outputs, _ = shape
    x = torch.randn(batch, sets * inputs, side, side, device=device, dtype=torch.bfloat16)
    w = torch.randn(sets * outputs, inputs, 3, 3, device=device, dtype=torch.bfloat16)
    return x.contiguous(memory_format=torch.channels_last), w.contiguous(memory_format=torch.channels_last)


def timed(device, name, work, shape, images, repeats):
    side, inputs, outputs, stride = shape
    times = measure(device, work, repeats)
    flops = CALLS * images * 2 * (side // stride) ** 2 * outputs * inputs * 9
    report("convolutions", name, times, CALLS * images, precision="bf16", flop_per_s=flops / times[0])


def one(device, shape, batch, groups, repeats):
    x, w = tensors(device, shape, batch, groups)
    name = f"{shape[0]}x{shape[0]}, {shape[1]} to {shape[2]}, batch {batch}" + (f", {groups} groups" if groups > 1 else "")
    work = lambda: [F.conv2d(x, w, None, shape[3], 1, 1, groups) for _ in range(CALLS)]  # noqa: E731
    timed(device, name, work, shape, batch * groups, repeats)


def streams(device, shape, batch, count, repeats):
    """As many launches side by side, a stream each."""
    queues = [torch.cuda.Stream() for _ in range(count)]
    sets = [tensors(device, shape, batch, 1) for _ in range(count)]

    def work():
        for queue, (x, w) in zip(queues, sets):
            with torch.cuda.stream(queue):
                for _ in range(CALLS):
                    F.conv2d(x, w, None, shape[3], 1)

    name = f"{shape[0]}x{shape[0]}, {shape[1]} to {shape[2]}, batch {batch}, {count} streams"
    timed(device, name, work, shape, batch * count, repeats)


def main():
    options = arguments(__doc__)
    device = torch.device(options.device)
    torch.backends.cudnn.benchmark = True
    about("convolutions", device)
    repeats = 1 if options.tiny else options.repeats
    with torch.no_grad():
        matrix_peak("convolutions", device, 64 if options.tiny else 8192, repeats)
        for shape in SHAPES[:1] if options.tiny else SHAPES:
            for batch in (2,) if options.tiny else (64, 128, 256, 800, 1024):
                one(device, shape, batch, 1, repeats)
        for shape in SHAPES[2:3] if options.tiny else SHAPES[3:]:
            for groups in (2, 8):
                one(device, shape, 2 if options.tiny else 64, groups, repeats)
            if device.type == "cuda":
                for count in (2, 4):
                    streams(device, shape, 2 if options.tiny else 64, count, repeats)


if __name__ == "__main__":
    main()
