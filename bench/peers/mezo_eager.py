"""Peer (a): zeroth-order rounds and local training the way most people write them. Frozen: do not tune.

The perturbation is MeZO's (Malladi et al. 2023, arXiv 2305.17333, algorithm 1): seed the generator, draw a normal tensor
for each parameter tensor, add it in place; +1, then -2, then +1 steps of eps; the update draws all of them again. Eager
PyTorch with its default flags (so convolutions may use TF32), fp32 tensors, NCHW.
"""

import torch
from torch.nn import functional as F

from measuring import ROUNDS, TINY_ROUNDS, about, arguments, measure, report
from resnet18_gn import ResNet18

EPS = 1e-3
LR = 1e-6


def perturb(model, seed, scale):
    torch.manual_seed(seed)
    for parameter in model.parameters():
        z = torch.normal(
            mean=0.0, std=1.0, size=parameter.shape, device=parameter.device, dtype=parameter.dtype
        )
        parameter.data.add_(z, alpha=scale)


@torch.no_grad()
def zo_round(model, images, labels, clients, seeds, batch):
    terms = []
    for client in range(clients):
        for index in range(seeds):
            seed = client * seeds + index
            start = seed * batch % (len(images) - batch + 1)
            x, y = images[start : start + batch], labels[start : start + batch]
            perturb(model, seed, EPS)
            plus = F.cross_entropy(model(x), y)
            perturb(model, seed, -2 * EPS)
            minus = F.cross_entropy(model(x), y)
            perturb(model, seed, EPS)
            terms.append((seed, ((plus - minus) / (2 * EPS)).item()))
    for seed, g in terms:
        perturb(model, seed, -LR * g / len(terms))


def epoch(model, optimizer, images, labels, batch):
    for start in range(0, len(images) - batch + 1, batch):
        optimizer.zero_grad()
        F.cross_entropy(model(images[start : start + batch]), labels[start : start + batch]).backward()
        optimizer.step()


def main():
    options = arguments(__doc__)
    device = torch.device(options.device)
    torch.manual_seed(1)
    model = ResNet18().to(device)
    count = 8 if options.tiny else 2048
    images = torch.randn(count, 3, 32, 32, device=device)
    labels = torch.randint(10, (count,), device=device)
    about("mezo-eager", device)
    with torch.no_grad():
        for batch in (4,) if options.tiny else (64, 1024):
            times = measure(device, lambda: model(images[:batch]), options.repeats)
            report("mezo-eager", f"forward, batch {batch}", times, batch, precision="fp32")
    for clients, seeds, batch in TINY_ROUNDS if options.tiny else ROUNDS:
        work = lambda: zo_round(model, images, labels, clients, seeds, batch)  # noqa: E731
        times = measure(device, work, 1 if options.tiny else 3, 0 if options.tiny else 1)
        total = clients * seeds * batch
        report("mezo-eager", f"round {clients} x {seeds} x {batch}, own seeds", times, total, precision="fp32")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=1e-5)
    used, batch = (8, 4) if options.tiny else (1024, 64)
    times = measure(
        device, lambda: epoch(model, optimizer, images[:used], labels[:used], batch), options.repeats
    )
    report("mezo-eager", "local epoch, batch 64", times, used, precision="fp32")


if __name__ == "__main__":
    main()
