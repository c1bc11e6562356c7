"""When the device has too little memory."""

from __future__ import annotations

import traceback

import torch

_SIGNS = (
    "DefaultCPUAllocator",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDA error: out of memory",
)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch says that memory could not be had."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    # The processor's allocator and the libraries of a GPU raise plain errors.
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


def let_go(error: BaseException) -> None:
    """Drop the traceback of an error, and of those that led to it: its frames hold tensors.

    The frames are emptied as well, for others may have the traceback.
    """
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            traceback.clear_frames(one.__traceback__)
            one.__traceback__ = None
            waiting += [one.__cause__, one.__context__]


def free_cached(device: torch.device) -> None:
    """Give the memory that torch keeps for later back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
