"""What kind of model a single checkpoint holds, told by the names of its tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.weights.layout import SD, SDXL

if TYPE_CHECKING:
    from inference.weights.headers import Header

_SIGNS = (
    ("lora_", "a LoRA, not a checkpoint"),
    ("double_blocks", "a FLUX model"),
    ("joint_blocks", "a Stable Diffusion 3 model"),
    ("control_model.", "a ControlNet in a form that is not read"),
)
"""Parts of names by which models are known that cannot be drawn with."""

_XL = "conditioner.embedders."
_SD_ENCODER = "cond_stage_model."
_UNET = "model.diffusion_model.input_blocks.0.0.weight"


def checkpoint_family(header: Header) -> str:
    """The family of a checkpoint.

    Raises:
        ValueError: it is of another kind; says which, where it is known.
    """
    names = header.shapes
    for sign, what in _SIGNS:
        if any(sign in name for name in names):
            raise ValueError(f"it is {what}")
    if _UNET not in names:
        raise ValueError("it holds no model of a kind that is known here")
    if any(name.startswith(_XL) for name in names):
        return SDXL
    if any(name.startswith(_SD_ENCODER) for name in names):
        return SD
    raise ValueError("it holds no text encoder")


def checkpoint_problem(header: Header, family: str, in_channels: int) -> str | None:
    """Why a checkpoint does not fit the configs that stand beside it; None where it does."""
    try:
        found = checkpoint_family(header)
    except ValueError as error:
        return str(error)
    if found != family:
        return f"it is of the kind {found}, but its config is of the kind {family}"
    channels = header.shapes[_UNET][1]
    if channels != in_channels:
        return f"its UNet takes {channels} channels, but its config says {in_channels}"
    return None
