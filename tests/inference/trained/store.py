"""Keeps the trained parts in folders, and packs them into what the tests carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import diffusers
import torch
import transformers

from tests.inference.trained import networks

if TYPE_CHECKING:
    from pathlib import Path


CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def clip_levels(pictures: Any) -> Any:
    """Pictures between -1 and 1, normalised as CLIP's own pictures are."""
    mean, deviation = (torch.tensor(row).view(1, 3, 1, 1) for row in (CLIP_MEAN, CLIP_DEVIATION))
    return ((pictures + 1) / 2 - mean) / deviation


def save(part: Any, folder: Path) -> None:
    """Write a part in diffusers' form."""
    part.save_pretrained(folder)


def load_part(name: str, folder: Path) -> Any:
    """A diffusers model in float32, ready to be used."""
    model = getattr(diffusers, name)
    return model.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()


def load_clip(folder: Path) -> Any:
    """The CLIP model and its tokenizer."""
    clip = transformers.CLIPModel.from_pretrained(folder / "clip", dtype=torch.float32).eval()
    return clip, transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer")


def load_unet(folder: Path) -> Any:
    """The UNet as far as it is trained."""
    if not (folder / "unet").exists():
        return networks.build_unet()
    return load_part("UNet2DConditionModel", folder / "unet")


def load_text_encoder(folder: Path) -> Any:
    """The text encoder as far as it is trained; at first it is the text half of CLIP."""
    if not (folder / "text_encoder").exists():
        return text_encoder_of(load_clip(folder)[0])
    return transformers.CLIPTextModel.from_pretrained(
        folder / "text_encoder", dtype=torch.float32
    ).eval()


def text_encoder_of(clip: Any) -> Any:
    """The text half of a CLIP model as a CLIPTextModel of its own."""
    encoder = transformers.CLIPTextModel(clip.config.text_config)
    wanted = encoder.state_dict()
    prefix = "" if "embeddings.token_embedding.weight" in wanted else "text_model."
    source = {prefix + name: value for name, value in clip.text_model.state_dict().items()}
    encoder.load_state_dict(source)
    return encoder.eval()


def load_pipeline(folder: Path) -> Any:
    """The parts that were trained so far as a StableDiffusionPipeline."""
    _, tokenizer = load_clip(folder)
    pipeline = networks.build_pipeline(
        load_part("AutoencoderKL", folder / "vae"),
        load_text_encoder(folder),
        tokenizer,
        load_unet(folder),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def pack(folder: Path) -> None:
    """Write `folder`/model: a pipeline, its ControlNet and its CLIP model, all in float16."""
    target = folder / "model"
    clip, tokenizer = load_clip(folder)
    load_pipeline(folder).to(torch.float16).save_pretrained(target / "pipeline")
    control = load_part("ControlNetModel", folder / "control")
    control.to(torch.float16).save_pretrained(target / "control-canny")
    clip.to(torch.float16).save_pretrained(target / "clip")
    tokenizer.save_pretrained(target / "clip")
    transformers.CLIPImageProcessor(
        size={"shortest_edge": clip.config.vision_config.image_size},
        crop_size={"height": networks.SIDE, "width": networks.SIDE},
        image_mean=list(CLIP_MEAN),
        image_std=list(CLIP_DEVIATION),
    ).save_pretrained(target / "clip")
    for config in target.rglob("config.json"):
        _forget_origin(config)


def _forget_origin(path: Path) -> None:
    """Take out of a config where its weights were trained."""
    config = json.loads(path.read_text())
    config.pop("_name_or_path", None)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
