"""How fast a device is, measured in a moment, and what that means for a picture."""

from __future__ import annotations

import time

import torch

_USED = 0.6
"""The share of a plain matrix product's rate that a UNet reaches in one batch.

Published times of SDXL, FLUX and Wan mean 100 to 117 TFLOP/s of an RTX 4090's 165, 166 to 186 of an
A100's 280, and 320 to 490 of an H100's 700.
"""
_ROWS = 2
"""Calls of the UNet at each step, with guidance."""
_SIDES = {"cuda": 8192, "cpu": 1024}
_TRIES = 4


def measured_tflops(device: torch.device, dtype: torch.dtype) -> float:
    """The rate of matrix products on the device in TFLOP/s; takes less than a second."""
    side = _SIDES[device.type]
    matrix = torch.randn(side, side, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(_TRIES):
        _wait_for(device)
        began = time.perf_counter()
        torch.mm(matrix, matrix)
        _wait_for(device)
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best / 1e12


def seconds_a_picture(step_tflop: float, steps: int, tflops: float) -> float:
    """About how long a picture takes, without texts and decoding (steps · rows · TFLOP / rate)."""
    return steps * _ROWS * step_tflop / (tflops * _USED)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
