"""Single checkpoints as other tools write them: the tensors of a folder by their original names.

The names are those of CompVis' and Stability's own code, as in diffusers'
scripts/convert_diffusers_to_original_*.py.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import torch
from diffusers import DiffusionPipeline
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Rules = list[tuple[str, str]]
"""Patterns of diffusers' names and what stands in their place."""

RESNET: Rules = [
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("time_emb_proj", "emb_layers.1"),
    ("conv_shortcut", "skip_connection"),
]
UNET_ENDS: Rules = [
    ("time_embedding.linear_1", "time_embed.0"),
    ("time_embedding.linear_2", "time_embed.2"),
    ("add_embedding.linear_1", "label_emb.0.0"),
    ("add_embedding.linear_2", "label_emb.0.2"),
    ("conv_in", "input_blocks.0.0"),
    ("conv_norm_out", "out.0"),
    ("conv_out", "out.2"),
]
VAE_ATTENTION: Rules = [
    ("group_norm", "norm"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("to_out.0", "proj_out"),
]
OPEN_CLIP: Rules = [
    ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
    ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
    ("text_model.encoder.layers", "transformer.resblocks"),
    ("text_model.final_layer_norm", "ln_final"),
    ("layer_norm1", "ln_1"),
    ("layer_norm2", "ln_2"),
    ("mlp.fc1", "mlp.c_fc"),
    ("mlp.fc2", "mlp.c_proj"),
    ("self_attn.out_proj", "attn.out_proj"),
]


def checkpoint(folder: Path, file: Path) -> Path:
    """Write the weights of a Stable Diffusion or SDXL folder as one checkpoint."""
    pipeline: Any = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    tensors = _under("model.diffusion_model.", _unet(pipeline.unet))
    tensors |= _under("first_stage_model.", _vae(pipeline.vae))
    if hasattr(pipeline, "text_encoder_2"):
        first = _clip(pipeline.text_encoder)
        tensors |= _under("conditioner.embedders.0.transformer.", first)
        second = _open_clip(pipeline.text_encoder_2)
        tensors |= _under("conditioner.embedders.1.model.", second)
    else:
        tensors |= _under("cond_stage_model.transformer.", _clip(pipeline.text_encoder))
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, file)
    return file


def config_of(folder: Path, target: Path) -> Path:
    """The folder without its weights, as `config` names it beside a checkpoint."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.safetensors"))
    return target


def _under(prefix: str, tensors: dict[str, Any]) -> dict[str, Any]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _renamed(name: str, rules: Iterable[tuple[str, str]]) -> str:
    for theirs, original in rules:
        if theirs in name:
            name = name.replace(theirs, original)
    return name


def _unet(unet: Any) -> dict[str, Any]:
    layers: int = unet.config.layers_per_block
    ends = dict(UNET_ENDS)
    renamed: dict[str, Any] = {}
    for name, tensor in unet.state_dict().items():
        head = next((end for end in ends if name.startswith(end + ".")), None)
        if head is not None:
            renamed[ends[head] + name.removeprefix(head)] = tensor
            continue
        place = _place(name, layers, unet)
        renamed[_renamed(place, RESNET) if "resnets" in name else place] = tensor
    return renamed


def _place(name: str, layers: int, unet: Any) -> str:
    """Where a block's part stands in the original's flat lists of blocks."""
    if found := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
        part, number, rest = found.groups()
        return f"middle_block.{2 * int(number) if part == 'resnets' else 1}.{rest}"
    found = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name)
    assert found, name
    side, block, part, number, rest = found.groups()
    step = int(block) * (layers + 1)
    if part == "downsamplers":
        return f"input_blocks.{step + layers + 1}.0.op.{rest.removeprefix('conv.')}"
    if part == "upsamplers":
        attends = "CrossAttn" in unet.config.up_block_types[int(block)]
        return f"output_blocks.{step + layers}.{2 if attends else 1}.{rest}"
    slot = 0 if part == "resnets" else 1
    if side == "down":
        return f"input_blocks.{step + int(number) + 1}.{slot}.{rest}"
    return f"output_blocks.{step + int(number)}.{slot}.{rest}"


def _vae(vae: Any) -> dict[str, Any]:
    last = len(vae.config.block_out_channels) - 1
    renamed: dict[str, Any] = {}
    for name, tensor in vae.state_dict().items():
        place = re.sub(r"down_blocks\.(\d+)\.resnets\.", r"down.\1.block.", name)
        place = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0\.", r"down.\1.downsample.", place)
        place = re.sub(
            r"up_blocks\.(\d+)\.resnets\.",
            lambda found: f"up.{last - int(found[1])}.block.",
            place,
        )
        place = re.sub(
            r"up_blocks\.(\d+)\.upsamplers\.0\.",
            lambda found: f"up.{last - int(found[1])}.upsample.",
            place,
        )
        place = re.sub(
            r"mid_block\.resnets\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", place
        )
        place = place.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
        if "mid_block.attentions.0." in place:
            place = place.replace("mid_block.attentions.0.", "mid.attn_1.")
            place = _renamed(place, VAE_ATTENTION)
            # Their projections are convolutions of one pixel.
            tensor = (
                tensor[..., None, None] if place.endswith("weight") and tensor.ndim > 1 else tensor
            )
        renamed[place] = tensor
    return renamed


def _clip(encoder: Any) -> dict[str, Any]:
    tensors: dict[str, Any] = encoder.state_dict()
    return {
        name if name.startswith("text_model.") else f"text_model.{name}": tensor
        for name, tensor in tensors.items()
    }


def _open_clip(encoder: Any) -> dict[str, Any]:
    tensors = _clip(encoder)
    renamed: dict[str, Any] = {}
    for name, tensor in tensors.items():
        if "text_projection" in name:
            renamed["text_projection"] = tensor.T
        elif found := re.match(r"(.*)\.self_attn\.q_proj\.(weight|bias)", name):
            parts = [tensors[name.replace("q_proj", f"{part}_proj")] for part in "qkv"]
            place = f"{_renamed(found[1], OPEN_CLIP)}.attn.in_proj_{found[2]}"
            renamed[place] = torch.cat(parts)
        elif not re.search(r"self_attn\.[kv]_proj", name):
            renamed[_renamed(name, OPEN_CLIP)] = tensor
    return renamed
