"""A model that is loaded and checked, with all that drawing needs of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from inference.weights.adapters import AdapterFile

INPAINT_CHANNELS = 9
"""Input channels of a UNet that was trained for masks: latents, mask, masked picture's latents."""

CHANNELS_LAST, FUSED_QKV, COMPILE = "channels_last", "fused_qkv", "compile"
"""What can be wished for to make the denoiser faster."""


class Family(StrEnum):
    """The kinds of pipelines that this backend works with."""

    SD = "sd"
    SDXL = "sdxl"
    KANDINSKY = "kandinsky"
    SVD = "svd"
    WAN = "wan"
    UPSCALER = "upscaler"
    DEPTH = "depth"
    GENERIC = "generic"
    """Any other pipeline of diffusers that draws pictures from words."""

    @property
    def makes_films(self) -> bool:
        """Whether it makes films from pictures, and no pictures."""
        return self in (Family.SVD, Family.WAN)

    @property
    def is_called_whole(self) -> bool:
        """Whether diffusers' own pipeline is called, for one picture at a time."""
        return self in (Family.UPSCALER, Family.GENERIC)


@dataclass(frozen=True, slots=True)
class Clip:
    """A CLIP model (transformers' `CLIPModel`) with its tokenizer, for CLIP guidance.

    `mean` and `deviation` are those of its picture processor, for three channels in 0 … 1.
    """

    model: Any
    tokenizer: Any
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    @property
    def size(self) -> int:
        """The side of the pictures that it looks at, in pixels."""
        return self.model.config.vision_config.image_size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Model:
    """One loaded pipeline on its device; only the thread of that device may use it.

    `pipeline` is diffusers' own: a StableDiffusion(Inpaint), StableDiffusionXL(Inpaint) or
    KandinskyV22Combined pipeline without safety checker, a StableVideoDiffusion or a
    WanImageToVideo pipeline, a StableDiffusion(Latent)Upscale pipeline, or any other of the generic
    family; a model that estimates depth stands in a `DepthPipeline` of ours. `controls` are its
    ControlNets by kind.
    """

    id: str
    family: Family
    pipeline: Any
    device: torch.device
    dtype: torch.dtype
    controls: Mapping[str, Any] = field(default_factory=dict[str, Any])
    clip: Clip | None = None
    optimise: tuple[str, ...] = ()
    """Which of `CHANNELS_LAST`, `FUSED_QKV` and `COMPILE` the catalogue wishes for."""
    loras: Mapping[str, AdapterFile] = field(default_factory=dict[str, "AdapterFile"])
    """The files of its LoRAs by name, also of those that cannot be used."""
    embeddings: Mapping[str, AdapterFile] = field(default_factory=dict[str, "AdapterFile"])
    """The files of its textual inversions when it was loaded."""
    lora_room: int = 0
    """How many bytes of the device's memory are kept free for LoRAs."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """Textual inversions: the tokens that stand for each word, which is in small letters."""
    flops: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """What `models.flops` has counted, by network."""

    @property
    def unet(self) -> Any:
        """The denoiser: a UNet or, of Wan and most others, a transformer; or a network of depth."""
        if self.family is Family.DEPTH:
            return self.pipeline.network
        transformer = getattr(self.pipeline, "transformer", None)
        return self.pipeline.unet if transformer is None else transformer

    @property
    def vae(self) -> Any:
        """What turns latents into pixels: an AutoencoderKL, or Kandinsky's VQModel (MoVQ)."""
        return self.pipeline.movq if self.family is Family.KANDINSKY else self.pipeline.vae

    @property
    def unet_channels(self) -> int:
        """The input channels of the denoiser: 4, or 9 for one that was trained for masks."""
        return self.unet.config.in_channels

    @property
    def is_inpainting(self) -> bool:
        """Whether the denoiser was trained for masks and so needs one."""
        return self.unet_channels == INPAINT_CHANNELS

    @property
    def vae_scale(self) -> int:
        """Pixels on each side of one latent."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)
