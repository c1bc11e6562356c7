"""From the names in a LoRA's file to layers of the model, in the forms that are in use.

kohya and AUTOMATIC1111: `lora_unet_down_blocks_0_…_to_q.lora_down.weight` with `.alpha`, and text
encoders `lora_te_text_model_…` (SDXL: `lora_te1_`, `lora_te2_`); SDXL's blocks are also called as
in Stability's own code (`input_blocks_4_1_…`). diffusers: `unet.….lora_A.weight` or
`unet.….lora.down.weight`, `text_encoder.text_model.….lora_linear_layer.down.weight`, and the older
`unet.….processor.to_q_lora.down.weight`. Of transformers only diffusers' own names are read, with
`transformer.` before them or without; those of kohya's LoRAs for FLUX are in `kohya_flux`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place = tuple[str, str]
"""A part of the pipeline and the path of a layer in it."""

DOWN, UP, ALPHA = "down", "up", "alpha"

_PREFIXES = {
    "unet": ("lora_unet_",),
    "text_encoder": ("lora_te_text_model_", "lora_te1_text_model_"),
    "text_encoder_2": ("lora_te2_text_model_",),
    "transformer": (),
}
_TEXT_MODEL = "text_model."
_TENSOR = re.compile(r"(.+?)(?:[._]lora)?[._](?:lora_)?(A|B|down|up)\.weight|(.+)\.alpha")
_LAYER_END = re.compile(r"(\.lora_linear_layer|\.lora|_lora)$")
_PROCESSOR = re.compile(r"\.processor\.(to_[qkv]|to_out)$")
_SGM = re.compile(r"lora_unet_(input_blocks|middle_block|output_blocks)_(\d+)_(.+)")
_SGM_RESNET = {
    "in_layers_2": "conv1",
    "out_layers_3": "conv2",
    "emb_layers_1": "time_emb_proj",
    "skip_connection": "conv_shortcut",
}
_SGM_OTHERS = {
    "lora_unet_input_blocks_0_0": "lora_unet_conv_in",
    "lora_unet_out_2": "lora_unet_conv_out",
    "lora_unet_time_embed_0": "lora_unet_time_embedding_linear_1",
    "lora_unet_time_embed_2": "lora_unet_time_embedding_linear_2",
    "lora_unet_label_emb_0_0": "lora_unet_add_embedding_linear_1",
    "lora_unet_label_emb_0_2": "lora_unet_add_embedding_linear_2",
}


class LayerNames:
    """The layers of a pipeline that a LoRA can add to, by all names that files have for them."""

    def __init__(self, pipeline: Any) -> None:
        unet = pipeline.components.get("unet")
        self._blocks = 0 if unet is None else int(unet.config.layers_per_block)
        self._places: dict[str, Place] = {}
        for part, prefixes in _PREFIXES.items():
            module = pipeline.components.get(part)
            for path in _layers(module) if module is not None else ():
                for name in _names(part, path, prefixes):
                    self._places[name] = (part, path)

    def read(self, name: str) -> tuple[Place, str] | None:
        """The layer that a tensor belongs to and its role there; None where there is none."""
        found = _TENSOR.fullmatch(name)
        if found is None:
            return None
        role = {None: ALPHA, "A": DOWN, "B": UP}.get(found[2], found[2])
        place = self._place(found[1] or found[3])
        return None if place is None else (place, role)

    def _place(self, layer: str) -> Place | None:
        layer = _LAYER_END.sub("", layer)
        layer = _PROCESSOR.sub(r".\1", layer)
        if layer.endswith(".to_out"):
            layer += ".0"
        found = self._places.get(layer)
        return found or (self._places.get(self._from_sgm(layer)) if self._blocks else None)

    def _from_sgm(self, name: str) -> str:
        """diffusers' name of a layer that is called as in Stability's own code."""
        if name in _SGM_OTHERS:
            return _SGM_OTHERS[name]
        found = _SGM.fullmatch(name)
        if found is None:
            return name
        side, number, rest = found[1], int(found[2]), found[3]
        if side == "middle_block":
            kind = "attentions_0" if number == 1 else f"resnets_{number // 2}"
            return f"lora_unet_mid_block_{kind}_{_SGM_RESNET.get(rest, rest)}"
        is_down = side == "input_blocks"
        block, layer = divmod(number - is_down, self._blocks + 1)
        start = f"lora_unet_{'down' if is_down else 'up'}_blocks_{block}"
        place, _, rest = rest.partition("_")
        if rest in ("op", "conv"):
            return f"{start}_{'downsamplers' if is_down else 'upsamplers'}_0_conv"
        kind = "resnets" if place == "0" else "attentions"
        return f"{start}_{kind}_{layer}_{_SGM_RESNET.get(rest, rest)}"


def _layers(module: Any) -> Iterator[str]:
    for path, layer in module.named_modules():
        if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)):
            yield path


def _names(part: str, path: str, prefixes: tuple[str, ...]) -> Iterator[str]:
    bare = path.removeprefix(_TEXT_MODEL)
    for prefix in prefixes:
        yield prefix + bare.replace(".", "_")
    yield f"{part}.{bare}"
    if part == "transformer":
        yield bare
    elif part != "unet":
        yield f"{part}.{_TEXT_MODEL}{bare}"


def shapes_of(layer: Any, rank: int) -> Mapping[str, tuple[int, ...]]:
    """The shapes that the two matrices of a LoRA of that rank have for a layer."""
    if isinstance(layer, torch.nn.Conv2d):
        inputs = layer.in_channels // layer.groups
        return {
            DOWN: (rank, inputs, *layer.kernel_size),
            UP: (layer.out_channels, rank, 1, 1),
        }
    return {DOWN: (rank, layer.in_features), UP: (layer.out_features, rank)}
