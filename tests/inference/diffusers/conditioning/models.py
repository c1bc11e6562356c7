"""Loaded tiny models, requests to them, and a loop that samples without the engine's."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import diffusers
import numpy as np
import torch
from diffusers import ControlNetModel, DDIMScheduler, DiffusionPipeline
from PIL import Image, ImageDraw
from transformers import CLIPModel, CLIPTokenizer

from generation.request import ImageRequest, TextPrompt
from inference.backends.diffusers.conditioning.images import start
from inference.backends.diffusers.conditioning.prompts import condition
from inference.backends.diffusers.model import Clip, Family, Model
from inference.backends.diffusers.models.flops import count_flops

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from torch import Tensor

Result = TypeVar("Result")
SIDE = 64
STEPS = 6
CLIP_MEAN, CLIP_DEVIATION = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)


def open_model(
    folder: Path,
    family: Family,
    controls: Mapping[str, Path] | None = None,
    clip: Path | None = None,
) -> Model:
    """The pipeline of a folder with its ControlNets, on the CPU in float32."""
    pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    model = Model(
        id="tiny",
        family=family,
        pipeline=pipeline,
        device=torch.device("cpu"),
        dtype=torch.float32,
        controls={
            kind: ControlNetModel.from_pretrained(path, local_files_only=True)
            for kind, path in (controls or {}).items()
        },
        clip=None if clip is None else open_clip(clip),
    )
    # As after loading: tests that watch the UNet see only the calls that draw.
    count_flops(model)
    return model


def open_clip(folder: Path) -> Clip:
    return Clip(
        CLIPModel.from_pretrained(folder, local_files_only=True),
        CLIPTokenizer.from_pretrained(folder, local_files_only=True),
        CLIP_MEAN,
        CLIP_DEVIATION,
    )


def request(*prompts: str | tuple[str, float], **more: Any) -> ImageRequest:
    texts = tuple(
        TextPrompt(part) if isinstance(part, str) else TextPrompt(*part) for part in prompts
    )
    fields: dict[str, Any] = {
        "engine_id": "tiny",
        "width": SIDE,
        "height": SIDE,
        "seed": 7,
        "steps": STEPS,
        "cfg_scale": 5.0,
    }
    return ImageRequest(prompts=texts, **(fields | more))


def scheduler_of(model: Model, kind: str = "DDIMScheduler") -> Any:
    config = model.pipeline.scheduler.config
    return getattr(diffusers, kind).from_config(config, clip_sample=False)


@torch.no_grad()
def sample(model: Model, asked: ImageRequest, **options: Any) -> Tensor:
    """The latents of a request by DDIM, stepped here (1, channels, height, width)."""
    generator = torch.Generator().manual_seed(asked.seed)
    conditioning = condition(model, asked, **options)
    begun = start(model, asked, generator)
    scheduler: DDIMScheduler = scheduler_of(model)
    scheduler.set_timesteps(asked.steps)
    first = asked.steps - min(int(asked.steps * begun.strength), asked.steps)
    times = scheduler.timesteps[first:]
    x = begun.noise[None]
    if begun.latents is not None:
        x = scheduler.add_noise(begun.latents[None], x, times[:1])
    for index, time in enumerate(times):
        output = torch.zeros_like(x)
        for row in conditioning.rows:
            output += row.coefficient * _predict(model, conditioning, begun, row, x, time)
        x = scheduler.step(output, time, x, return_dict=False)[0]
        if begun.blend is not None:
            kept = begun.blend.latents[None]
            if index + 1 < len(times):
                kept = scheduler.add_noise(kept, begun.noise[None], times[index + 1 : index + 2])
            x = (1 - begun.blend.mask) * kept + begun.blend.mask * x
    return x


def _predict(
    model: Model, conditioning: Any, begun: Any, row: Any, x: Tensor, time: Tensor
) -> Tensor:
    known: dict[str, Any] = {"encoder_hidden_states": row.embeds[None]}
    if row.pooled is not None:
        added = {"text_embeds": row.pooled[None], "time_ids": row.time_ids[None]}
        known["added_cond_kwargs"] = added
    residuals: dict[str, Any] = {}
    for hint in conditioning.controls:
        down, middle = model.controls[hint.kind](
            x,
            time,
            controlnet_cond=hint.image[None],
            conditioning_scale=hint.strength,
            return_dict=False,
            **known,
        )
        if not residuals:
            residuals = {
                "down_block_additional_residuals": list(down),
                "mid_block_additional_residual": middle,
            }
            continue
        before = residuals["down_block_additional_residuals"]
        residuals = {
            "down_block_additional_residuals": [a + b for a, b in zip(before, down, strict=True)],
            "mid_block_additional_residual": residuals["mid_block_additional_residual"] + middle,
        }
    if begun.extra_channels is not None:
        x = torch.cat((x, begun.extra_channels[None]), dim=1)
    return model.unet(x, time, return_dict=False, **known, **residuals)[0]


def piped(model: Model, kind: str, asked: ImageRequest, **named: Any) -> Tensor:
    """The latents that diffusers' own pipeline of that class gives with DDIM."""
    pipeline = getattr(diffusers, kind).from_pipe(
        model.pipeline, scheduler=scheduler_of(model), **named.pop("parts", {})
    )
    pipeline.set_progress_bar_config(disable=True)
    if not {"image", "strength"} <= set(named):
        named |= {"height": asked.height, "width": asked.width}
    return pipeline(
        num_inference_steps=asked.steps,
        guidance_scale=asked.cfg_scale,
        generator=torch.Generator().manual_seed(asked.seed),
        output_type="latent",
        **named,
    ).images


def finish(drawing: Generator[None, None, Result]) -> Result:
    """What a drawing that pauses gives in the end."""
    while True:
        try:
            next(drawing)
        except StopIteration as end:
            return end.value


def difference(one: Tensor, other: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((one - other).abs().max() / other.abs().max())


def drawing(seed: int = 1, side: int = SIDE, mode: str = "RGB") -> Image.Image:
    """A picture of coloured noise in coarse squares."""
    random = np.random.default_rng(seed)
    cells = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((side, side), Image.Resampling.NEAREST).convert(mode)


def edge_map(seed: int = 1, side: int = SIDE) -> Image.Image:
    """White lines on black, as a control picture of the kind canny."""
    picture = Image.new("RGB", (side, side))
    points = np.random.default_rng(seed).integers(0, side, (4, 2)).tolist()
    ImageDraw.Draw(picture).line([tuple(point) for point in points], fill=(255, 255, 255))
    return picture


def mask_picture(side: int = SIDE) -> Image.Image:
    """Black, which may change, on the left half."""
    picture = Image.new("L", (side, side), 255)
    picture.paste(0, (0, 0, side // 2, side))
    return picture


def png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
