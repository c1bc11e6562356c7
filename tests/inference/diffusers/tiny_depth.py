"""Tiny models of the real classes that estimate depth, with random weights; see `tiny`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
    DPTImageProcessorPil,
)

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 32
NECK: dict[str, Any] = {
    "neck_hidden_sizes": [8, 16, 24, 32],
    "fusion_hidden_size": 16,
}


def depth_anything(folder: Path, seed: int = 0, kind: str = "relative") -> Path:
    """Depth Anything: a DPT's head on Dinov2."""
    torch.manual_seed(seed)
    backbone = Dinov2Config(
        hidden_size=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=56,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        patch_size=14,
        reassemble_hidden_size=WIDTH,
        head_hidden_size=8,
        depth_estimation_type=kind,
        max_depth=20 if kind == "metric" else 1,
        **NECK,
    )
    return _saved(folder, DepthAnythingForDepthEstimation(config), side=56, multiple=14)


def metric_depth_anything(folder: Path) -> Path:
    """The same telling metres."""
    return depth_anything(folder, kind="metric")


def dpt(folder: Path, seed: int = 0) -> Path:
    """A DPT on a vision transformer of its own, as MiDaS."""
    torch.manual_seed(seed)
    config = DPTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        **NECK,
    )
    return _saved(folder, DPTForDepthEstimation(config), side=64, multiple=1)


def _saved(folder: Path, model: Any, *, side: int, multiple: int) -> Path:
    for name, weights in model.named_parameters():
        # Otherwise the last activation leaves nothing but zeros.
        torch.nn.init.normal_(weights, std=0.15)
        if name.startswith("head.") and name.endswith("bias"):
            torch.nn.init.ones_(weights)
    model.eval().save_pretrained(folder)
    DPTImageProcessorPil(
        size={"height": side, "width": side},
        keep_aspect_ratio=multiple > 1,
        ensure_multiple_of=multiple,
    ).save_pretrained(folder)
    return folder
