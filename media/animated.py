"""Animated pictures of a film's frames, as GIF and as WebP."""

# PyAV leaves the types of its pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from media.frames import frames, opened, rate_of
from media.marking.xmp import mark_gif, xmp_packet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from av.video.frame import VideoFrame
    from PIL.Image import Image as Decoded

COLOURS = 255
"""One less than a GIF holds: the last one says that a pixel stays as it was."""

SAMPLED, SAMPLE_PX = 16, 64
"""A palette is made of so many frames, spread over the film, and of so many pixels' width each."""

TICK_MS = {"GIF": 10, "WEBP": 1}
"""What a format counts the time in."""

WEBP_QUALITY, WEBP_EFFORT = 75, 2


def moving_picture(path: Path, kind: str, side: int, step: int, source_type: str) -> bytes:
    """Every `step`th frame, no side longer than `side` pixels, as `GIF` or `WEBP`, looped.

    XMP in it says how it was made, by one of IPTC's URLs.

    Raises:
        BadPicture: as for `media.film.probe`.
    """
    with opened(path) as video:
        rate = rate_of(video)
        count = 0
        pictures: list[Decoded] = []
        for count, frame in enumerate(frames(video), start=1):
            if (count - 1) % step == 0:
                pictures.append(_picture(frame, side))
    durations = _durations(count, step, rate, TICK_MS[kind])
    buffer = BytesIO()
    if kind == "GIF":
        first, *others = _in_few_colours(pictures)
        first.save(buffer, kind, save_all=True, append_images=others, duration=durations, loop=0)
        return mark_gif(buffer.getvalue(), source_type)
    first, *others = pictures
    first.save(
        *(buffer, kind),
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        quality=WEBP_QUALITY,
        method=WEBP_EFFORT,
        xmp=xmp_packet(source_type).encode(),
    )
    return buffer.getvalue()


def _picture(frame: VideoFrame, side: int) -> Decoded:
    scale = min(1.0, side / max(frame.width, frame.height))
    width, height = (max(1, round(length * scale)) for length in (frame.width, frame.height))
    small = frame.reformat(width, height, "rgb24", interpolation="AREA")
    return cast("Decoded", small.to_image())


def _durations(count: int, step: int, rate: Fraction, tick_ms: int) -> list[int]:
    """How long each picture stays, in ms; rounded so that the whole takes as long as the film."""
    starts = [*range(0, count, step), count]
    ticks = [round(start * 1000 / rate / tick_ms) for start in starts]
    return [(end - begin) * tick_ms for begin, end in pairwise(ticks)]


def _in_few_colours(pictures: Sequence[Decoded]) -> list[Decoded]:
    """The pictures in one palette for the whole film, so that its colours do not flicker."""
    from PIL import Image

    chosen = pictures[:: max(1, len(pictures) // SAMPLED)][:SAMPLED]
    width = min(SAMPLE_PX, pictures[0].width)
    height = max(1, pictures[0].height * width // pictures[0].width)
    sheet = Image.new("RGB", (width, height * len(chosen)))
    for place, picture in enumerate(chosen):
        # Single pixels, not means: those have fewer colours than the film.
        sample = picture.resize((width, height), Image.Resampling.NEAREST)
        sheet.paste(sample, (0, place * height))
    palette = sheet.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    dither = Image.Dither.FLOYDSTEINBERG
    return [picture.quantize(palette=palette, dither=dither) for picture in pictures]
