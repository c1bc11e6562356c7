"""Whether what an entry says of its upscales is what its model makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.weights.availability import read_config, read_index
from inference.weights.layout import LATENT_UPSCALER

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from inference.weights.availability import Located


def upscaler_problem(engine: Engine, located: Located) -> str | None:
    """Why the engine's factor is not its model's; None where it is."""
    if read_index(located.source).get("_class_name") == LATENT_UPSCALER:
        factor = 2
    else:
        # The given picture is as large as the latents.
        blocks = read_config(located.source, "vae").get("block_out_channels", (0,) * 3)
        factor = 2 ** (len(blocks) - 1)
    if engine.factor == factor:
        return None
    return f"factor: {engine.factor} is not {factor}, as its model makes pictures larger"
