"""The frozen requests for a generation; `generation.validation` holds them against an engine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.edits import Edit

MAX_SEED = 4_294_967_295
"""The largest seed that fits the protocol's uint32 (gooseai.ImageParameters.seed)."""

DRAWN_SEED_BITS = 31
"""Drawn seeds stay within 1 … 2³¹-1, the range that every engine's documentation allows."""

MAX_WEIGHT = 10.0
"""The largest absolute weight of a prompt (Stability: the total range is [-10, 10])."""

DEFAULT_STRENGTH = 0.65
"""How much of an init image may change if nobody says: 1 - 0.35, Stability's image_strength."""

INPAINTING_PREFIX = "stable-inpainting"
"""How the ids of Stability's engines begin that are made for inpainting."""

MAX_CONTROL_STRENGTH = 2.0
"""The largest strength of a control picture; 1 is what its model was trained for."""

MIN_BLENDED, MAX_BLENDED = 2, 4
"""How many pictures are blended into one."""

MAX_LORA_WEIGHT = 4.0
"""The largest absolute weight of a LoRA; 1 is as it was trained."""


class Sampler(StrEnum):
    """The samplers of gooseai.DiffusionSampler, by the names of the SDK."""

    DDIM = "ddim"
    DDPM = "ddpm"
    K_EULER = "k_euler"
    K_EULER_ANCESTRAL = "k_euler_ancestral"
    K_HEUN = "k_heun"
    K_DPM_2 = "k_dpm_2"
    K_DPM_2_ANCESTRAL = "k_dpm_2_ancestral"
    K_LMS = "k_lms"
    K_DPMPP_2S_ANCESTRAL = "k_dpmpp_2s_ancestral"
    K_DPMPP_2M = "k_dpmpp_2m"
    K_DPMPP_SDE = "k_dpmpp_sde"


ANCESTRAL_SAMPLERS = frozenset(
    {Sampler.K_EULER_ANCESTRAL, Sampler.K_DPM_2_ANCESTRAL, Sampler.K_DPMPP_2S_ANCESTRAL}
)
"""The only samplers that CLIP guidance works with (stability-sdk, animation.py)."""


class GuidancePreset(StrEnum):
    """The presets of CLIP guidance (gooseai.GuidancePreset)."""

    NONE = "none"
    SIMPLE = "simple"
    FAST_BLUE = "fast_blue"
    FAST_GREEN = "fast_green"
    SLOW = "slow"
    SLOWER = "slower"
    SLOWEST = "slowest"


class WeightMethod(StrEnum):
    """Where the weights of several prompts are applied (gooseai.WeightMethod)."""

    TEXT_ENCODER = "text_encoder"
    CROSS_ATTENTION = "cross_attention"


class MaskedAreaInit(StrEnum):
    """What the part that a mask lets change starts from (gooseai.MaskedAreaInit)."""

    ZERO = "zero"
    RANDOM = "random"
    ORIGINAL = "original"


