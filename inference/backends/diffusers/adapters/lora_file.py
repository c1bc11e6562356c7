"""A LoRA from its file to the device, held against the model that it is for."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from diffusers import FluxTransformer2DModel
from safetensors import SafetensorError, safe_open

from inference.backends.diffusers.adapters.kohya_flux import rename_kohya
from inference.backends.diffusers.adapters.layer_names import ALPHA, DOWN, UP, LayerNames, shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from inference.backends.diffusers.adapters.layer_names import Place
    from inference.backends.diffusers.model import Model

_PARTS = ("unet", "transformer", "text_encoder")
_ALPHA_END = ".alpha"
_METADATA = "lora_adapter_metadata"
"""The key of a file's metadata under which diffusers writes peft's settings as JSON."""


class AdapterProblem(Exception):
    """An adapter cannot be used; the text says why, in words that follow "it cannot be used:"."""


@dataclass(frozen=True, slots=True, eq=False)
class LoraLayer:
    """What a LoRA adds to one layer: scale · up(down(x))."""

    part: str
    path: str
    down: Tensor
    up: Tensor
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class LoadedLora:
    """A LoRA on the model's device, in its numbers."""

    layers: tuple[LoraLayer, ...]

    @property
    def reads_text(self) -> bool:
        """Whether it changes what texts become."""
        return any(layer.part.startswith("text_encoder") for layer in self.layers)

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        # Layers that were one in the file share a matrix.
        tensors = {
            tensor.data_ptr(): tensor for layer in self.layers for tensor in (layer.down, layer.up)
        }
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def read_lora(file: Path, model: Model) -> LoadedLora:
    """The LoRA of a file, for that model.

    Raises:
        AdapterProblem: it is damaged, holds values that are not numbers, or does not fit.
    """
    tensors, metadata = _read(file)
    tensors = {name: _placed(name, tensor, model) for name, tensor in tensors.items()}
    if isinstance(model.unet, FluxTransformer2DModel):
        tensors = rename_kohya(tensors, model.unet)
    names = LayerNames(model.pipeline)
    found: dict[Place, dict[str, Tensor]] = defaultdict(dict)
    strangers = 0
    for name, tensor in tensors.items():
        read = names.read(name)
        if read is None:
            strangers += 1
        else:
            place, role = read
            found[place][role] = tensor
    if strangers:
        raise AdapterProblem(
            f"{strangers} of its {len(tensors)} tensors belong to no layer of this model"
        )
    scales = _Scales(metadata)
    layers = tuple(_layer(place, given, model, scales) for place, given in found.items())
    return LoadedLora(layers)


def _read(file: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    try:
        # Its stubs say less than it gives.
        opening: Any = safe_open(file, framework="pt")
        with opening as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            metadata: Mapping[str, str] = opened.metadata() or {}
    except (OSError, SafetensorError, ValueError) as error:
        raise AdapterProblem("its file cannot be read") from error
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() and not name.endswith(_ALPHA_END):
            raise AdapterProblem(f"{name[:80]} holds whole numbers, which are not read")
        if not bool(tensor.float().isfinite().all()):
            raise AdapterProblem(f"it has values that are not numbers, in {name[:80]}")
    return tensors, metadata


def _placed(name: str, tensor: Tensor, model: Model) -> Tensor:
    """A matrix on the model's device, in its numbers; an alpha stays as it is."""
    return tensor if name.endswith(_ALPHA_END) else tensor.to(model.device, model.dtype)


def _layer(place: Place, given: Mapping[str, Tensor], model: Model, scales: _Scales) -> LoraLayer:
    part, path = place
    if DOWN not in given or UP not in given:
        raise AdapterProblem(f"one of its two matrices for {part}.{path} is missing")
    module = getattr(model.pipeline, part).get_submodule(path)
    rank = given[DOWN].shape[0] if given[DOWN].dim() else 0
    for role, shape in shapes_of(module, rank).items():
        if not rank or tuple(given[role].shape) != shape:
            is_, right = (" × ".join(map(str, one)) for one in (given[role].shape, shape))
            what = f"its matrix {role} for {part}.{path} is {is_}, and {right} would fit"
            raise AdapterProblem(f"it was made for another model: {what}")
    alpha = float(given[ALPHA]) if ALPHA in given else None
    return LoraLayer(part, path, given[DOWN], given[UP], scales.of(place, rank, alpha))


class _Scales:
    """By how much a LoRA's product is multiplied: alpha / rank, and 1 where nothing is said."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        try:
            told = json.loads(metadata.get(_METADATA, "{}"))
        except (ValueError, RecursionError) as error:
            raise AdapterProblem("its metadata cannot be read") from error
        self._told = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        if any(self._told.get(f"{part}.use_dora") for part in _PARTS):
            raise AdapterProblem("it is of a kind that is not read (DoRA)")

    def of(self, place: Place, rank: int, alpha: float | None) -> float:
        """The scale of a layer; `alpha` is that of its own tensor."""
        part, path = place
        if alpha is not None:
            return alpha / rank
        told = self._alpha(part, path)
        if told is None:
            return 1.0
        is_rooted = bool(self._told.get(f"{part}.use_rslora"))
        return told / (rank**0.5 if is_rooted else rank)

    def _alpha(self, part: str, path: str) -> float | None:
        patterns: Any = self._told.get(f"{part}.alpha_pattern") or {}
        if not isinstance(patterns, dict):
            raise AdapterProblem("its metadata cannot be read")
        for pattern, alpha in cast("dict[str, Any]", patterns).items():
            # As peft matches them: a path, or its end.
            if path == pattern or re.fullmatch(rf"(.*\.)?({re.escape(pattern)})", path):
                return _number(alpha)
        alpha = self._told.get(f"{part}.lora_alpha")
        return None if alpha is None else _number(alpha)


def _number(alpha: object) -> float:
    if not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise AdapterProblem(f"its alpha {str(alpha)[:40]} is no number")
    return float(alpha)
