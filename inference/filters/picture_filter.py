"""What a filter of finished pictures is, and what leaves in the place of one that it withholds."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from inference.backends.backend import DrawContext, Progress

LEFT_PX = 8
"""The longer side of what is left of a picture that is withheld."""


class PictureFilter(Protocol):
    """Says of pictures whether they are to be withheld; any number of threads may ask."""

    def flags(self, picture: bytes) -> bool:
        """Whether a PNG or JPEG is to be withheld; takes a moment.

        Raises:
            DrawingFailed: it cannot be looked at, so nobody may see it.
        """
        ...

    def warm_up(self) -> None:
        """Prepare for the first picture; what goes wrong is logged."""
        ...


class FilteredDrawing:
    """Draws the pictures of one call and withholds those that the filter flags."""

    def __init__(
        self, draw: Callable[[int, DrawContext], bytes], picture_filter: PictureFilter | None
    ) -> None:
        """Without a filter nothing is withheld."""
        self._draw = draw
        self._filter = picture_filter
        self._withheld: set[int] = set()

    def draw(self, index: int, context: DrawContext) -> bytes:
        """The picture of that index, or what may be seen of it; runs in a worker."""
        if self._filter is None:
            return self._draw(index, context)
        report = context.report and self._shown(self._filter, context.report)
        picture = self._draw(index, replace(context, report=report))
        if not self._filter.flags(picture):
            return picture
        self._withheld.add(index)
        return blurred(picture)

    def is_withheld(self, index: int) -> bool:
        """Whether the picture of that index was drawn and withheld."""
        return index in self._withheld

    @staticmethod
    def _shown(
        picture_filter: PictureFilter, report: Callable[[Progress], None]
    ) -> Callable[[Progress], None]:
        """The same report, without previews that would be withheld as pictures."""

        def tell(progress: Progress) -> None:
            if progress.preview and picture_filter.flags(progress.preview):
                progress = replace(progress, preview=b"")
            report(progress)

        return tell


def blurred(png: bytes) -> bytes:
    """A PNG of the same size in which nothing but colours can be seen."""
    from PIL import Image as pillow

    with pillow.open(BytesIO(png), formats=["PNG"]) as picture:
        seen = picture.convert("RGB")
    buffer = BytesIO()
    blurred_picture(seen).save(buffer, "PNG")
    return buffer.getvalue()


def blurred_picture(seen: Image) -> Image:
    """The colours of an RGB picture, in its size."""
    from PIL.Image import Resampling

    scale = LEFT_PX / max(seen.size)
    width, height = (max(1, round(side * scale)) for side in seen.size)
    return seen.resize((width, height), Resampling.BOX).resize(seen.size, Resampling.BICUBIC)
