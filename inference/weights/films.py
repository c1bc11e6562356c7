"""Whether what an entry says of its films is what its model makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.video.request import SIZES
from inference.weights.availability import read_config
from inference.weights.layout import SVD

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from inference.weights.availability import Located


def film_problem(engine: Engine, located: Located) -> str | None:
    """Why the engine's sizes or length are not its model's; None where they are."""
    side, frames = _steps(located)
    for size in engine.sizes or SIZES:
        if size[0] % side or size[1] % side:
            return f"sizes: {size[0]}×{size[1]} are no multiples of {side}, as its model needs"
    if (engine.frames - 1) % frames:
        right = f"{frames} times a number and 1 more"
        return f"frames: {engine.frames} are not {right}, as its model makes them"
    return None


def _steps(located: Located) -> tuple[int, int]:
    """What the sides are multiples of, and the frames after the first."""
    vae = read_config(located.source, "vae")
    if located.family == SVD:
        latent = 2 ** (len(vae.get("block_out_channels", (0,) * 4)) - 1)
        levels = len(read_config(located.source, "unet").get("down_block_types", (0,) * 4))
        return latent * 2 ** (levels - 1), 1
    patch = read_config(located.source, "transformer").get("patch_size", (1, 2, 2))
    side = int(vae.get("scale_factor_spatial", 8)) * int(patch[-1])
    return side, int(vae.get("scale_factor_temporal", 4))
