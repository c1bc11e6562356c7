"""A model from its files to the device, checked; what is wrong with it is said in one sentence."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from typing import TYPE_CHECKING, Any

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from inference.backends.diffusers.adapters.embeddings import install_embeddings
from inference.backends.diffusers.generic.trial import try_out
from inference.backends.diffusers.model import Clip, Family, Model
from inference.backends.diffusers.models.checks import check_model
from inference.backends.diffusers.models.device import choose_dtype
from inference.backends.diffusers.models.flops import count_flops
from inference.backends.diffusers.models.parts import load_model
from inference.backends.diffusers.models.pipelines import load_pipeline
from inference.backends.diffusers.models.problem import ModelProblem
from inference.backends.diffusers.sampling.memory import is_out_of_memory
from inference.backends.diffusers.sampling.optimisation import optimise
from inference.backends.failure import DrawingFailed
from inference.weights.adapter_folders import LoraFiles
from inference.weights.adapters import room_elements

if TYPE_CHECKING:
    from pathlib import Path

    from inference.weights.availability import Located
    from inference.weights.engines import EngineWeights

logger = logging.getLogger(__name__)

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
"""OpenAI's, where a CLIP model comes without the configuration of its pictures."""

_LOADING = threading.Lock()
"""transformers and diffusers change torch for the whole process while they build a model, so what
is built beside it, be it a single layer, would be left without weights."""


def load(found: EngineWeights, device: torch.device) -> Model:
    """The model of an engine on the device, in its numbers; takes seconds, and memory.

    Raises:
        DrawingFailed: it cannot be used; says why.
        torch.OutOfMemoryError: the device has too little memory now.
    """
    _quieten()
    engine_id = found.engine.id
    try:
        with _LOADING:
            return _ready(found, device)
    except ModelProblem as error:
        raise DrawingFailed(f"{engine_id} cannot be used: {error}") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise torch.OutOfMemoryError(str(error)) from error
        # The libraries speak of files and tensors; the log has it all.
        logger.exception("%s cannot be loaded.", engine_id)
        raise DrawingFailed(
            f"{engine_id} cannot be used: its files cannot be read ({type(error).__name__})"
        ) from error


def _ready(found: EngineWeights, device: torch.device) -> Model:
    """The model, checked and with all that is built into it."""
    model = _loaded(found, device)
    check_model(model)
    install_embeddings(model, model.embeddings)
    _count(model)
    if model.family is Family.GENERIC:
        try_out(model)
    optimise(model)
    return model


def _count(model: Model) -> None:
    """Count the work of a row, which calls each network for the first time."""
    try:
        count_flops(model)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(f"its parts do not fit together ({type(error).__name__})") from error


def _quieten() -> None:
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()


def _loaded(found: EngineWeights, device: torch.device) -> Model:
    located, weights = found.located, found.weights
    assert located is not None
    assert weights is not None
    dtype = choose_dtype(weights.dtype, device)
    with warnings.catch_warnings():
        # A scheduler that was saved long ago is brought up to date; a page is written about it.
        warnings.simplefilter("ignore", FutureWarning)
        pipeline = load_pipeline(located, dtype, weights.variant, weights.timestep_spacing)
    _check_meta(pipeline)
    model = Model(
        id=found.engine.id,
        family=Family(located.family),
        pipeline=pipeline.to(device),
        device=device,
        dtype=dtype,
        controls=_controls(located, weights.variant, dtype, device),
        clip=_clip(located.clip_model, weights.variant, dtype, device),
        optimise=weights.optimise,
        loras=LoraFiles(located.adapters),
        embeddings=located.embeddings,
        lora_room=room_elements(located.loras) * dtype.itemsize,
    )
    _prepare(model)
    return model


def _check_meta(pipeline: Any) -> None:
    """Moving a tensor without a value would fail in words that nobody understands."""
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            for tensor, value in part.named_parameters():
                if value.is_meta:
                    raise ModelProblem(f"its {name} lacks {tensor}")


def _prepare(model: Model) -> None:
    modules = [part for part in model.pipeline.components.values() if hasattr(part, "parameters")]
    clip = [model.clip.model] if model.clip else []
    for module in (*modules, *model.controls.values(), *clip):
        module.eval().requires_grad_(requires_grad=False)
    if model.family is Family.WAN:
        # Its latents are as wide as the film is long; 16 bits show.
        model.vae.to(dtype=torch.float32)
    if model.family.is_called_whole or model.family is Family.DEPTH:
        return
    # SDXL's decoder leaves the range of float16; bfloat16 has float32's.
    if model.dtype is torch.float16 and model.vae.config.get("force_upcast"):
        model.vae.to(dtype=torch.float32)


def _controls(
    located: Located, variant: str, dtype: torch.dtype, device: torch.device
) -> dict[str, Any]:
    return {
        kind: load_model("diffusers", "ControlNetModel", folder, "", dtype, variant).to(device)
        for kind, folder in located.control.items()
    }


def _clip(
    folder: Path | None, variant: str, dtype: torch.dtype, device: torch.device
) -> Clip | None:
    if folder is None:
        return None
    from transformers import CLIPTokenizer

    model = load_model("transformers", "CLIPModel", folder, "", dtype, variant).to(device)
    tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    mean, deviation = _picture_statistics(folder)
    return Clip(model, tokenizer, mean, deviation)


def _picture_statistics(
    folder: Path,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    try:
        told = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
        return _triple(told["image_mean"]), _triple(told["image_std"])
    except (OSError, ValueError, KeyError, TypeError):
        return _CLIP_MEAN, _CLIP_DEVIATION


def _triple(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
