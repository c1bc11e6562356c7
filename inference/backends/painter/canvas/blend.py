"""Several pictures as one to paint over: patches of each by its weight, in the colours of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.given_pictures import open_picture
from inference.backends.painter.canvas.blending import Start
from inference.backends.painter.canvas.texture import blur, weave
from inference.backends.painter.exact import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.request import ImageRequest
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.random_source import RandomStream

PATCHES = 2.5
"""About how many patches lie along the shorter side."""

COLOUR_LEVELS = 4
"""What is coarser than about 2 to this power, in pixels, counts as colour and not as form."""

COLOUR_SHARE = 0.45
"""How far the colours of a patch go towards those of all pictures together."""

LEAST_STRENGTH, WORDS_STRENGTH = 0.3, 0.6
"""How strongly is painted over the pictures alone, and how much more as words take their part."""


def blend_strength(request: ImageRequest) -> float:
    """How strongly the painting of the words takes over, by their weight beside the pictures'."""
    words = sum(max(one.weight, 0.0) for one in request.prompts if one.text.strip())
    pictures = sum(picture.weight for picture in request.blend)
    return LEAST_STRENGTH + WORDS_STRENGTH * words / (words + pictures)


def blend_start(request: ImageRequest, dice: RandomStream) -> Start:
    """The pictures of a request as one in its size; their bytes were verified before."""
    size = (request.width, request.height)
    total = sum(picture.weight for picture in request.blend)
    weights = [picture.weight / total for picture in request.blend]
    pictures = [
        np.asarray(open_picture(picture.image, "RGB", size), dtype=np.float32)
        for picture in request.blend
    ]
    shares = _shares(weights, size, dice)
    channels = [
        _mixed([picture[:, :, channel] for picture in pictures], weights, shares)
        for channel in range(3)
    ]
    return Start((np.stack(channels, axis=2) + 0.5).astype(np.uint8), None)


def _mixed(planes: Sequence[Plane], weights: Sequence[float], shares: Sequence[Plane]) -> Plane:
    """One channel: the patches, with a part of their colour replaced by that of all pictures."""
    out = np.zeros_like(planes[0])
    for plane, weight, share in zip(planes, weights, shares, strict=True):
        colour = blur(plane, COLOUR_LEVELS)
        out += share * (plane - colour * COLOUR_SHARE) + colour * (weight * COLOUR_SHARE)
    return clamp(out, 0.0, 255.0)


def _shares(weights: Sequence[float], size: tuple[int, int], dice: RandomStream) -> list[Plane]:
    """How much each picture shows at each place; together 1, and on the whole as the weights say.

    A picture that is worth little shows in few places, and none shows everywhere.
    """
    width, height = size
    scale = PATCHES / min(size)
    x = (np.arange(width, dtype=np.float32) * np.float32(scale)).reshape(1, -1)
    y = (np.arange(height, dtype=np.float32) * np.float32(scale)).reshape(-1, 1)
    texture = weave(3.0)
    fields: list[Plane] = []
    for weight in weights:
        across, down = dice.number(0.0, 64.0), dice.number(0.0, 64.0)
        places = np.broadcast_arrays(x + np.float32(across), y + np.float32(down))
        crest = clamp(0.55 + 0.5 * texture.at(places[0].copy(), places[1].copy()), 0.05)
        steep = crest * crest
        fields.append(steep * steep * np.float32(weight))
    total = fields[0].copy()
    for field in fields[1:]:
        total += field
    return [field / total for field in fields]
