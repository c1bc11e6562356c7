"""Single frames put together into a film."""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from media.camera import QUALITY, moved, share_of
from media.errors import BadPicture, Reason
from media.frames import MAX_FRAMES, MAX_PIXELS, even, written
from media.verify import inspect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from media.camera import Camera


def assemble(frames: Sequence[Path], into: Path, fps: int, camera: Camera | None = None) -> None:
    """Write PNG files of one size as H.264 MP4, odd sizes cut to even ones.

    `camera` moves over all of them.

    Raises:
        BadPicture: there is none, there are too many, one cannot be read or has another size.
    """
    if not 0 < len(frames) <= MAX_FRAMES:
        raise BadPicture(Reason.BROKEN, f"{len(frames):,} frames")
    first = _frame(frames[0])
    size = first.width, first.height
    with written(into, size, Fraction(fps), QUALITY) as add:
        for number, path in enumerate(frames):
            frame = _frame(path)
            if (frame.width, frame.height) != size:
                raise BadPicture(Reason.BROKEN, "the frames have different sizes")
            if camera:
                frame = moved(frame, camera, share_of(number, len(frames)))
            add(frame)


def _frame(path: Path) -> VideoFrame:
    from av.video.frame import VideoFrame
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    # Named, since players guess the colours of a film that says nothing by its size.
    return VideoFrame.from_ndarray(_pixels(path), "rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        dst_color_primaries=ColorPrimaries.BT709,
        dst_color_trc=ColorTrc.BT709,
    )


def _pixels(path: Path) -> NDArray[np.uint8]:
    """Rows, columns and colours of a PNG, without the odd ones."""
    import numpy as np
    from PIL import Image

    seen = inspect(path.read_bytes())
    width, height = even(seen.width, seen.height)
    if seen.width * seen.height > MAX_PIXELS:
        raise BadPicture(Reason.TOO_MANY_PIXELS, f"{seen.width}×{seen.height}")
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            return np.asarray(picture.convert("RGB").crop((0, 0, width, height)))
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error
