"""How much work one row of a UNet is, counted on a copy without weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from inference.backends.diffusers.model import Family

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Bucket

_META: Any = torch.device("meta")


class FlopCounter:
    """Counts the FLOPs of a row of each bucket of one model, once."""

    def __init__(self) -> None:
        self._hollow: dict[str, Any] = {}
        self._counted: dict[Bucket, float] = {}
        self._calls: dict[Hashable, float] = {}

    def call(self, module: Any, shapes: Mapping[str, tuple[int, ...]]) -> float:
        """The FLOPs of a call of a network with arguments of those shapes."""
        key = tuple(sorted(shapes.items()))
        if key not in self._calls:
            with _META, torch.no_grad(), FlopCounterMode(display=False) as counter:
                # Some buffers are made without regard to where the rest is.
                hollow = module.from_config(module.config).to(_META)
                hollow(**{name: torch.zeros(shape) for name, shape in shapes.items()})
            self._calls[key] = float(counter.get_total_flops())
        return self._calls[key]

    def row(self, model: Model, bucket: Bucket) -> float:
        """The FLOPs of one row, its ControlNets included."""
        if bucket not in self._counted:
            self._counted[bucket] = self._count(model, bucket)
        return self._counted[bucket]

    def _count(self, model: Model, bucket: Bucket) -> float:
        total = self._count_module("", model.unet, model, bucket, bucket.extra_channels)
        for kind in bucket.controls:
            total += self._count_module(kind, model.controls[kind], model, bucket, 0)
        return total

    def _count_module(
        self, name: str, module: Any, model: Model, bucket: Bucket, extra_channels: int
    ) -> float:
        if name not in self._hollow:
            with _META:
                self._hollow[name] = module.from_config(module.config).float()
        hollow = self._hollow[name]
        with _META, torch.no_grad(), FlopCounterMode(display=False) as counter:
            channels = bucket.channels + extra_channels
            inputs = _zeros(1, channels, bucket.height, bucket.width)
            hollow(inputs, _zeros(1), **_told(model, bucket, is_control=bool(name)))
        return float(counter.get_total_flops())


def _told(model: Model, bucket: Bucket, *, is_control: bool) -> dict[str, Any]:
    config = model.unet.config
    if model.family is Family.KANDINSKY:
        embeds = _zeros(1, config.encoder_hid_dim)
        return {"encoder_hidden_states": None, "added_cond_kwargs": {"image_embeds": embeds}}
    width = config.cross_attention_dim
    told: dict[str, Any] = {"encoder_hidden_states": _zeros(1, bucket.tokens, width)}
    if model.family is Family.SDXL:
        times = 6 * config.addition_time_embed_dim
        pooled = config.projection_class_embeddings_input_dim - times
        told["added_cond_kwargs"] = {
            "text_embeds": _zeros(1, pooled),
            "time_ids": _zeros(1, 6),
        }
    if is_control:
        scale = model.vae_scale
        told["controlnet_cond"] = _zeros(1, 3, bucket.height * scale, bucket.width * scale)
    return told


def _zeros(*shape: int) -> torch.Tensor:
    # torch's default type may be another one while a model is loaded.
    return torch.zeros(*shape, dtype=torch.float32)
