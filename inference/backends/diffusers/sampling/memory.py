"""When the device has too little memory."""

from __future__ import annotations

import traceback

import torch


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch says that memory could not be had."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    # The allocator of the processor raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


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
