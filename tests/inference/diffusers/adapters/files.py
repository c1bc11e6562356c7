"""LoRAs and textual inversions with random values for a loaded tiny model, in the usual forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

    from inference.backends.diffusers.model import Model

RANK, ALPHA = 2, 1.0
SPREAD = 0.1
"""Larger factors make small differences of the arithmetic large."""

_PARTS = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}
_ATTENTION = re.compile(r".*\.attn[12]\.to_(q|k|v|out\.0)$|.*\.(q|k|v|out)_proj$")
_ALL = re.compile(r"(?!conv_|time_|add_).*")


def layers(model: Model, pattern: re.Pattern[str] = _ATTENTION) -> Iterator[tuple[str, str, Any]]:
    """Part, path and layer of all that a LoRA usually adds to."""
    for part in _PARTS:
        module = model.pipeline.components.get(part)
        for path, layer in module.named_modules() if module is not None else ():
            is_kind = isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d))
            is_text = part != "unet" and "layers" not in path
            if is_kind and not is_text and pattern.fullmatch(path):
                yield part, path, layer


def factors(layer: Any, spread: float = SPREAD) -> tuple[Tensor, Tensor]:
    """Two random matrices for a layer."""
    if isinstance(layer, torch.nn.Conv2d):
        shapes = (
            (RANK, layer.in_channels, *layer.kernel_size),
            (layer.out_channels, RANK, 1, 1),
        )
    else:
        shapes = (RANK, layer.in_features), (layer.out_features, RANK)
    down, up = (torch.randn(shape) * spread for shape in shapes)
    return down, up


def kohya(
    model: Model, seed: int = 0, *, with_all: bool = False, spread: float = SPREAD
) -> dict[str, Tensor]:
    """A LoRA as kohya's trainer writes it, with an alpha that is not the rank."""
    torch.manual_seed(seed)
    found: dict[str, Tensor] = {}
    has_two = "text_encoder_2" in model.pipeline.components
    for part, path, layer in layers(model, _ALL if with_all else _ATTENTION):
        prefix = "lora_te1_" if has_two and part == "text_encoder" else _PARTS[part]
        middle = "" if part == "unet" else "text_model_"
        name = prefix + middle + path.removeprefix("text_model.").replace(".", "_")
        down, up = factors(layer, spread)
        found |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}
        found[f"{name}.alpha"] = torch.tensor(ALPHA)
    return found


def peft_form(model: Model, seed: int = 0) -> dict[str, Tensor]:
    """A LoRA as diffusers saves it."""
    torch.manual_seed(seed)
    found: dict[str, Tensor] = {}
    for part, path, layer in layers(model):
        middle = "" if part == "unet" or path.startswith("text_model.") else "text_model."
        down, up = factors(layer)
        name = f"{part}.{middle}{path}"
        found |= {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
    return found


def renamed(tensors: Mapping[str, Tensor], *changes: tuple[str, str]) -> dict[str, Tensor]:
    """The same tensors by names in which patterns are replaced."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        for pattern, by in changes:
            name = re.sub(pattern, by, name)
        found[name] = tensor
    return found


def saved(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> Path:
    """The file of those tensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: one.contiguous() for name, one in tensors.items()}, path, metadata)
    return path


def vectors(widths: Iterable[int], count: int = 1, seed: int = 0) -> list[Tensor]:
    """The vectors of a textual inversion for encoders of those widths."""
    torch.manual_seed(seed)
    return [torch.randn(count, width) * 0.5 for width in widths]
