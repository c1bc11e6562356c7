"""Faster calls of the UNet, for who asks for them in the catalogue."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import torch

from inference.backends.diffusers.model import CHANNELS_LAST, COMPILE, FUSED_QKV

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from inference.backends.diffusers.model import Model

logger = logging.getLogger(__name__)


def optimise(model: Model) -> None:
    """Lay out the UNet's weights as the catalogue wishes; its results change by rounding only.

    The networks of films and of pipelines that are called whole are left as they are.
    """
    if model.family.makes_films or model.family.is_called_whole:
        return
    if CHANNELS_LAST in model.optimise:
        model.unet.to(memory_format=torch.channels_last)
    if FUSED_QKV in model.optimise:
        try:
            model.unet.fuse_qkv_projections()
        except ValueError:
            # Nothing is changed yet. Kandinsky's attention, for one, has no such form.
            logger.warning("%s: projections cannot be fused; it is used as it is.", model.id)


class Compiler:
    """Compiles the UNet of one model beside its work; until that is done it is called as it is.

    One compilation serves all sizes and numbers of rows, but each signature, which says what the
    UNet is handed beside its inputs, needs its own.
    """

    def __init__(self) -> None:
        self._ready: dict[Hashable, Callable[..., Any]] = {}
        self._begun: set[Hashable] = set()

    def unet(self, model: Model, signature: Hashable) -> Callable[..., Any]:
        """The UNet, compiled if that is ready."""
        own: Callable[..., Any] = model.unet
        return self._ready.get(signature, own)

    def warm_up(
        self, model: Model, signature: Hashable, call: Callable[[Callable[..., Any]], object]
    ) -> None:
        """Begin to compile, once for each signature; `call` calls the UNet that it is handed."""
        if COMPILE not in model.optimise or signature in self._begun:
            return
        self._begun.add(signature)

        def run() -> None:
            try:
                # torch has versions of Python with which it compiles nothing, and says so here.
                compiled = torch.compile(model.unet, fullgraph=True, dynamic=True)
                with torch.no_grad():
                    call(compiled)
            except Exception as error:
                kind = type(error).__name__
                logger.warning("The UNet cannot be compiled (%s); it is called as it is.", kind)
            else:
                self._ready[signature] = compiled

        threading.Thread(target=run, name="compiling", daemon=True).start()
