"""Peer (b): the same work as well as PyTorch can do it. Frozen once it runs: change it only to make it faster.

bf16 weights and activations, channels last; GroupNorm written out, so that Inductor fuses it; max-autotune; directions of
signs from a counter-based hash of (seed, element) in one compiled pass over a flat fp32 buffer, which writes w + eps z and
w - eps z in bf16; one CUDA graph for "perturb, forward, forward" on one stream, replayed with the seed in device memory.
With shared seeds the two weight copies are made once a seed and the clients' images run as large batches.
"""

import torch
from torch.nn import functional as F

from measuring import ROUNDS, TINY_ROUNDS, about, arguments, matrix_peak, measure, report
from resnet18_gn import ResNet18

EPS = 1e-3
LR = 1e-6
LARGE = 1024  # of the plain forward pass
LARGE_OF_ROUND = 800  # divides the images of a seed in both rounds


def signs(seed, index):
    """+1 or -1 for each element: a 32-bit mixing hash, as a compiler can fuse it."""
    h = (index ^ seed) * 0x2545F491
    h = h ^ ((h >> 15) & 0x1FFFF)
    h = h * 0x27D4EB2F
    h = h ^ ((h >> 13) & 0x7FFFF)
    return torch.where((h & 1) == 1, 1.0, -1.0)


def perturb_pair(w, seed, index):
    step = EPS * signs(seed, index)
    return (w + step).to(torch.bfloat16), (w - step).to(torch.bfloat16)


def accumulate(w, seeds, coefficients, index):
    """A few terms in one pass over w."""
    for k in range(seeds.shape[0]):
        w = w - coefficients[k] * signs(seeds[k], index)
    return w


class Flat:
    """Parameters as views into flat buffers: fp32 master, bf16 copies of both sides."""

    def __init__(self, model, device):
        shapes = {name: p.shape for name, p in model.named_parameters()}
        self.w = torch.cat([p.detach().flatten() for p in model.parameters()]).to(device)
        self.index = torch.arange(len(self.w), dtype=torch.int32, device=device)
        self.plus = torch.zeros_like(self.w, dtype=torch.bfloat16)
        self.minus = torch.zeros_like(self.plus)
        self.shapes = shapes

    def views(self, buffer):
        out, at = {}, 0
        for name, shape in self.shapes.items():
            part = buffer[at : at + shape.numel()]
            if len(shape) == 4:  # stored OHWI, seen as OIHW: channels last without a copy
                o, i, h, w = shape
                out[name] = part.view(o, h, w, i).permute(0, 3, 1, 2)
            else:
                out[name] = part.view(shape)
            at += shape.numel()
        return out


class Probe:
    """perturb, forward, forward over `batch` images as one captured graph."""

    def __init__(self, flat, model, batch, device, compiled):
        self.flat, self.device, self.batch = flat, device, batch
        self.seed = torch.zeros((), dtype=torch.int32, device=device)
        self.x = torch.zeros(batch, 3, 32, 32, dtype=torch.bfloat16, device=device).contiguous(
            memory_format=torch.channels_last
        )
        self.y = torch.zeros(batch, dtype=torch.int64, device=device)
        self.losses = torch.zeros(2, batch, device=device)
        self.perturbation = compiled(perturb_pair)

        def losses(parameters, x, y):
            logits = torch.func.functional_call(model, parameters, (x,))
            return F.cross_entropy(logits, y, reduction="none")

        self.forward = compiled(losses)
        self.sides = (flat.views(flat.plus), flat.views(flat.minus))
        self.graphs = {}

    def perturb(self):
        plus, minus = self.perturbation(self.flat.w, self.seed, self.flat.index)
        self.flat.plus.copy_(plus)
        self.flat.minus.copy_(minus)

    def forwards(self):
        for side in (0, 1):
            self.losses[side].copy_(self.forward(self.sides[side], self.x, self.y))

    def run(self, perturbs=True):
        def work():
            if perturbs:
                self.perturb()
            self.forwards()

        if self.device.type != "cuda":
            return work()
        if perturbs not in self.graphs:
            stream = torch.cuda.Stream()
            with torch.cuda.stream(stream):
                for _ in range(3):
                    work()
            torch.cuda.synchronize()
            self.graphs[perturbs] = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graphs[perturbs]):
                work()
        self.graphs[perturbs].replay()


