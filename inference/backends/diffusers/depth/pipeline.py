"""A model that estimates depth, from its folder in transformers' form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from transformers import DPTImageProcessorPil

from inference.backends.diffusers.models.parts import load_model
from inference.backends.diffusers.models.problem import ModelProblem
from inference.weights.depth import DEPTH_MODELS, architecture_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch


@dataclass(frozen=True, slots=True)
class DepthPipeline:
    """A network, and what brings pictures to the size that it reads and depths back to theirs."""

    network: Any
    processor: Any

    @property
    def components(self) -> Mapping[str, Any]:
        """Its parts by name, as pipelines of diffusers have them."""
        return {"network": self.network, "processor": self.processor}

    @property
    def side(self) -> int:
        """The height in pixels to which a square picture is brought."""
        return int(self.processor.size["height"])

    @property
    def is_metric(self) -> bool:
        """Whether it tells distances in metres, and not how near things are to each other."""
        return getattr(self.network.config, "depth_estimation_type", "relative") == "metric"

    def to(self, device: torch.device) -> Self:
        """Move the network to a device."""
        self.network.to(device)
        return self


def load_depth(folder: Path, dtype: torch.dtype, variant: str) -> DepthPipeline:
    """The model of a folder, on the processor.

    Raises:
        ModelProblem: it is of a kind that is not read, or not all of it is there.
    """
    name = architecture_of(folder)
    if name not in DEPTH_MODELS:
        raise ModelProblem(f"it is a {name[:80] or 'model without a class'}")
    network = load_model("transformers", name, folder, "", dtype, variant)
    # That of Pillow: the other needs torchvision, and rounds in its own way.
    processor = DPTImageProcessorPil.from_pretrained(folder, local_files_only=True)
    return DepthPipeline(network, processor)
