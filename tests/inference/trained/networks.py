"""The parts of a small pipeline of Stable Diffusion 1.5's kind, untrained."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
import transformers

from tests.inference.trained.drawings import SIDE
from tests.inference.trained.tokenizer import MAX_TOKENS

TEXT_WIDTH = 96
PROJECTION = 64
VAE_WIDTHS = (16, 24, 48, 64)
UNET_WIDTHS = (72, 112)
QUIET = -6.0
"""The first logarithmic variance of the latents; at 0 noise would drown what they say."""


def build_vae() -> Any:
    """An AutoencoderKL with factor 8 that starts as average pooling.

    Group norms take the mean out of a flat picture. So every group carries the three colours and
    a constant channel, against which their level can be measured (see `start_as_pooling`).
    """
    vae = diffusers.AutoencoderKL(
        sample_size=SIDE,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=VAE_WIDTHS,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
    )
    start_as_pooling(vae)
    return vae


def build_unet() -> Any:
    """A UNet2DConditionModel for latents of 4×8×8."""
    return diffusers.UNet2DConditionModel(
        sample_size=SIDE // 8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=UNET_WIDTHS,
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def build_controlnet(unet: Any) -> Any:
    """A ControlNetModel that starts as the encoder of the UNet."""
    return diffusers.ControlNetModel.from_unet(
        unet, conditioning_embedding_out_channels=(8, 16, 32, 64)
    )


def build_clip(tokenizer: Any) -> Any:
    """A CLIPModel; its text half becomes the text encoder of the pipeline."""
    half: dict[str, Any] = {
        "hidden_size": TEXT_WIDTH,
        "intermediate_size": 3 * TEXT_WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "projection_dim": PROJECTION,
    }
    text: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": MAX_TOKENS,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {"image_size": SIDE, "patch_size": 8}
    config = transformers.CLIPConfig(
        text_config=half | text, vision_config=half | vision, projection_dim=PROJECTION
    )
    return transformers.CLIPModel(config)


def build_scheduler() -> Any:
    """The scheduler of Stable Diffusion 1.5, without clamping of the denoised estimate."""
    return diffusers.DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def build_pipeline(vae: Any, text_encoder: Any, tokenizer: Any, unet: Any) -> Any:
    """The parts as a StableDiffusionPipeline without a safety checker."""
    return diffusers.StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def start_as_pooling(vae: Any) -> None:
    """Set the weights so that encoding averages 8×8 pixels and decoding repeats them."""
    with torch.no_grad():
        for part in (vae.encoder, vae.decoder):
            for module in part.modules():
                _start_module(module)
        _start_input(vae.encoder.conv_in, 3)
        _start_input(vae.decoder.conv_in, 4)
        _gather_channels(vae.encoder.conv_out, 4)
        _gather_channels(vae.decoder.conv_out, 3)
        for convolution in (vae.quant_conv, vae.post_quant_conv):
            _repeat_channels(convolution, 0, 0, 1.0)
        vae.quant_conv.bias[4:] = QUIET
        _soften(vae.encoder.mid_block)
        _soften(vae.decoder.mid_block)


def _start_module(module: Any) -> None:
    name = type(module).__name__
    if name == "ResnetBlock2D":
        module.conv2.weight.mul_(0.1)
        if module.conv_shortcut is not None:
            _repeat_channels(module.conv_shortcut, 0, 0, 1.0)
    elif name == "Downsample2D":
        module.conv.weight.mul_(0.1)
        for row in (0, 1):
            for column in (0, 1):
                _repeat_channels(module.conv, row, column, 0.25)
    elif name == "Upsample2D":
        module.conv.weight.mul_(0.1)
        _repeat_channels(module.conv, 1, 1, 1.0)


def _repeat_channels(convolution: Any, row: int, column: int, gain: float) -> None:
    outputs, inputs = convolution.weight.shape[:2]
    if convolution.kernel_size == (1, 1):
        convolution.weight.mul_(0.1)
    for output in range(outputs):
        convolution.weight[output, output % inputs, row, column] += gain


def _start_input(convolution: Any, colours: int) -> None:
    """Channels repeat the colours and a constant: 0, 1, 2, constant, 0, 1, 2, constant, …"""
    convolution.weight.mul_(0.1)
    for output in range(convolution.weight.shape[0]):
        if output % 4 == 3:
            convolution.bias[output] = 1.0
        if output % 4 < colours:
            gain = 1.0 if output % 4 < 3 else 0.1
            convolution.weight[output, output % 4, 1, 1] += gain


def _gather_channels(convolution: Any, outputs: int) -> None:
    """The mean of the channels that carry the same colour; undoes `_start_input`."""
    convolution.weight.mul_(0.1)
    inputs = convolution.weight.shape[1]
    for output in range(outputs):
        for channel in range(output, inputs, 4):
            convolution.weight[output, channel, 1, 1] += 4 / inputs


def _soften(mid_block: Any) -> None:
    for attention in mid_block.attentions:
        attention.to_out[0].weight.mul_(0.1)


def parameters(*modules: Any) -> int:
    """How many parameters they hold together."""
    return sum(parameter.numel() for module in modules for parameter in module.parameters())
