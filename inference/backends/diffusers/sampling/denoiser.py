"""The calls of the UNet and its ControlNets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.composition import Chunk, Composition


@torch.inference_mode()
def denoise(
    model: Model, unet: Callable[..., Any], composition: Composition, inputs: Tensor, times: Tensor
) -> Tensor:
    """The UNet's output for every picture (pictures, channels, height, width), float32.

    `inputs` are the pictures' scaled latents and `times` their timesteps. `unet` is the model's
    own, or the same compiled.
    """
    outputs = [
        _call(model, unet, chunk, inputs.index_select(0, chunk.owners), times)
        for chunk in composition.chunks
    ]
    rows = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
    first, *others = composition.picks
    total = rows.index_select(0, first.rows) * first.coefficients
    for pick in others:
        total = total + rows.index_select(0, pick.rows) * pick.coefficients
    return total


def _call(
    model: Model, unet: Callable[..., Any], chunk: Chunk, inputs: Tensor, times: Tensor
) -> Tensor:
    inputs = inputs.to(model.dtype)
    times = times.index_select(0, chunk.owners)
    told: dict[str, Any] = {"return_dict": False}
    if chunk.pooled is not None:
        told["added_cond_kwargs"] = {"text_embeds": chunk.pooled, "time_ids": chunk.time_ids}
    residuals = _control(model, chunk, inputs, times, told)
    if chunk.extra_channels is not None:
        inputs = torch.cat([inputs, chunk.extra_channels], dim=1)
    texts = {"encoder_hidden_states": chunk.longer, "encoder_attention_mask": chunk.mask}
    return unet(inputs, times, **texts, **told, **residuals)[0][: chunk.used].float()


def _control(
    model: Model, chunk: Chunk, inputs: Tensor, times: Tensor, told: dict[str, Any]
) -> dict[str, Any]:
    """What the ControlNets add to the UNet's skip connections, summed over the kinds."""
    if not chunk.hints:
        return {}
    downs: Sequence[Tensor] = ()
    middle: Tensor | None = None
    for hint in chunk.hints:
        more, centre = model.controls[hint.kind](
            inputs,
            times,
            encoder_hidden_states=chunk.embeds,
            controlnet_cond=hint.images,
            conditioning_scale=1.0,
            **told,
        )
        more, centre = [one * hint.strengths for one in more], centre * hint.strengths
        downs = [old + new for old, new in zip(downs, more, strict=True)] if downs else more
        middle = centre if middle is None else middle + centre
    return {
        "down_block_additional_residuals": tuple(downs),
        "mid_block_additional_residual": middle,
    }
