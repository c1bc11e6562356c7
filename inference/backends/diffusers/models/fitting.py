"""Whether the parts of a Stable Diffusion, SDXL or Kandinsky fit together, by what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inference.backends.diffusers.model import INPAINT_CHANNELS, Family
from inference.backends.diffusers.models.problem import ModelProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inference.backends.diffusers.model import Model

_MOST_TOKENS = 1 << 20
"""A tokenizer that says nothing of it has an astronomic figure."""
_TOLD = ("class_embed_type", "num_class_embeds", "time_cond_proj_dim", "encoder_hid_dim_type")
"""What a UNet's configuration names where it is told more than times and texts."""
_ADDED = {Family.SD: None, Family.SDXL: "text_time"}
"""What the UNet of a family is told beside them."""


def check_stable_diffusion(model: Model) -> None:
    """Hold the parts of a Stable Diffusion or SDXL against each other.

    Raises:
        ModelProblem: they do not fit, or want what they are not given here.
    """
    parts: Mapping[str, Any] = model.pipeline.components
    encoders = [parts[name] for name in ("text_encoder", "text_encoder_2") if parts.get(name)]
    for name, encoder in zip(("tokenizer", "tokenizer_2"), encoders, strict=False):
        check_reader(name, parts[name], encoder.config)
    unet = model.unet.config
    if unet.cross_attention_dim != sum(encoder.config.hidden_size for encoder in encoders):
        raise ModelProblem("its text encoder is of another model than its unet")
    if model.vae.config.latent_channels != unet.out_channels:
        raise ModelProblem("its vae is of another model than its unet")
    _check_channels(model)
    _check_told(model)
    if not hasattr(model.pipeline.scheduler, "alphas_cumprod"):
        name = type(model.pipeline.scheduler).__name__
        raise ModelProblem(f"it was trained with the noise of a {name}, for which no sampler is")


def _check_told(model: Model) -> None:
    """Whether the UNet is told here all that it was trained with."""
    unet = model.unet.config
    told = next((key for key in _TOLD if unet.get(key) is not None), None)
    if unet.get("addition_embed_type") != _ADDED[model.family]:
        told = "addition_embed_type"
    if told is not None:
        raise ModelProblem(f"its unet is told more than is done here ({told} = {unet[told]})")
    if model.family is not Family.SDXL:
        return
    pooled = unet.projection_class_embeddings_input_dim - 6 * unet.addition_time_embed_dim
    if pooled != model.pipeline.text_encoder_2.config.projection_dim:
        raise ModelProblem("its text_encoder_2 is of another model than its unet")


def _check_channels(model: Model) -> None:
    """Whether the UNet sees latents alone, or those with a mask and a masked picture."""
    latents, seen = model.vae.config.latent_channels, model.unet_channels
    if seen == latents or (seen == INPAINT_CHANNELS == 2 * latents + 1):
        return
    raise ModelProblem(
        f"its unet takes {seen} channels, and its vae has {latents}:"
        f" {latents} are read, and {INPAINT_CHANNELS} of a model made for masks"
    )


def check_kandinsky(model: Model) -> None:
    """Hold the parts of a Kandinsky and its prior against each other.

    Raises:
        ModelProblem: they do not fit together.
    """
    parts: Mapping[str, Any] = model.pipeline.components
    text, image = parts["prior_text_encoder"].config, parts["prior_image_encoder"].config
    check_reader("tokenizer", parts["prior_tokenizer"], text)
    width = parts["prior_prior"].config.embedding_dim
    if (text.hidden_size, text.projection_dim, image.projection_dim) != (width,) * 3:
        raise ModelProblem("its encoders are of another model than its prior")
    if model.unet.config.encoder_hid_dim != width:
        raise ModelProblem("its prior is of another model than its unet")
    _check_channels(model)


def check_reader(name: str, tokenizer: Any, encoder: Any) -> None:
    """Hold a tokenizer against the configuration of the encoder that reads its tokens.

    A token beyond an encoder's words would end the whole process on a GPU.

    Raises:
        ModelProblem: it has more words, or gives longer texts, than the encoder reads.
    """
    if len(tokenizer) > encoder.vocab_size:
        raise ModelProblem(f"its {name} has more words than its text encoder")
    longest, most = tokenizer.model_max_length, encoder.max_position_embeddings
    if longest > _MOST_TOKENS:
        raise ModelProblem(f"its {name} does not say how long texts may be (model_max_length)")
    if longest > most:
        raise ModelProblem(f"its {name} gives {longest} tokens, and its text encoder reads {most}")
    if getattr(encoder, "use_attention_mask", False):
        raise ModelProblem("its text encoder wants to know which tokens count (use_attention_mask)")
