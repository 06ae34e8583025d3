"""The recogniser: a small convolutional network whose columns are steps of connectionist temporal classification."""

import torch
from torch import nn

SIGNS = 37
"""Blank, then 0-9 and A-Z."""


class PlateNetwork(nn.Module):
    """(n, 1, 40, 160) in 0..1 to (n, 40, 37) log probabilities; each picture is levelled to its own mean and spread."""

    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Sequential(
            *_layer(1, 24, (5, 5), 2),
            *_layer(24, 32, (3, 3), 1),
            *_layer(32, 64, (3, 3), 2),
            *_layer(64, 64, (3, 3), 1),
            *_layer(64, 96, (3, 3), (2, 1)),
            nn.Conv2d(96, 128, (5, 1), bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            *_layer(128, 128, (1, 5), 1),
            *_layer(128, 128, (1, 5), 1),
            nn.Dropout(0.1),
            nn.Conv2d(128, SIGNS, 1),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
        spread = (pictures - mean).square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return self.see((pictures - mean) / (spread + 0.02)).squeeze(2).transpose(1, 2).log_softmax(dim=2)


def _layer(into: int, out: int, kernel: tuple[int, int], stride: int | tuple[int, int]) -> tuple[nn.Module, ...]:
    padding = kernel[0] // 2, kernel[1] // 2
    return nn.Conv2d(into, out, kernel, stride, padding, bias=False), nn.BatchNorm2d(out), nn.ReLU()
