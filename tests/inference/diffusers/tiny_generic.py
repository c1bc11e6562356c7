"""Tiny pipelines of the generic family, of the real classes with random weights; see `tiny`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxPipeline,
    FluxTransformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from tokenizers import pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5EncoderModel,
)

from tests.inference.diffusers.tiny import TOKENS, VOCABULARY
from tests.inference.diffusers.tiny import tokenizer as clip_tokenizer
from tests.inference.diffusers.tiny_films import tokenizer as t5_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 32
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>")


def flux_schnell(folder: Path, seed: int = 0) -> Path:
    """A FLUX.1 that was distilled to draw without guidance; sides are multiples of 16."""
    return _flux(folder, seed, is_told=False)


def flux_dev(folder: Path, seed: int = 0) -> Path:
    """A FLUX.1 that is told its guidance."""
    return _flux(folder, seed, is_told=True)


def _flux(folder: Path, seed: int, *, is_told: bool) -> Path:
    torch.manual_seed(seed)
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_vae(shift_factor=0.1),
        text_encoder=CLIPTextModel(_clip_config()),
        tokenizer=clip_tokenizer(),
        text_encoder_2=_t5(),
        tokenizer_2=t5_tokenizer(),
        transformer=FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            guidance_embeds=is_told,
            axes_dims_rope=(4, 4, 8),
        ),
    ).save_pretrained(folder)
    return folder


def sd3(folder: Path, seed: int = 0) -> Path:
    """A Stable Diffusion 3 with 16 latent channels as the real one; sides are multiples of 16."""
    return _sd3(folder, seed, 16)


def sd3_narrow(folder: Path, seed: int = 0) -> Path:
    """A Stable Diffusion 3 with latents of another depth, which diffusers' masks do not take."""
    return _sd3(folder, seed, 4)


def _sd3(folder: Path, seed: int, channels: int) -> Path:
    torch.manual_seed(seed)
    StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=32,
            patch_size=2,
            in_channels=channels,
            out_channels=channels,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=2 * WIDTH,
            caption_projection_dim=32,
            pooled_projection_dim=2 * WIDTH,
            pos_embed_max_size=16,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(shift_factor=0.06, latent_channels=channels),
        text_encoder=CLIPTextModelWithProjection(_clip_config()),
        tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(_clip_config()),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=_t5(2 * WIDTH),
        tokenizer_3=t5_tokenizer(),
    ).save_pretrained(folder)
    return folder


def z_image(folder: Path, seed: int = 0) -> Path:
    """A Z-Image, which counts its guidance from 0; sides are multiples of 16."""
    torch.manual_seed(seed)
    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=4,
        dim=WIDTH,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=WIDTH,
        axes_dims=[4, 6, 6],
        axes_lens=[256, 64, 64],
    )
    with torch.no_grad():
        # Fresh ones are whatever lay in memory.
        transformer.x_pad_token.normal_(std=0.1)
        transformer.cap_pad_token.normal_(std=0.1)
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(shift_factor=0.1),
        text_encoder=_qwen3(2),
        tokenizer=_qwen_tokenizer(),
        transformer=transformer,
    ).save_pretrained(folder)
    return folder


def klein(folder: Path, seed: int = 0) -> Path:
    """A FLUX.2 klein that was distilled; it starts from pictures without a strength."""
    return _klein(folder, seed, is_distilled=True)


def klein_base(folder: Path, seed: int = 0) -> Path:
    """A FLUX.2 klein that guides, and is pushed away by embeddings alone."""
    return _klein(folder, seed, is_distilled=False)


def _klein(folder: Path, seed: int, *, is_distilled: bool) -> Path:
    torch.manual_seed(seed)
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=AutoencoderKLFlux2(
            block_out_channels=(8, 8, 16, 16),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
        ),
        # Its layers 9, 18 and 27 are read.
        text_encoder=_qwen3(28),
        tokenizer=_qwen_tokenizer(),
        transformer=Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * WIDTH,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=is_distilled,
    ).save_pretrained(folder)
    return folder


def qwen_image(folder: Path, seed: int = 0) -> Path:
    """A Qwen-Image, which guides by `true_cfg_scale`; sides are multiples of 16."""
    torch.manual_seed(seed)
    words = _qwen_tokenizer()
    encoder = Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(
            text_config={
                "hidden_size": WIDTH,
                "intermediate_size": 2 * WIDTH,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 2,
                "vocab_size": len(words),
                "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
            },
            vision_config={
                "depth": 1,
                "hidden_size": WIDTH,
                "intermediate_size": WIDTH,
                "num_heads": 2,
                "out_hidden_size": WIDTH,
            },
        )
    )
    QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        text_encoder=encoder.eval(),
        tokenizer=words,
        transformer=QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            guidance_embeds=False,
            axes_dims_rope=(4, 6, 6),
        ),
    ).save_pretrained(folder)
    return folder


def _vae(**changes: Any) -> Any:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        **{"latent_channels": 4} | changes,
        norm_num_groups=4,
        sample_size=64,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _clip_config() -> Any:
    return CLIPTextConfig(
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        vocab_size=VOCABULARY,
        projection_dim=WIDTH,
        bos_token_id=VOCABULARY - 2,
        eos_token_id=VOCABULARY - 1,
        pad_token_id=VOCABULARY - 1,
    )


def _t5(width: int = WIDTH) -> Any:
    config = T5Config(
        vocab_size=len(t5_tokenizer()), d_model=width, d_kv=8, d_ff=width, num_layers=2, num_heads=4
    )
    return T5EncoderModel(config).eval()


def _qwen3(layers: int) -> Any:
    config = Qwen3Config(
        vocab_size=len(_qwen_tokenizer()),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
    )
    return Qwen3ForCausalLM(config).eval()


def _qwen_tokenizer() -> Any:
    """A Qwen tokenizer of single bytes, with a chat template of its form."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = Qwen2Tokenizer(
        vocab={letter: number for number, letter in enumerate(letters)},
        merges=[],
        model_max_length=4096,
    )
    words.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    words.pad_token = words.eos_token = SPECIAL[0]
    words.chat_template = TEMPLATE
    return words
