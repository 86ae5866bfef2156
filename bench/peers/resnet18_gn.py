"""The network that both peers run: ResNet18 for 32x32 images with a 3x3 stem, widths 64-128-256-512 and GroupNorm of
two groups, 11,173,962 parameters for ten classes. `written_out` replaces nn.GroupNorm by plain operations, which a
compiler can fuse with the addition and the relu after it."""

import torch
from torch import nn
from torch.nn import functional as F

GROUPS = 2
EPSILON = 1e-5


class WrittenOutGroupNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        n, c, h, w = x.shape
        groups = x.float().view(n, GROUPS, c // GROUPS, h, w)
        variance, mean = torch.var_mean(groups, dim=(2, 3, 4), keepdim=True, correction=0)
        normal = ((groups - mean) * torch.rsqrt(variance + EPSILON)).view(n, c, h, w)
        y = normal * self.weight.float().view(1, c, 1, 1) + self.bias.float().view(1, c, 1, 1)
        return y.to(x.dtype)


def norm(channels, written_out):
    return WrittenOutGroupNorm(channels) if written_out else nn.GroupNorm(GROUPS, channels, eps=EPSILON)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, written_out):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = norm(outputs, written_out)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = norm(outputs, written_out)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs, written_out)
            )

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    def __init__(self, classes=10, written_out=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.norm1 = norm(64, written_out)
        blocks, inputs = [], 64
        for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks.append(Block(inputs, outputs, stride, written_out))
            blocks.append(Block(outputs, outputs, 1, written_out))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(self.norm1(self.conv1(x)))
        x = self.blocks(x).mean(dim=(2, 3))
        return F.linear(x.float(), self.fc.weight.float(), self.fc.bias.float())  # the classifier stays in fp32
