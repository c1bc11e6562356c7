"""How much work a row of a denoiser is: a polynomial in its sizes, fitted to a few small calls.

Convolutions grow with the latents, self-attention with their square, cross-attention with their
product with the tokens. So counting a handful of calls of the loaded networks, at sizes that take
next to no time, says what a row of any size takes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from inference.backends.diffusers.model import Family
from inference.backends.diffusers.videos import svd, wan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor

    from inference.backends.diffusers.model import Model

_DENOISER = ""


class Sizes(NamedTuple):
    """What the work of a row depends on; sides and frames in latents."""

    height: int
    width: int
    tokens: int = 0
    frames: int = 1


def row_flops(model: Model, sizes: Sizes, controls: Iterable[str] = ()) -> float:
    """The FLOPs of a row of the denoiser and of ControlNets of those kinds.

    Exact where the sides can be halved as often as the network does it. Else it is too low: by 1 %
    at 65 latents, by 15 % at 9.
    """
    grown = _monomials(model.family, sizes)
    return sum(float(np.dot(grown, _coefficients(model, name))) for name in (_DENOISER, *controls))


def count_flops(model: Model) -> None:
    """Count now what `row_flops` needs, so that nobody has to wait for it later.

    Generic pipelines are left out: how their denoisers are called is not known.
    """
    if model.family is Family.GENERIC:
        return
    for name in (_DENOISER, *model.controls):
        _coefficients(model, name)


def _coefficients(model: Model, name: str) -> tuple[float, ...]:
    if name not in model.flops:
        probes = _probes(model.family)
        counted = [_count(model, name, sizes) for sizes in probes]
        grown = np.array([_monomials(model.family, sizes) for sizes in probes])
        model.flops[name] = tuple(np.linalg.solve(grown, counted).tolist())
    return model.flops[name]


def _monomials(family: Family, sizes: Sizes) -> tuple[float, ...]:
    """What the work is a linear combination of."""
    frames, tokens = float(sizes.frames), float(sizes.tokens)
    area = float(sizes.height * sizes.width)
    match family:
        case Family.SD | Family.SDXL | Family.UPSCALER:
            return 1.0, area, area**2, tokens, area * tokens
        case Family.KANDINSKY:
            return 1.0, area, area**2
        case Family.DEPTH:
            # Pictures are brought to the one size that it reads.
            return (1.0,)
        case Family.SVD:
            volume = frames * area
            return 1.0, area, frames, volume, volume * area, volume * frames
        case Family.WAN | Family.GENERIC:
            return 1.0, frames * area, (frames * area) ** 2


def _probes(family: Family) -> list[Sizes]:
    """As many small sizes as there are monomials, such that these differ in all of them."""
    # An upscaler in latents reflects its edges, for which 8 of them are too few.
    unit = 16 if family is Family.UPSCALER else 8
    small, wide, large = (unit, 2 * unit), (2 * unit, 2 * unit), (2 * unit, 3 * unit)
    match family:
        case Family.SD | Family.SDXL | Family.UPSCALER:
            texts = [Sizes(*small, 154), Sizes(*wide, 154)]
            return [*(Sizes(*sides, 77) for sides in (small, wide, large)), *texts]
        case Family.DEPTH:
            return [Sizes(1, 1)]
        case Family.SVD:
            short = [Sizes(*sides, frames=2) for sides in (small, wide, large)]
            longer = [Sizes(*sides, frames=3) for sides in (small, wide)]
            return [*short, *longer, Sizes(*small, frames=4)]
        case Family.KANDINSKY | Family.WAN | Family.GENERIC:
            return [Sizes(*sides) for sides in (small, wide, large)]


def _count(model: Model, name: str, sizes: Sizes) -> float:
    network = model.controls[name] if name else model.unet
    inputs = row_inputs(model, sizes, is_control=bool(name))
    counter = _Counter()
    with torch.no_grad(), counter:
        network(**inputs)
    return float(counter.total)


def row_inputs(model: Model, sizes: Sizes, *, is_control: bool = False) -> dict[str, Any]:
    """Zeros with which the denoiser, or a ControlNet, can be called for one row of those sizes."""
    shapes = _shapes(model, sizes)
    if is_control:
        scale = model.vae_scale
        shapes["sample"] = (1, model.vae.config.latent_channels, sizes.height, sizes.width)
        shapes["controlnet_cond"] = (1, 3, sizes.height * scale, sizes.width * scale)
    inputs: dict[str, Any] = _zeros(model, shapes)
    config = model.unet.config
    if model.family is Family.SDXL:
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        told = {"text_embeds": (1, pooled), "time_ids": (1, 6)}
        inputs["added_cond_kwargs"] = _zeros(model, told)
    if model.family is Family.UPSCALER:
        inputs |= _upscaler_inputs(model)
    if model.family is Family.KANDINSKY:
        inputs["encoder_hidden_states"] = None
        told = {"image_embeds": (1, config.encoder_hid_dim)}
        inputs["added_cond_kwargs"] = _zeros(model, told)
    return inputs


def _upscaler_inputs(model: Model) -> dict[str, Tensor]:
    """What the UNet of an upscaler is told of the given picture's noise."""
    width = model.unet.config.time_cond_proj_dim
    if width is not None:
        return _zeros(model, {"timestep_cond": (1, width)})
    return {"class_labels": torch.zeros(1, dtype=torch.long, device=model.device)}


def _shapes(model: Model, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    sides, config = (sizes.height, sizes.width), model.unet.config
    match model.family:
        case Family.SVD:
            return svd.denoiser_inputs(model, sizes.frames, *sides)
        case Family.WAN:
            return wan.denoiser_inputs(model, sizes.frames, *sides)
        case Family.DEPTH:
            return {"pixel_values": (1, 3, model.pipeline.side, model.pipeline.side)}
        case _:
            shapes: dict[str, tuple[int, ...]] = {
                "sample": (1, model.unet_channels, *sides),
                "timestep": (1,),
            }
            if sizes.tokens:
                shapes["encoder_hidden_states"] = (1, sizes.tokens, config.cross_attention_dim)
            return shapes


def _zeros(model: Model, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    return {
        name: torch.zeros(shape, dtype=model.dtype, device=model.device)
        for name, shape in shapes.items()
    }


class _Counter(TorchFunctionMode):
    """Counts two FLOPs for each multiplication in the products of this thread.

    torch's own FlopCounterMode looks below, where it does not know a processor's attention.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Do what is asked, and add what it takes."""
        result = func(*args, **(kwargs or {}))
        if func in _PRODUCTS:
            self.total += 2 * _PRODUCTS[func](result, *args, **(kwargs or {}))
        return result


def _of_weights(result: Tensor, _: Tensor, weight: Tensor, *__: Any, **___: Any) -> int:
    return result.numel() * prod(weight.shape[1:])


def _of_attention(result: Tensor, query: Tensor, key: Tensor, *_: Any, **__: Any) -> int:
    return (query.numel() + result.numel()) * key.shape[-2]


_PRODUCTS: dict[Any, Callable[..., int]] = {
    functional.linear: _of_weights,
    functional.conv2d: _of_weights,
    functional.conv3d: _of_weights,
    functional.scaled_dot_product_attention: _of_attention,
}
