"""Requests for the painter, and ways to look at what it paints."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from generation.request import ImageRequest, TextPrompt
from inference.backends.painter.picture import paint

if TYPE_CHECKING:
    from numpy.typing import NDArray


def order(*prompts: str | tuple[str, float], **more: Any) -> ImageRequest:
    """A small request; `more` replaces its fields."""
    fields: dict[str, Any] = {
        "engine_id": "atelier-painter",
        "width": 128,
        "height": 128,
        "seed": 7,
        "steps": 30,
        "cfg_scale": 7.0,
    }
    texts = tuple(
        TextPrompt(part) if isinstance(part, str) else TextPrompt(*part) for part in prompts
    )
    return ImageRequest(prompts=texts, **(fields | more))


def painted(*prompts: str | tuple[str, float], **more: Any) -> NDArray[np.uint8]:
    """The picture of such a request."""
    return paint(order(*prompts, **more), lambda: False)


def png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """The pixels as a PNG; a plane is grey."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def flat_png(
    colour: tuple[int, int, int] = (40, 90, 160), size: tuple[int, int] = (128, 128)
) -> bytes:
    """A picture of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    """The pixels of an encoded picture."""
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def redness(pixels: NDArray[np.uint8]) -> float:
    """How far red lies above green and blue, on average."""
    wide = pixels.astype(np.float64)
    return float((wide[..., 0] - np.maximum(wide[..., 1], wide[..., 2])).mean())


def detail(pixels: NDArray[np.uint8]) -> float:
    """The energy of what is finer than two pixels."""
    grey = pixels.astype(np.float64).mean(axis=2)
    edges = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1]
    edges -= grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((edges * edges).mean())


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """The mean absolute difference of two pictures in levels."""
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())
