"""A LoRA for FLUX as kohya's trainer writes it, under diffusers' names of the layers.

kohya names layers as FLUX's authors do (`lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight`).
Some of these are several layers of diffusers: they share `lora_down`, and the rows of `lora_up` are
theirs one after another. The pairs of names are those of diffusers' own conversion
(`loaders/lora_conversion_utils.py`, 0.42.1), which is private and knows the real sizes only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_DOUBLE = {
    "img_attn_qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "img_attn_proj": ("attn.to_out.0",),
    "img_mlp_0": ("ff.net.0.proj",),
    "img_mlp_2": ("ff.net.2",),
    "img_mod_lin": ("norm1.linear",),
    "txt_attn_qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "txt_attn_proj": ("attn.to_add_out",),
    "txt_mlp_0": ("ff_context.net.0.proj",),
    "txt_mlp_2": ("ff_context.net.2",),
    "txt_mod_lin": ("norm1_context.linear",),
}
_SINGLE = {
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
    "linear2": ("proj_out",),
    "modulation_lin": ("norm.linear",),
}
_BLOCKS = {
    "double": ("transformer_blocks", _DOUBLE),
    "single": ("single_transformer_blocks", _SINGLE),
}
_TIME_TEXT = "time_text_embed"
_FINAL_NORM = "final_layer_adaLN_modulation_1"
_OUTSIDE = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in_in_layer": f"{_TIME_TEXT}.timestep_embedder.linear_1",
    "time_in_out_layer": f"{_TIME_TEXT}.timestep_embedder.linear_2",
    "vector_in_in_layer": f"{_TIME_TEXT}.text_embedder.linear_1",
    "vector_in_out_layer": f"{_TIME_TEXT}.text_embedder.linear_2",
    "guidance_in_in_layer": f"{_TIME_TEXT}.guidance_embedder.linear_1",
    "guidance_in_out_layer": f"{_TIME_TEXT}.guidance_embedder.linear_2",
    "final_layer_linear": "proj_out",
    _FINAL_NORM: "norm_out.linear",
}
_TENSOR = re.compile(r"lora_unet_(.+?)\.(lora_down\.weight|lora_up\.weight|alpha)")
_BLOCK = re.compile(r"(double|single)_blocks_(\d+)_(.+)")
_UP = "lora_up.weight"


def rename_kohya(tensors: Mapping[str, Tensor], transformer: Any) -> dict[str, Tensor]:
    """The tensors under diffusers' names; those of other layers keep theirs.

    The parts of one matrix are views of it.
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        found = _TENSOR.fullmatch(name)
        paths = _paths(found[1]) if found else ()
        if found is None or not paths:
            renamed[name] = tensor
            continue
        layer, role = found.groups()
        parts = _parts(tensor, paths, transformer) if role == _UP else [tensor] * len(paths)
        if role == _UP and layer == _FINAL_NORM:
            parts = [_swapped(part) for part in parts]
        renamed |= {
            f"transformer.{path}.{role}": part for path, part in zip(paths, parts, strict=True)
        }
    return renamed


def _paths(layer: str) -> tuple[str, ...]:
    """The paths in the transformer of a layer by its authors' name; none where there is none."""
    found = _BLOCK.fullmatch(layer)
    if found is None:
        return (_OUTSIDE[layer],) if layer in _OUTSIDE else ()
    blocks, layers = _BLOCKS[found[1]]
    return tuple(f"{blocks}.{found[2]}.{path}" for path in layers.get(found[3], ()))


def _parts(up: Tensor, paths: tuple[str, ...], transformer: Any) -> list[Tensor]:
    """The rows of each layer; all of them where they are not as many as the layers have outputs."""
    modules = dict(transformer.named_modules())
    rows = [modules[path].out_features if path in modules else 0 for path in paths]
    if not up.dim() or sum(rows) != up.shape[0]:
        return [up] * len(paths)
    return list(torch.split(up, rows))


def _swapped(up: Tensor) -> Tensor:
    """FLUX's authors have the shift before the scale, and diffusers the scale before the shift."""
    if not up.dim() or up.shape[0] % 2:
        return up
    shift, scale = up.chunk(2)
    return torch.cat([scale, shift])
