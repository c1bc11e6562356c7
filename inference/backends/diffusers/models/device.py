"""The device that draws: which it is, its numbers, and how much of its memory models may take."""

from __future__ import annotations

import os

import torch

_SHARE = 0.9
_WORKING_BYTES = 1_500_000_000
"""What drawing itself needs at least, beside the models."""
_CPU_SHARE = 0.5
"""Of the machine's memory, which others use as well."""


def choose_device() -> torch.device:
    """The first GPU, or the processor."""
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    """The numbers of a catalogue's `dtype`: `auto` means 16 bits on a GPU, 32 on the processor."""
    if name != "auto":
        return getattr(torch, name)
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def model_budget(device: torch.device) -> int:
    """How many bytes of the device's memory models may take."""
    if device.type == "cuda":
        total: int = torch.cuda.get_device_properties(device).total_memory
        return max(int(min(total * _SHARE, total - _WORKING_BYTES)), 0)
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _CPU_SHARE)


def allocated(device: torch.device) -> dict[str, int]:
    """Bytes that tensors take on a GPU, and that torch keeps of it; nothing of the processor."""
    if device.type != "cuda":
        return {}
    return {
        "allocated": torch.cuda.memory_allocated(device),
        "reserved": torch.cuda.memory_reserved(device),
    }
