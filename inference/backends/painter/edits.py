"""The painter's way to edit: by colours and by what surrounds a hole, without a model."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from generation.edits import EditAction
from generation.request import TextPrompt
from inference.backends.cancellation import Stopped
from inference.backends.given_pictures import open_picture
from inference.backends.painter.canvas.colour import from_rgb, to_rgb
from inference.backends.painter.picture import paint
from inference.backends.painter.push_pull import fill
from inference.backends.painter.selection import colour_of, foreground, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from generation.edits import Edit
    from generation.request import ImageRequest

    Pixels = NDArray[np.uint8]
    Share = NDArray[np.float32]
    """0 where a picture stays, 1 where it changes."""

_PAINTED = 0.55
"""How much of an outpaint's new part, from 0 to 1, is painted over the mirrored one."""

_STEP = 64
"""The sides of what is painted are multiples of so many pixels."""

_COMPRESSION = 2


def edit_picture(request: ImageRequest, edit: Edit, is_stopped: Callable[[], bool]) -> bytes:
    """The edited picture as PNG, with transparency where its background was removed.

    Raises:
        Stopped: is_stopped said so while it was worked on.
    """
    left, right, up, down = edit.sides
    size = (request.width - left - right, request.height - up - down)
    given = np.asarray(open_picture(request.init_image or b"", "RGB", size), dtype=np.uint8)
    made = _EDITS[edit.action](request, edit, given, is_stopped)
    if is_stopped():
        raise Stopped
    buffer = BytesIO()
    Image.fromarray(made).save(buffer, "PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()


def _erase(
    request: ImageRequest, _edit: Edit, given: Pixels, _is_stopped: Callable[[], bool]
) -> Pixels:
    """What is black in the mask, filled from around it."""
    size = (request.width, request.height)
    kept = np.asarray(open_picture(request.mask or b"", "L", size), dtype=np.float32) / 255.0
    return _mixed(given, fill(given, kept), 1.0 - kept)


def _outpaint(
    request: ImageRequest, edit: Edit, given: Pixels, is_stopped: Callable[[], bool]
) -> Pixels:
    """The picture mirrored beyond its edges, and painted over there where there are words."""
    left, right, up, down = edit.sides
    canvas = np.pad(given, ((up, down), (left, right), (0, 0)), "symmetric")
    grown = np.ones(canvas.shape[:2], dtype=np.float32)
    grown[up : up + given.shape[0], left : left + given.shape[1]] = 0.0
    if _says_something(request):
        canvas = _mixed(canvas, _painted(request, canvas, _PAINTED, is_stopped), grown)
    return canvas


def _replace(
    request: ImageRequest, edit: Edit, given: Pixels, is_stopped: Callable[[], bool]
) -> Pixels:
    """What was found, painted anew by the words."""
    found = select(given, edit.search)
    return _mixed(given, _painted(request, given, 1.0, is_stopped), found)


def _recolour(
    request: ImageRequest, edit: Edit, given: Pixels, _is_stopped: Callable[[], bool]
) -> Pixels:
    """What was found, in the colour that the words name; light and shade stay."""
    found = select(given, edit.search)
    words = " ".join(prompt.text for prompt in request.prompts if prompt.weight > 0)
    colour = colour_of(words, request.seed)
    light = from_rgb(given)[0]
    middle = float((light * found).sum() / max(float(found.sum()), 1.0))
    lit = light + np.float32((colour.l - middle) * 0.5)
    shape = lit.shape
    planes = (np.full(shape, colour.a, np.float32), np.full(shape, colour.b, np.float32))
    return _mixed(given, to_rgb(np.clip(lit, 0.0, 1.0), *planes), found)


def _remove_background(
    _request: ImageRequest, _edit: Edit, given: Pixels, _is_stopped: Callable[[], bool]
) -> Pixels:
    """What stands in front, on nothing."""
    alpha = (foreground(given) * 255.0 + 0.5).astype(np.uint8)
    return np.dstack([given, alpha])


_EDITS = {
    EditAction.ERASE: _erase,
    EditAction.OUTPAINT: _outpaint,
    EditAction.REPLACE: _replace,
    EditAction.RECOLOUR: _recolour,
    EditAction.REMOVE_BACKGROUND: _remove_background,
}


def _says_something(request: ImageRequest) -> bool:
    return any(prompt.text.strip() and prompt.weight > 0 for prompt in request.prompts)


def _painted(
    request: ImageRequest, start: Pixels, strength: float, is_stopped: Callable[[], bool]
) -> Pixels:
    """A painting by the words over the start, in its size."""
    height, width = start.shape[:2]
    across, down = -(-width // _STEP) * _STEP, -(-height // _STEP) * _STEP
    buffer = BytesIO()
    Image.fromarray(start).resize((across, down)).save(buffer, "PNG", compress_level=1)
    drawing = replace(
        request,
        prompts=request.prompts or (TextPrompt(""),),
        width=across,
        height=down,
        steps=30,
        init_image=buffer.getvalue(),
        mask=None,
        strength=strength,
        edit=None,
    )
    painted = Image.fromarray(paint(drawing, is_stopped))
    return np.asarray(painted.resize((width, height), Image.Resampling.LANCZOS), dtype=np.uint8)


def _mixed(first: Pixels, second: Pixels, share: Share) -> Pixels:
    """The first where the share is 0, to the byte, and the second where it is 1."""
    part = share[:, :, None]
    return (first * (1.0 - part) + second * part + 0.5).astype(np.uint8)