class Rounds:
    def __init__(self, flat, images, labels, device, compiled):
        self.flat, self.images, self.labels, self.device = flat, images, labels, device
        self.accumulate = compiled(accumulate)

    def update(self, g):
        """All terms, ten a pass: what Inductor still compiles in reasonable time."""
        total = len(g)
        for start in range(0, total, 10):
            seeds = torch.arange(start, min(start + 10, total), dtype=torch.int32, device=self.device)
            if len(seeds) < 10:  # one shape, one compilation
                seeds = F.pad(seeds, (0, 10 - len(seeds)))
            part = F.pad(g[start : start + 10], (0, 10 - len(g[start : start + 10])))
            self.flat.w.copy_(self.accumulate(self.flat.w, seeds, part * (LR / total), self.flat.index))

    def load(self, probe, start):
        start = start % (len(self.images) - probe.batch + 1)
        probe.x.copy_(self.images[start : start + probe.batch])
        probe.y.copy_(self.labels[start : start + probe.batch])

    def own(self, probe, clients, seeds):
        g = torch.zeros(clients * seeds, device=self.device)
        for k in range(clients * seeds):
            probe.seed.fill_(k)
            self.load(probe, k * probe.batch)
            probe.run()
            means = probe.losses.mean(dim=1)
            g[k] = (means[0] - means[1]) / (2 * EPS)
        self.update(g)

    def shared(self, probe, clients, seeds, batch):
        """Each seed: w+ and w- once, then all clients' images in large batches."""
        g = torch.zeros(seeds, device=self.device)
        images = clients * batch
        for k in range(seeds):
            probe.seed.fill_(k)
            for chunk in range(0, images, probe.batch):
                self.load(probe, k * images + chunk)
                probe.run(perturbs=chunk == 0)
                means = probe.losses.mean(dim=1)
                g[k] += (means[0] - means[1]) / (2 * EPS)
        self.update(g)


def epoch(step, images, labels, batch):
    for start in range(0, len(images) - batch + 1, batch):
        step(images[start : start + batch], labels[start : start + batch])


def training(device, compiled_model):
    model = ResNet18(written_out=True).to(device).to(memory_format=torch.channels_last)
    fast = compiled_model(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=1e-5, fused=device.type == "cuda")

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = F.cross_entropy(fast(x), y)
        loss.backward()
        optimizer.step()

    return step


def main():
    options = arguments(__doc__)
    device = torch.device(options.device)
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    tiny = options.tiny
    # the graph is captured by hand, so that perturbation and both forwards are one
    compiled = (lambda f: f) if tiny else (lambda f: torch.compile(f, mode="max-autotune-no-cudagraphs"))
    compiled_model = (lambda m: m) if tiny else (lambda m: torch.compile(m, mode="max-autotune"))
    model = ResNet18(written_out=True).to(device)
    flat = Flat(model, device)
    count = 16 if tiny else 4096
    images = torch.randn(count, 3, 32, 32, device=device).to(torch.bfloat16)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (count,), device=device)
    about("tuned", device)
    rounds = Rounds(flat, images, labels, device, compiled)
    matrix_peak("tuned", device, 64 if tiny else 8192, options.repeats)
    with torch.no_grad():
        for batch in (4,) if tiny else (64, LARGE):
            probe = Probe(flat, model, batch, device, compiled)
            rounds.load(probe, 0)
            times = measure(device, lambda: probe.run(False), options.repeats)
            report("tuned", f"forward, batch {batch}", times, 2 * batch, precision="bf16")
        for clients, seeds, batch in TINY_ROUNDS if tiny else ROUNDS:
            name, total = f"round {clients} x {seeds} x {batch}", clients * seeds * batch
            probe = Probe(flat, model, batch, device, compiled)
            times = measure(device, lambda: rounds.own(probe, clients, seeds), 3, 1)
            report("tuned", name + ", own seeds", times, total, precision="bf16")
            large = Probe(flat, model, min(LARGE_OF_ROUND, clients * batch), device, compiled)
            times = measure(device, lambda: rounds.shared(large, clients, seeds, batch), 3, 1)
            report("tuned", name + ", shared seeds", times, total, precision="bf16")
    step = training(device, compiled_model)
    used, batch = (8, 4) if tiny else (1024, 64)
    floats = images[:used].float().contiguous(memory_format=torch.channels_last)
    times = measure(device, lambda: epoch(step, floats, labels[:used], batch), options.repeats)
    report("tuned", "local epoch, batch 64", times, used, precision="bf16 autocast")


if __name__ == "__main__":
    main()
