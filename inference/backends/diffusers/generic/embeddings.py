"""Embeddings of texts that may be mixed: those of encoders that fill a fixed length, without masks.

With them a mixture is exact and continuous (half and half of one text is the text, a weight near 0
changes next to nothing). The embeddings of Qwen-Image, Z-Image, LTX and Kandinsky 5 grow with their
text or carry a mask, and mixtures of them jump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from inference.backends.diffusers.conditioning.mixture import NO_TEXT, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor

    from inference.backends.diffusers.conditioning.mixture import Mixture, Text

    Embeddings = Mapping[str, Tensor]
    """The embeddings of a text by the names under which a call takes them (1, …)."""


def encoder_of(name: str) -> Callable[[Any, str], Embeddings] | None:
    """How the pipelines of that class encode a text; None where their texts cannot be mixed."""
    if name.startswith("Flux2Klein"):
        return _flux2_klein
    if name.startswith("Flux") and not name.startswith("Flux2"):
        return _flux
    if name.startswith("StableDiffusion3"):
        return _sd3
    return _UPSCALERS.get(name)


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


def _upscale(pipeline: Any, text: str) -> Embeddings:
    embeds, _ = pipeline.encode_prompt(text, pipeline._execution_device, 1, False)
    return {"prompt_embeds": embeds}


def _latent_upscale(pipeline: Any, text: str) -> Embeddings:
    embeds, _, pooled, _ = pipeline.encode_prompt(text, pipeline._execution_device, False)
    return {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}


_UPSCALERS: Mapping[str, Callable[[Any, str], Embeddings]] = {
    "StableDiffusionUpscalePipeline": _upscale,
    "StableDiffusionLatentUpscalePipeline": _latent_upscale,
}


def tell_mixture(
    pipeline: Any,
    mixture: Mixture,
    encode: Callable[[Any, str], Embeddings],
    *,
    is_guided: bool,
) -> dict[str, Any]:
    """What a call is told of a mixture of texts, by the formula of `conditioning.mixture`."""
    known: dict[Text, Embeddings] = {}

    def embeddings(text: Text) -> Embeddings:
        if text not in known:
            known[text] = encode(pipeline, plain(text))
        return known[text]

    def total(shares: Mapping[Text, float]) -> Embeddings:
        return mixed((embeddings(text), share) for text, share in shares.items())

    told: dict[str, Any] = dict(total(mixture.wanted))
    if is_guided:
        base, k = embeddings(NO_TEXT), mixture.negative_scale
        if mixture.unwanted:
            base = mixed([(total(mixture.unwanted), k), (base, 1 - k)])
        told |= {f"negative_{name}": value for name, value in base.items()}
    return told


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
