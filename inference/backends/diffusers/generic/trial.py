"""A first small picture, which shows whether the parts of a pipeline fit together."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from generation.errors import BadRequest
from generation.request import ImageRequest, TextPrompt
from inference.backends.diffusers.generic.contract import Guidance, Task, contracts_of
from inference.backends.diffusers.generic.pipeline_call import call_pipeline
from inference.backends.diffusers.generic.refusals import side_step
from inference.backends.diffusers.models.problem import ModelProblem
from inference.backends.diffusers.sampling.memory import is_out_of_memory
from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model

_SIDE = 64
_STEPS = 2


def try_out(model: Model) -> None:
    """Draw a picture of a few pixels, for each way in which the model guides.

    Raises:
        ModelProblem: that cannot be done, or the pipeline is of a kind that is not known here.
        torch.OutOfMemoryError: the device has too little memory now.
    """
    contracts = contracts_of(model.pipeline)
    is_free = next(iter(contracts.values())).guidance in (Guidance.FREE, Guidance.ADDED)
    request = _request(model, contracts, 2.0 if is_free else 1.0)
    try:
        with torch.no_grad():
            call_pipeline(model, request, _ignore)
    except (BadRequest, DrawingFailed) as error:
        raise ModelProblem(f"a first small picture did not come about ({error})") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise ModelProblem(
            f"its parts do not fit together (a first small picture: {type(error).__name__})"
        ) from error


def _request(model: Model, contracts: Any, cfg_scale: float) -> ImageRequest:
    step = side_step(model.pipeline)
    side = -(-_SIDE // step) * step
    sizes = getattr(model.pipeline, "resolutions", None) or [(side, side)]
    width, height = sizes[0]
    return ImageRequest(
        model.id,
        (TextPrompt("a cat"),),
        width,
        height,
        seed=1,
        steps=_STEPS,
        cfg_scale=cfg_scale,
        init_image=None if Task.WORDS in contracts else _picture("RGB", width, height),
        strength=1.0,
        mask=_picture("L", width, height) if set(contracts) == {Task.MASK} else None,
    )


def _picture(mode: str, width: int, height: int) -> bytes:
    buffer = BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def _ignore(*_: Any) -> None:
    """Nobody waits for the steps."""
