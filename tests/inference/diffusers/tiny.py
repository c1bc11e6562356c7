"""Tiny pipelines of the real classes with random weights, saved as diffusers saves its own.

Each function writes one folder and returns it. The weights come from a fixed seed, so that two
runs of the tests see the same pictures. Sides are multiples of 8 as with the real ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDPMScheduler,
    EulerDiscreteScheduler,
    KandinskyV22CombinedPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PNDMScheduler,
    PriorTransformer,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from tokenizers import pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("a", "cat", "dog", "red", "blue", "circle", "square", "on", "the", "photo", "of")
TOKENS = 77
WIDTH, SECOND_WIDTH = 32, 48
"""The widths of the two text encoders; equal ones would be taken for each other in a checkpoint."""


def tokenizer() -> Any:
    """A CLIP tokenizer of single bytes and a few whole words; its last token ends a text."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = letters + [letter + "</w>" for letter in letters]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        left, rest = word[0], [*word[1:-1], word[-1] + "</w>"] if len(word) > 1 else []
        for letter in rest:
            if (left, letter) not in merges:
                merges.append((left, letter))
            left += letter
    pieces += [left + right for left, right in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TOKENS)


VOCABULARY = len(tokenizer())


def text_config(width: int, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": TOKENS,
        "vocab_size": VOCABULARY,
        "projection_dim": width,
        "bos_token_id": VOCABULARY - 2,
        "eos_token_id": VOCABULARY - 1,
        "pad_token_id": VOCABULARY - 1,
    }
    return CLIPTextConfig(**values | changes)


def _vision_config(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 8,
        "projection_dim": WIDTH,
    }
    return CLIPVisionConfig(**values | changes)


def _vae(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "block_out_channels": (8, 8, 16, 16),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "latent_channels": 4,
        "norm_num_groups": 4,
        "sample_size": 64,
    }
    return AutoencoderKL(**values | changes)


def _sd_unet_config(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "sample_size": 8,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (16, 32, 32, 32),
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "layers_per_block": 1,
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 4,
        "norm_num_groups": 8,
    }
    return values | changes


def _sdxl_unet_config(**changes: Any) -> dict[str, Any]:
    pooled = SECOND_WIDTH
    return _sd_unet_config(
        **{
            "block_out_channels": (16, 32, 32),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "transformer_layers_per_block": (1, 1, 2),
            "cross_attention_dim": WIDTH + SECOND_WIDTH,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + pooled,
            "use_linear_projection": True,
        }
        | changes
    )


def sd15(folder: Path, seed: int = 0, dtype: Any = torch.float32, **unet: Any) -> Path:
    """A Stable Diffusion 1.5; `unet` changes the configuration of its UNet."""
    torch.manual_seed(seed)
    inpaints = unet.get("in_channels") == 9
    kind = StableDiffusionInpaintPipeline if inpaints else StableDiffusionPipeline
    kind(
        vae=_vae(),
        text_encoder=CLIPTextModel(text_config(WIDTH)),
        tokenizer=tokenizer(),
        unet=UNet2DConditionModel(**_sd_unet_config(**unet)),
        scheduler=PNDMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            skip_prk_steps=True,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).to(dtype).save_pretrained(folder)
    return folder


def sd15_inpaint(folder: Path, seed: int = 0) -> Path:
    """A Stable Diffusion 1.5 that was made for masks: its UNet has nine channels."""
    return sd15(folder, seed, in_channels=9)


def sdxl(folder: Path, seed: int = 0, dtype: Any = torch.float32, **unet: Any) -> Path:
    """An SDXL with its two text encoders; `unet` changes the configuration of its UNet."""
    torch.manual_seed(seed)
    inpaints = unet.get("in_channels") == 9
    kind = StableDiffusionXLInpaintPipeline if inpaints else StableDiffusionXLPipeline
    second = text_config(SECOND_WIDTH, hidden_act="gelu", eos_token_id=VOCABULARY - 1)
    kind(
        vae=_vae(scaling_factor=0.13025, force_upcast=True),
        text_encoder=CLIPTextModel(text_config(WIDTH)),
        text_encoder_2=CLIPTextModelWithProjection(second),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=UNet2DConditionModel(**_sdxl_unet_config(**unet)),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
    ).to(dtype).save_pretrained(folder)
    return folder


