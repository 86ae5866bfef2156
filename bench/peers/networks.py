"""Our models in PyTorch, with their parameters in the order of ours; images [N, C, H, W]."""

import torch
from torch import nn
from torch.nn import functional as F

from resnet18_gn import ResNet18


class Cnn(nn.Module):
    def __init__(self, side, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 8, 3, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(2, 8)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(2, 16)
        self.fc = nn.Linear(16 * (side // 4) ** 2, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.fc(x.flatten(1))


class CnnPfl(nn.Module):
    def __init__(self, side, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.hidden = nn.Linear(64 * ((side - 4) // 2) ** 2, 128)
        self.fc = nn.Linear(128, classes)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = F.max_pool2d(x, 2).flatten(1)
        return self.fc(F.relu(self.hidden(x)))


class Block(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        n, tokens, dim = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, dim)
        x = x + self.proj(y)
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x)), approximate="tanh"))


class VitTiny(nn.Module):
    def __init__(self, side, channels, classes, dim=192, depth=6, heads=3, hidden=768, patch=4):
        super().__init__()
        self.embed = nn.Conv2d(channels, dim, patch, patch)
        self.pos_embed = nn.Parameter(torch.zeros(1, (side // patch) ** 2, dim))
        self.blocks = nn.Sequential(*(Block(dim, heads, hidden) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2) + self.pos_embed
        return self.head(self.norm(self.blocks(x).mean(1)))


def network(kind, side, channels, classes=10):
    if kind == "resnet18":
        return ResNet18(classes)
    return {"cnn": Cnn, "cnn-pfl": CnnPfl, "vit-tiny": VitTiny}[kind](side, channels, classes)


def ordered(model):
    """Parameters in the order of our layout: PyTorch lists those of a module itself before those of its parts."""
    named = dict(model.named_parameters())
    if "pos_embed" in named:
        position = named.pop("pos_embed")
        names = list(named)
        at = names.index("embed.bias") + 1
        return [named[n] for n in names[:at]] + [position] + [named[n] for n in names[at:]]
    return list(named.values())


@torch.no_grad()
def load(model, arrays):
    """Copies arrays into the parameters, in order; their shapes are checked by the copy."""
    parameters = ordered(model)
    if len(parameters) != len(arrays):
        raise SystemExit(f"expected {len(parameters)} tensors, found {len(arrays)}")
    for parameter, (name, array) in zip(parameters, arrays):
        values = torch.from_numpy(array)
        if values.numel() != parameter.numel():
            raise SystemExit(f"{name}: expected {tuple(parameter.shape)}, found {tuple(values.shape)}")
        parameter.copy_(values.reshape(parameter.shape))
