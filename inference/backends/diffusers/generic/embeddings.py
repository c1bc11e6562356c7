"""Embeddings of texts that may be mixed: those of encoders that fill a fixed length, without masks.

With them a mixture is exact and continuous (half and half of one text is the text, a weight near 0
changes next to nothing). The embeddings of Qwen-Image, Z-Image, LTX and Kandinsky 5 grow with their
text or carry a mask, and mixtures of them jump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor

    Embeddings = Mapping[str, Tensor]
    """The embeddings of a text by the names under which a call takes them (1, …)."""


def encoder_of(name: str) -> Callable[[Any, str], Embeddings] | None:
    """How the pipelines of that class encode a text; None where their texts cannot be mixed."""
    if name.startswith("Flux2Klein"):
        return _flux2_klein
    if name.startswith("Flux") and not name.startswith("Flux2"):
        return _flux
    return _sd3 if name.startswith("StableDiffusion3") else None


def _flux(pipeline: Any, text: str) -> Embeddings:
    embeds, pooled, _ = pipeline.encode_prompt(text, None)
    return {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}


def _flux2_klein(pipeline: Any, text: str) -> Embeddings:
    embeds, _ = pipeline.encode_prompt(text)
    return {"prompt_embeds": embeds}


def _sd3(pipeline: Any, text: str) -> Embeddings:
    embeds, _, pooled, _ = pipeline.encode_prompt(
        text, None, None, do_classifier_free_guidance=False
    )
    return {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}


def mixed(weighted: Iterable[tuple[Embeddings, float]]) -> Embeddings:
    """The weighted sum; a single one of weight 1 comes back as it is."""
    parts = [(embeddings, weight) for embeddings, weight in weighted if weight]
    if len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    sums: dict[str, Tensor] = {}
    for key, like in parts[0][0].items():
        terms = [embeddings[key].float() * weight for embeddings, weight in parts]
        sums[key] = torch.stack(terms).sum(dim=0).to(like.dtype)
    return sums