def sd15_control(folder: Path, seed: int = 1) -> Path:
    """A ControlNet for `sd15`, with an effect."""
    return _control(folder, seed, _sd_unet_config())


def sdxl_control(folder: Path, seed: int = 1) -> Path:
    """A ControlNet for `sdxl`, with an effect."""
    return _control(folder, seed, _sdxl_unet_config())


def _control(folder: Path, seed: int, unet: dict[str, Any]) -> Path:
    torch.manual_seed(seed)
    left_out = {"sample_size", "out_channels", "up_block_types"}
    config = {key: value for key, value in unet.items() if key not in left_out}
    net = ControlNetModel(**config, conditioning_embedding_out_channels=(8, 8, 16, 16))
    with torch.no_grad():
        # A fresh one has zeros where its effect would come from.
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    net.save_pretrained(folder)
    return folder


def clip(folder: Path, seed: int = 2) -> Path:
    """A CLIP model with tokenizer and picture processor, for CLIP guidance."""
    torch.manual_seed(seed)
    text, vision = text_config(WIDTH), _vision_config()
    config = CLIPModel.config_class(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=WIDTH
    )
    CLIPModel(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    _image_processor().save_pretrained(folder)
    return folder


def _image_processor() -> Any:
    return CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def kandinsky(folder: Path, seed: int = 0) -> Path:
    """A Kandinsky 2.2 in one folder: the decoder, and the prior by the names with `prior_`."""
    torch.manual_seed(seed)
    KandinskyV22CombinedPipeline(
        **_kandinsky_decoder(),
        **{f"prior_{name}": part for name, part in _kandinsky_prior().items()},
    ).save_pretrained(folder)
    return folder


def kandinsky_parts(decoder: Path, prior: Path, seed: int = 0) -> tuple[Path, Path]:
    """The same Kandinsky 2.2 in two folders, as its authors publish it."""
    torch.manual_seed(seed)
    KandinskyV22Pipeline(**_kandinsky_decoder()).save_pretrained(decoder)
    KandinskyV22PriorPipeline(**_kandinsky_prior()).save_pretrained(prior)
    return decoder, prior


def _kandinsky_decoder(in_channels: int = 4) -> dict[str, Any]:
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=in_channels,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(32, 64),
        layers_per_block=1,
        encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=8,
        resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )
    movq = VQModel(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        # Its norm by position wants channels in multiples of 32.
        block_out_channels=(32, 32, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        num_vq_embeddings=12,
        vq_embed_dim=4,
        norm_num_groups=8,
        norm_type="spatial",
    )
    scheduler = DDPMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="linear",
        clip_sample=False,
        variance_type="learned_range",
        prediction_type="epsilon",
    )
    return {"unet": unet, "scheduler": scheduler, "movq": movq}


def _kandinsky_prior() -> dict[str, Any]:
    prior = PriorTransformer(
        num_attention_heads=2,
        attention_head_dim=16,
        embedding_dim=WIDTH,
        num_layers=1,
        num_embeddings=TOKENS,
    )
    with torch.no_grad():
        # Its statistics are learned; a fresh one maps everything to nothing.
        prior.clip_std.fill_(1.0)
    return {
        "prior": prior,
        "image_encoder": CLIPVisionModelWithProjection(_vision_config()),
        "text_encoder": CLIPTextModelWithProjection(text_config(WIDTH)),
        "tokenizer": tokenizer(),
        "scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log",
            prediction_type="sample",
            num_train_timesteps=1000,
            clip_sample_range=10.0,
        ),
        "image_processor": _image_processor(),
    }