class StylePreset(StrEnum):
    """The style presets that Stability's engines know."""

    ENHANCE = "enhance"
    ANIME = "anime"
    PHOTOGRAPHIC = "photographic"
    DIGITAL_ART = "digital-art"
    COMIC_BOOK = "comic-book"
    FANTASY_ART = "fantasy-art"
    LINE_ART = "line-art"
    ANALOG_FILM = "analog-film"
    NEON_PUNK = "neon-punk"
    ISOMETRIC = "isometric"
    LOW_POLY = "low-poly"
    ORIGAMI = "origami"
    MODELING_COMPOUND = "modeling-compound"
    CINEMATIC = "cinematic"
    MODEL_3D = "3d-model"
    PIXEL_ART = "pixel-art"
    TILE_TEXTURE = "tile-texture"


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """One weighted prompt; a negative weight pushes the picture away from it."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class GuidanceSettings:
    """What of CLIP guidance is asked for in particular; the preset decides where it is None."""

    strength: float | None = None
    cutouts: int | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A picture whose edges, pose or depth the result follows, by the engine's model of that kind.

    `strength` is 1 as that model was trained, and 0 for no effect.
    """

    kind: str
    image: bytes = field(repr=False)
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class BlendPicture:
    """One of several pictures that are blended, and its share beside the others and the words."""

    image: bytes = field(repr=False)
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Lora:
    """A small addition to the engine's model, by its name there, and how strongly it works."""

    name: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """Everything that decides what an engine draws.

    `strength` (0 … 1) says how much of the init image may change; it is the schedule start of the
    protocol. `mask` is black where the picture may change and white where it is kept. Both are
    encoded pictures (PNG) of the size of the request. `other_seeds` are those of the second and
    later samples where they do not simply count on from `seed`. A `masked_area` of None is what
    suits the engine, and `noise_scale` multiplies the noise that the picture starts from.
    `unfiltered` asks our own server not to withhold any picture. `blend` are pictures to mix with
    each other and with the words, in the place of one to start from.
    With an `edit` the init image is the one that is edited, and the size is that of the result.
    """

    engine_id: str
    prompts: tuple[TextPrompt, ...]
    width: int
    height: int
    seed: int
    steps: int
    cfg_scale: float
    samples: int = 1
    sampler: Sampler | None = None
    guidance: GuidancePreset = GuidancePreset.NONE
    style: StylePreset | None = None
    init_image: bytes | None = field(default=None, repr=False)
    strength: float = DEFAULT_STRENGTH
    mask: bytes | None = field(default=None, repr=False)
    other_seeds: tuple[int, ...] = ()
    weight_method: WeightMethod = WeightMethod.TEXT_ENCODER
    masked_area: MaskedAreaInit | None = None
    noise_scale: float = 1.0
    guidance_settings: GuidanceSettings = GuidanceSettings()
    controls: tuple[Control, ...] = ()
    loras: tuple[Lora, ...] = ()
    unfiltered: bool = False
    blend: tuple[BlendPicture, ...] = ()
    edit: Edit | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of every sample, in order."""
        return (self.seed, *(self.other_seeds or following_seeds(self.seed, self.samples - 1)))

    @property
    def masked_area_init(self) -> MaskedAreaInit:
        """What the part that the mask lets change starts from."""
        return self.masked_area or suitable_masked_area(self.engine_id)

    @property
    def is_reproducible(self) -> bool:
        """Whether the same request gives the same picture: CLIP guidance does not promise it."""
        return self.guidance is GuidancePreset.NONE

    def with_seed(self, seed: int) -> ImageRequest:
        """The same request with another seed, from which the samples count on."""
        return replace(self, seed=seed, other_seeds=())

    def with_seeds(self, seeds: Sequence[int]) -> ImageRequest:
        """The same request with the seed of every sample, of which there are as many."""
        first, *others = seeds
        if tuple(others) == following_seeds(first, len(others)):
            return self.with_seed(first)
        return replace(self, seed=first, other_seeds=tuple(others))


def suitable_masked_area(engine_id: str) -> MaskedAreaInit:
    """What the SDK's Context asks an engine for: one for inpainting fills the hole itself."""
    if engine_id.startswith(INPAINTING_PREFIX):
        return MaskedAreaInit.ZERO
    return MaskedAreaInit.ORIGINAL


def draw_seed() -> int:
    """A seed of our own, so that every result can be repeated."""
    return secrets.randbelow((1 << DRAWN_SEED_BITS) - 1) + 1


def following_seeds(seed: int, count: int, largest: int = MAX_SEED) -> tuple[int, ...]:
    """The next `count` seeds after that one; after the largest comes 1, as 0 means a drawn one."""
    seeds: list[int] = []
    for _ in range(count):
        seed = seed % largest + 1
        seeds.append(seed)
    return tuple(seeds)


def figure(value: float) -> str:
    """A figure as people write it; members can type ones that no one would want to read."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else Sentence("a figure that long")
    return f"{value:.15g}"


def outside(value: float, low: float, high: float) -> Sentence:
    """That a figure is not within its limits."""
    return Sentence(
        "{value} is outside {low} to {high}",
        value=figure(value),
        low=figure(low),
        high=figure(high),
    )
