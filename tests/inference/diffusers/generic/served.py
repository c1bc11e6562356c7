"""A catalogue of tiny generic pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINES = {
    "flux-1-schnell": ("flux_schnell", "min_cfg_scale = 1\nmax_cfg_scale = 1\n", 1),
    "stable-diffusion-3-5-medium": ("sd3", "", 5),
    "z-image": ("z_image", "", 5),
}
FORM = """
[[engine]]
id = "{engine_id}"
name = "Tiny {engine_id}"
backend = "diffusers"
source = "{folder}"
price = "flat:1"
samplers = ["k_euler"]
styles = false
side_step = 16
default_size = [64, 64]
min_steps = 1
default_steps = 3
default_cfg_scale = {cfg_scale}
{more}
"""


def write_catalogue(folder: Path, tiny_folder: Callable[[str], Path]) -> Path:
    """A catalogue file with the engines."""
    file = folder / "engines.toml"
    file.write_text(
        "".join(
            FORM.format(
                engine_id=engine_id, folder=tiny_folder(name), more=more, cfg_scale=cfg_scale
            )
            for engine_id, (name, more, cfg_scale) in ENGINES.items()
        )
    )
    return file
