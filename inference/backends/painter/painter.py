"""The painter as a backend: from a request to the bytes of a PNG."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.request import ImageRequest, TextPrompt
from inference.backends.painter.edits import edit_picture
from inference.backends.painter.picture import paint

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPRESSION = 2
"""Brush marks hardly compress: higher levels take three times as long for two per cent."""


class Painter:
    """Paints abstract pictures."""

    def draw(self, request: ImageRequest, seed: int, is_stopped: Callable[[], bool]) -> bytes:
        """One picture of the request with that seed, as PNG, or the one that it edits.

        Raises:
            Stopped: is_stopped said so while it was painted.
        """
        if request.edit is not None:
            return edit_picture(replace(request, seed=seed), request.edit, is_stopped)
        rgb = paint(replace(request, seed=seed, other_seeds=()), is_stopped)
        about = PngInfo()
        about.add_text("Software", "Atelier painter (no model)")
        buffer = BytesIO()
        Image.fromarray(rgb).save(buffer, "PNG", compress_level=_COMPRESSION, pnginfo=about)
        return buffer.getvalue()

    def warm_up(self) -> None:
        """Build the tables that every picture needs, so that the first one is not slower."""
        request = ImageRequest("", (TextPrompt("sea"),), 64, 64, seed=1, steps=30, cfg_scale=7.0)
        self.draw(request, 1, lambda: False)
