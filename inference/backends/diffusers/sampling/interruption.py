"""Calls of networks that can be left in the middle."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable


@contextmanager
def interrupting(modules: Iterable[Any], check: Callable[[], None]) -> Generator[None]:
    """Ask before each block of the networks whether to go on; what `check` raises ends their call.

    The hooks are gone when the block is left, so that others can use the same networks.
    """
    blocks = {
        id(block): block
        for module in modules
        for part in module.modules()
        if isinstance(part, torch.nn.ModuleList)
        for block in part
    }

    def ask(_block: Any, _given: Any) -> None:
        check()

    hooks = [block.register_forward_pre_hook(ask) for block in blocks.values()]
    try:
        check()
        yield
    finally:
        for hook in hooks:
            hook.remove()
