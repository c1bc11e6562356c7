"""The order of an upscale, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jobs.orders.pictures import OnePictureOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleOrder(OnePictureOrder):
    """One picture, made larger.

    `request` names the engine, the words and the seed that the picture was drawn with, and the size
    of the result in pixels as far as that is known before.
    """

    kind: ClassVar[str] = "upscale"
