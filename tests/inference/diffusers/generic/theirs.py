"""Pictures by diffusers' own calls, to hold ours against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from diffusers import DiffusionPipeline

if TYPE_CHECKING:
    from pathlib import Path

    from generation.request import ImageRequest
    from inference.backends.diffusers.sampling.picture import Pixels


def draw(folder: Path, asked: ImageRequest, kind: Any = None, **named: Any) -> Pixels:
    """The picture of the pipeline in a folder, or of another class from its parts."""
    pipeline: Any = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    if kind is not None:
        pipeline = kind(**pipeline.components)
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(
        width=asked.width,
        height=asked.height,
        num_inference_steps=asked.steps,
        generator=torch.Generator().manual_seed(asked.seed),
        **named,
    ).images[0]
    return np.asarray(picture)
