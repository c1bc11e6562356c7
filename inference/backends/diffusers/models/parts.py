"""The parts of a pipeline, each read by its own class and only from safetensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import transformers

from inference.backends.diffusers.models.problem import ModelProblem
from inference.weights.availability import read_index

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import torch

MODELS = {
    "diffusers": {
        "AutoencoderKL",
        "AutoencoderKLTemporalDecoder",
        "AutoencoderKLWan",
        "ControlNetModel",
        "PriorTransformer",
        "UNet2DConditionModel",
        "UNetSpatioTemporalConditionModel",
        "VQModel",
        "WanTransformer3DModel",
    },
    "transformers": {
        "CLIPModel",
        "CLIPTextModel",
        "CLIPTextModelWithProjection",
        "CLIPVisionModelWithProjection",
        "DPTForDepthEstimation",
        "DepthAnythingForDepthEstimation",
        "UMT5EncoderModel",
    },
}
"""The classes of models that are read."""

_NAMED = 3
_BLOCK = "block"
"""Stands in the names of the tensors of a network's blocks."""
_DISPENSABLE = ("position_ids", "fusion_stage.layers.0.residual_layer1.")
"""Parts of the names of tensors that nothing is computed with, and that files may lack.

The second are of DPT, whose first layer has nothing to add to; Intel's files are without.
"""


def load_part(folder: Path, part: str, told: object, dtype: torch.dtype, variant: str) -> Any:
    """One part of a pipeline's folder, by what model_index.json tells of its class.

    Raises:
        ModelProblem: it is of a class that is not read, or lacks tensors.
    """
    match told:
        case ["diffusers", str(name)] if name.endswith("Scheduler"):
            return _class_of("diffusers", part, name).from_pretrained(
                folder, subfolder=part, local_files_only=True
            )
        case ["transformers", str(name)] if "Tokenizer" in name or "Processor" in name:
            return _reader(part, name).from_pretrained(
                folder, subfolder=part, local_files_only=True
            )
        case [str(library), str(name)] if name in MODELS.get(library, ()):
            return load_model(library, name, folder, part, dtype, variant)
        case _:
            raise ModelProblem(f"its {part} is of a class that is not read here ({told})")


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a pipeline's folder.

    Raises:
        ModelProblem: it is of a class that is not read.
    """
    match read_index(folder).get("tokenizer"):
        case ["transformers", str(name)]:
            return _reader("tokenizer", name).from_pretrained(
                folder, subfolder="tokenizer", local_files_only=True
            )
        case told:
            raise ModelProblem(f"its tokenizer is of a class that is not read here ({told})")


def load_model(
    library: str, name: str, folder: Path, part: str, dtype: torch.dtype, variant: str
) -> Any:
    """A model of one of `MODELS`, with every tensor that it has to have; `part` may be empty.

    Raises:
        ModelProblem: tensors are missing or of another shape.
    """
    kind = _class_of(library, part or name, name)
    options: dict[str, Any] = {"subfolder": part} if part else {}
    if variant and _has_variant(folder / part, variant):
        options["variant"] = variant
    model, told = kind.from_pretrained(
        folder,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
        **options,
    )
    _check_tensors(library, part or name, told)
    return model


def _check_tensors(library: str, part: str, told: dict[str, Any]) -> None:
    for key, what in (("missing_keys", "lacks"), ("mismatched_keys", "has other shapes of")):
        names = [
            str(name)
            for name in told.get(key) or ()
            if not any(part in str(name) for part in _DISPENSABLE)
        ]
        if names:
            raise ModelProblem(f"its {part} {what} {_listed(names)}")
    # Of single tensors that are too many a file may well have some, but not of whole blocks.
    blocks = [str(name) for name in told.get("unexpected_keys") or () if _BLOCK in str(name)]
    if library == "diffusers" and blocks:
        raise ModelProblem(f"its {part} has more than its configuration says: {_listed(blocks)}")


def _listed(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return f"{len(listed)} tensors ({', '.join(listed[:_NAMED])}{more})"


def _class_of(library: str, part: str, name: str) -> Any:
    found = getattr(diffusers if library == "diffusers" else transformers, name, None)
    if found is None:
        raise ModelProblem(f"its {part} is of the class {name}, which {library} does not have")
    return found


def _reader(part: str, name: str) -> Any:
    """The class of a tokenizer or picture processor, also by its name in older versions."""
    if name in ("CLIPTokenizer", "CLIPTokenizerFast"):
        return transformers.CLIPTokenizer
    if name in ("T5Tokenizer", "T5TokenizerFast"):
        return transformers.T5Tokenizer
    if name.startswith("CLIPImageProcessor") or name == "CLIPFeatureExtractor":
        return transformers.CLIPImageProcessor
    raise ModelProblem(f"its {part} is of the class {name}, which is not read here")


def _has_variant(folder: Path, variant: str) -> bool:
    return any(f".{variant}" in file.name for file in folder.glob("*.safetensors"))
