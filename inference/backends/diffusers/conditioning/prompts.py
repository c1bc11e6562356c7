"""Weighted prompts as rows of the UNet's batch."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch

from generation.errors import BadRequest
from generation.request import GuidancePreset, WeightMethod
from inference.backends.diffusers.conditioning.clip_guidance import open_guide
from inference.backends.diffusers.conditioning.controls import read_controls
from inference.backends.diffusers.conditioning.mixture import NO_TEXT, mix
from inference.backends.diffusers.conditioning.text_encoders import (
    Encoded,
    TextEncoders,
    TextMemory,
)
from inference.backends.diffusers.model import Family
from inference.backends.diffusers.rows import Conditioning, ConditionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.conditioning.mixture import Mixture, Text
    from inference.backends.diffusers.model import Model

MAX_ROWS = 9
"""How many predictions one picture may be composed of: eight prompts and none at all."""


def condition(
    model: Model,
    request: ImageRequest,
    *,
    reads_emphasis: bool = True,
    memory: TextMemory | None = None,
) -> Conditioning:
    """The rows, control pictures and guide of a request to a Stable Diffusion or SDXL model.

    Where nothing guides (cfg_scale up to 1) only what is wanted is asked for, as diffusers does.

    Raises:
        BadRequest: the model cannot do what is asked; names the field.
    """
    if request.style is not None:
        raise BadRequest("style", f"{request.engine_id} knows no style presets")
    mixture = mix(request.prompts, reads_emphasis=reads_emphasis)
    encoded = _Encoded(TextEncoders(model, memory), mixture)
    composes = request.weight_method is WeightMethod.CROSS_ATTENTION
    mixed = (_composed if composes else _blended)(mixture, encoded, request.cfg_scale)
    time_ids = _time_ids(model, request)
    guided = request.guidance is not GuidancePreset.NONE
    return Conditioning(
        rows=tuple(_row(model, one, share, time_ids) for one, share in mixed),
        controls=read_controls(model, request),
        guide=open_guide(model, request, mixture) if guided else None,
    )


class _Encoded:
    """Every text of a mixture, encoded to the same length."""

    def __init__(self, encoders: TextEncoders, mixture: Mixture) -> None:
        found = {text: encoders.encode(text) for text in mixture.texts}
        tokens = max(len(one.embeds) for one in found.values())
        nothing = encoders.encode_nothing()
        blank = nothing
        if any(len(one.embeds) < tokens for one in found.values()):
            blank = found.get(NO_TEXT) or encoders.encode(NO_TEXT)
        self.by_text: Mapping[Text, Encoded] = {
            text: one.padded(blank, tokens) for text, one in found.items()
        }
        self.nothing = nothing.padded(nothing, tokens)

    def sum(self, shares: Mapping[Text, float]) -> Encoded:
        """The weighted sum over texts."""
        return _sum((self.by_text[text], share) for text, share in shares.items())


def _blended(mixture: Mixture, encoded: _Encoded, cfg_scale: float) -> list[tuple[Encoded, float]]:
    """Rows of mixed embeddings: p with g and b with 1 - g."""
    wanted = encoded.sum(mixture.wanted)
    if cfg_scale <= 1:
        return [(wanted, 1.0)]
    base = encoded.nothing
    if mixture.unwanted:
        k = mixture.negative_scale
        base = _sum([(encoded.sum(mixture.unwanted), k), (encoded.nothing, 1 - k)])
    return [(wanted, cfg_scale), (base, 1 - cfg_scale)]


def _composed(mixture: Mixture, encoded: _Encoded, cfg_scale: float) -> list[tuple[Encoded, float]]:
    """A row for each distinct text and one for none, by their coefficients in ε."""
    g, k = (cfg_scale, mixture.negative_scale) if cfg_scale > 1 else (1.0, 0.0)
    found = {text: g * share for text, share in mixture.wanted.items()}
    for text, share in mixture.unwanted.items():
        found[text] = found.get(text, 0.0) + (1 - g) * k * share
    rows = [(encoded.by_text[text], part) for text, part in found.items() if part]
    rows += [(encoded.nothing, (1 - g) * (1 - k))] if (1 - g) * (1 - k) else []
    if len(rows) > MAX_ROWS:
        reason = f"{len(rows)} predictions are more than the {MAX_ROWS} of one picture"
        raise BadRequest("weight_method", reason)
    return rows


def _sum(weighted: Iterable[tuple[Encoded, float]]) -> Encoded:
    """The weighted sum; a single one of weight 1 comes back as it is."""
    parts = [(one, weight) for one, weight in weighted if weight]
    if len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    embeds = reduce(torch.add, (one.embeds * weight for one, weight in parts))
    pooled = [one.pooled * weight for one, weight in parts if one.pooled is not None]
    return Encoded(embeds, reduce(torch.add, pooled) if pooled else None)


def _time_ids(model: Model, request: ImageRequest) -> Tensor | None:
    """What SDXL is told of sizes: the original's, no crop, the target's."""
    if model.family is not Family.SDXL:
        return None
    size = (request.height, request.width)
    return torch.tensor([*size, 0, 0, *size], dtype=torch.float32)


def _row(model: Model, one: Encoded, coefficient: float, time_ids: Tensor | None) -> ConditionRow:
    def placed(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor.to(model.device, model.dtype)

    return ConditionRow(
        embeds=one.embeds.to(model.device, model.dtype),
        coefficient=coefficient,
        pooled=placed(one.pooled),
        time_ids=placed(time_ids),
    )
