"""Between pictures of 8 bits and the tensors of films."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from inference.backends.failure import DrawingFailed
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.video.order import VideoOrder


def read_start(order: VideoOrder) -> Image:
    """The picture that a film starts from, as RGB of the film's size."""
    return open_picture(order.image, "RGB", (order.width, order.height))


def check_latents(model: Model, latents: Tensor) -> None:
    """Refuse what would be decoded to black or to noise.

    Raises:
        DrawingFailed: there are infinities or no numbers in it.
    """
    if not bool(torch.isfinite(latents).all()):
        raise DrawingFailed(
            f"{model.id} came to numbers that are no film;"
            " another seed or a lower cfg_scale may help"
        )


def to_pixels(model: Model, frames: Tensor) -> Pixels:
    """RGB of 8 bits (frames, height, width, 3) of frames in -1 … 1 (frames, 3, height, width).

    Raises:
        DrawingFailed: there are infinities or no numbers in it.
    """
    if not bool(torch.isfinite(frames).all()):
        raise DrawingFailed(f"{model.id} could not decode the film; another seed may help")
    scaled = (frames.float() * 0.5 + 0.5).clamp(0.0, 1.0).permute(0, 2, 3, 1)
    return (scaled * 255.0).round().to(torch.uint8).cpu().numpy()


def fresh_scheduler(model: Model) -> Any:
    """A scheduler of its own for one film, for schedulers remember where they are."""
    scheduler = model.pipeline.scheduler
    return scheduler.from_config(scheduler.config)
