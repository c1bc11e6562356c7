"""Films looked at before they are kept: their first frame, every eighth, and the last."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from inference.filters.picture_filter import blurred, blurred_picture
from inference.video.order import Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from inference.filters.picture_filter import PictureFilter

SAMPLED_EACH = 8
"""A film of 25 frames is looked at five times: what is in it, is in it for more than a moment."""


def is_flagged(video: Video, film_filter: PictureFilter, check: Callable[[], None]) -> bool:
    """Whether a film is to be withheld; takes a moment for each frame that is looked at.

    Raises:
        DrawingFailed: a frame cannot be looked at, so nobody may see the film.
        Exception: whatever `check` raises, which is asked before each frame.
    """
    return any(film_filter.flags(frame) for frame in _sampled(video, check))


def _sampled(video: Video, check: Callable[[], None]) -> Iterator[bytes]:
    yield video.last_frame
    for number, pixels in enumerate(_frames(video)):
        check()
        if number % SAMPLED_EACH == 0:
            buffer = BytesIO()
            Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
            yield buffer.getvalue()


def blurred_film(video: Video, frames_per_s: int, comment: str) -> Video:
    """A film of the same size and length in which nothing but colours can be seen."""
    # Imported here: a server of pictures alone carries neither numpy nor an encoder of films.
    import numpy as np

    from inference.video.encoding import encode

    with Image.open(BytesIO(video.last_frame), formats=["PNG"]) as picture:
        width, height = picture.size
    colours = (
        np.asarray(blurred_picture(Image.fromarray(pixels)), dtype=np.uint8)
        for pixels in _frames(video)
    )
    film = encode(colours, width, height, frames_per_s, comment)
    return Video(film, blurred(video.last_frame))


def _frames(video: Video) -> Iterator[NDArray[np.uint8]]:
    from inference.video.encoding import decode

    return decode(video.video)
