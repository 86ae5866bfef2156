#!/usr/bin/env python3
"""Writes the weights of one network (conv1: 2 to 3 channels, 3x3, fc: 48 to 2) as PyTorch 2.13, safetensors and
numpy 2.4 do: make_weights_fixtures.py FOLDER. Element i of a tensor is i / 8 - 4, exact in every type."""
import sys
import zlib

import numpy as np
import torch
from safetensors.torch import save_file

folder = sys.argv[1]
shapes = {"conv1.weight": (3, 2, 3, 3), "conv1.bias": (3,), "fc.weight": (2, 48), "fc.bias": (2,)}
weights = {n: torch.arange(int(np.prod(s)), dtype=torch.float32).reshape(s) / 8 - 4 for n, s in shapes.items()}

# As a model leaves DataParallel and torch.compile, with a counter of a batch norm beside the weights.
wrapped = {"module._orig_mod." + name: values for name, values in weights.items()}
counter = {"module._orig_mod.bn1.num_batches_tracked": torch.tensor(1234)}
for name, kind in {"f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64}.items():
    save_file({n: v.to(kind) for n, v in wrapped.items()} | counter, f"{folder}/wrapped-{name}.safetensors")

arrays = {n: v.numpy() for n, v in weights.items()}
np.savez(f"{folder}/stored.npz", **arrays)
mixed = zip(arrays.items(), ["<f2", "<f8", ">f4", "<f4"])
np.savez_compressed(f"{folder}/mixed.npz", **{n: a.astype(kind) for (n, a), kind in mixed})

# Every half that is finite, in the order of its bits, as little-endian 32-bit floats.
halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
print("CRC-32 of the finite halves: %08x" % zlib.crc32(halves[np.isfinite(halves)].astype("<f4").tobytes()))
