"""PyTorch's side of one comparison of steps, started by bench/rivals: a forward pass, a training step or a zeroth-order
step of one of our models on our weights and images.

    torch_steps.py eager|compile|mezo|fedkseed OPERATION MODEL SIDE CHANNELS THREADS FOLDER [SOURCE]

`mezo` and `fedkseed` take the functions of the zeroth-order step out of the rival's own source file, as it is, and call
them on an object that has the attributes which they read."""

import ast
import sys
import types
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from networks import load, network
from turns import serve

EPSILON = 1e-3
LR = 1e-6


def functions_of(file, class_name, names):
    """Some functions of a class, compiled from its source alone, so that what the file imports is not needed."""
    tree = ast.parse(Path(file).read_text())
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    chosen = [node for node in body if isinstance(node, ast.FunctionDef) and node.name in names]
    space = {"torch": torch, "np": np}
    exec(compile(ast.Module(chosen, []), str(file), "exec"), space)
    return {name: space[name] for name in names}


def mezo(model, images, labels, source):
    names = ["zo_perturb_parameters", "zo_step", "zo_update"]
    own = functions_of(Path(source) / "large_models/trainer.py", "OurTrainer", names)

    def zo_forward(self, model, inputs):
        with torch.inference_mode():
            return F.cross_entropy(model(inputs[0]), inputs[1])

    trainer = type("Trainer", (), own | {"zo_forward": zo_forward})()
    trainer.args = types.SimpleNamespace(zo_eps=EPSILON, weight_decay=0, gradient_accumulation_steps=1)
    trainer._get_learning_rate = lambda: LR
    trainer.lr_scheduler = types.SimpleNamespace(step=lambda: None)
    model.eval()

    def step():
        trainer.zo_step(model, (images, labels))
        trainer.zo_update(model)

    return step


class Answering(torch.nn.Module):
    """A network called as FedKSeed calls language models: by words, answering logits and loss."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images, labels):
        logits = self.network(images)
        return types.SimpleNamespace(logits=logits, loss=F.cross_entropy(logits, labels))


def fedkseed(model, images, labels, source):
    names = ["__init__", "zo_step", "_zo_perturb_parameters", "zo_forward", "zo_update"]
    own = functions_of(Path(source) / "optimizers/mezo_optimizer.py", "MeZOFramework", names)
    arguments = types.SimpleNamespace(zo_eps=EPSILON, weight_decay=0.0, grad_clip=-100.0)
    sys.stdout = sys.stderr  # it prints its name
    framework = type("MeZOFramework", (), own)(Answering(model), arguments, LR, list(range(1, 4097)))
    pool = dict.fromkeys(range(1, 4097), 0.0)
    model.eval()

    @torch.inference_mode()
    def step():
        framework.zo_step({"images": images, "labels": labels}, local_seed_pool=pool)

    return step


def plain(operation, model, images, labels, compiled):
    run = torch.compile(model, mode="max-autotune" if compiled == "max" else "default") if compiled else model
    if operation == "forward":

        @torch.inference_mode()
        def step():
            F.cross_entropy(run(images), labels)

        return step
    optimizer = torch.optim.SGD(model.parameters(), LR)

    def train():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(run(images), labels).backward()
        optimizer.step()

    return train


def main():
    way, operation, kind, side, channels, threads, folder, *source = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    weights = np.load(Path(folder) / "weights.npz")
    batch = np.load(Path(folder) / "batch.npz")
    images = torch.from_numpy(batch["images"]).permute(0, 3, 1, 2)
    labels = torch.from_numpy(batch["labels"]).long()
    model = network(kind, int(side), int(channels))
    load(model, [(name, weights[name]) for name in weights.files])
    layouts = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        candidate = network(kind, int(side), int(channels)).to(memory_format=layout)
        candidate.load_state_dict(model.state_dict())
        pixels = images.contiguous(memory_format=layout)
        layouts[layout] = (candidate, pixels)
    with torch.inference_mode():
        loss = F.cross_entropy(model(images), labels).item()
    steps = {}
    for layout, (candidate, pixels) in layouts.items():
        if way == "mezo":
            steps[layout] = mezo(candidate, pixels, labels, source[0])
        elif way == "fedkseed":
            steps[layout] = fedkseed(candidate, pixels, labels, source[0])
        else:
            steps[layout] = plain(operation, candidate, pixels, labels, way == "compile")
    serve(loss, fastest(steps))


def fastest(steps):
    """The better of the two memory layouts, each tried a few times: PyTorch gets its best."""
    import time

    times = {}
    for layout, step in steps.items():
        step()
        step()
        tries = []
        for _ in range(5):
            start = time.perf_counter()
            step()
            tries.append(time.perf_counter() - start)
        times[layout] = min(tries)
    return steps[min(times, key=times.get)]


if __name__ == "__main__":
    main()
