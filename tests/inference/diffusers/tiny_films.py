"""Tiny pipelines for films, of the real classes with random weights; see `tiny`."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import torch
from diffusers import (
    AutoencoderKLTemporalDecoder,
    AutoencoderKLWan,
    EulerDiscreteScheduler,
    StableVideoDiffusionPipeline,
    UNetSpatioTemporalConditionModel,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
)
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 32


def svd(folder: Path, seed: int = 0) -> Path:
    """A Stable Video Diffusion; sides are multiples of 64."""
    torch.manual_seed(seed)
    StableVideoDiffusionPipeline(
        vae=AutoencoderKLTemporalDecoder(
            block_out_channels=(32, 32, 32, 32),
            down_block_types=("DownEncoderBlock2D",) * 4,
            layers_per_block=1,
            latent_channels=4,
        ),
        image_encoder=CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                hidden_size=WIDTH,
                intermediate_size=2 * WIDTH,
                num_hidden_layers=2,
                num_attention_heads=4,
                # The pipeline scales its picture to this.
                image_size=224,
                patch_size=56,
                projection_dim=WIDTH,
            )
        ),
        unet=UNetSpatioTemporalConditionModel(
            sample_size=8,
            in_channels=8,
            out_channels=4,
            block_out_channels=(32, 32, 32, 32),
            down_block_types=("CrossAttnDownBlockSpatioTemporal",) * 3
            + ("DownBlockSpatioTemporal",),
            up_block_types=("UpBlockSpatioTemporal",) + ("CrossAttnUpBlockSpatioTemporal",) * 3,
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=3 * 8,
            cross_attention_dim=WIDTH,
            num_attention_heads=(2, 2, 2, 2),
            layers_per_block=1,
            num_frames=5,
        ),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            interpolation_type="linear",
            prediction_type="v_prediction",
            sigma_min=0.002,
            sigma_max=700.0,
            timestep_spacing="leading",
            timestep_type="continuous",
            steps_offset=1,
            use_karras_sigmas=True,
        ),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 224}),
    ).save_pretrained(folder)
    return folder


def wan(folder: Path, seed: int = 0) -> Path:
    """A Wan 2.2 TI2V; sides are multiples of 16, and it reads letters and a few words."""
    torch.manual_seed(seed)
    words = tokenizer()
    encoder = UMT5EncoderModel(
        UMT5Config(
            vocab_size=len(words),
            d_model=WIDTH,
            d_kv=8,
            d_ff=2 * WIDTH,
            num_layers=2,
            num_heads=4,
            dropout_rate=0.0,
        )
    )
    WanPipeline(
        tokenizer=words,
        text_encoder=encoder.eval(),
        vae=AutoencoderKLWan(
            base_dim=4,
            z_dim=16,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
        ),
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=2,
            attention_head_dim=12,
            in_channels=16,
            out_channels=16,
            text_dim=WIDTH,
            freq_dim=16,
            ffn_dim=32,
            num_layers=2,
            cross_attn_norm=True,
            qk_norm="rms_norm_across_heads",
            rope_max_seq_len=32,
        ),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
        ),
        expand_timesteps=True,
    ).save_pretrained(folder)
    return folder


def tokenizer() -> Any:
    """A T5 tokenizer of printable characters and a few whole words."""
    letters = [("▁", -4.0), *((letter, -5.0) for letter in string.printable.strip())]
    words = [(f"▁{word}", -1.0) for word in ("a", "cat", "dog", "red", "blue", "sails")]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=[*special, *letters, *words], extra_ids=0)
