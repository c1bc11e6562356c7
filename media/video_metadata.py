"""The recipe of a film, and the mark that it is made by a machine, inside the MP4 itself.

Whatever else the film says, in its boxes or between its frames, is left behind: an engine may say
things there that are nobody's business. As in `media.metadata`, a recipe has no place for a person.
"""

# PyAV leaves the types of its packets open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, cast

from media.camera import QUALITY
from media.concatenation import packets
from media.frames import FAST_START, encode, frames, opened, rate_of
from media.marking.xmp import TRAINED, UNTRAINED, mark_video

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from av.packet import Packet
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

RECIPE_TAG, DESCRIPTION_TAG = "comment", "description"
DESCRIPTIONS = {True: "Made with generative AI", False: "Made by an algorithm"}
"""What players show, by whether a trained model drew."""

PIXELS_ONLY = {"h264": "filter_units=pass_types=1|5|7-8"}
"""FFmpeg's filter by codec: slices of kinds that it decodes, and the parameter sets that they need
(ITU-T H.264, table 7-1). What users may add, such as SEI messages, does not pass. Those of H.265
and AV1 may stand in the film's index too, which no filter changes."""


def write_video_recipe(path: Path, into: Path, text: str, *, is_trained: bool) -> None:
    """The same film with the recipe, JSON as text, and the mark; whatever it said before is gone.

    `is_trained` says whether a trained model drew. Only a film of a codec that cannot be filtered,
    or with a profile for its colours, is encoded again.

    Raises:
        BadPicture: it cannot be read.
    """
    anew = into.with_name(f"{into.name}.anew.mp4")
    try:
        is_anew = _encoded_anew(path, anew)
        _copy_pixels(anew if is_anew else path, into, text, DESCRIPTIONS[is_trained])
        mark_video(into, TRAINED if is_trained else UNTRAINED)
    except BaseException:
        into.unlink(missing_ok=True)
        raise
    finally:
        anew.unlink(missing_ok=True)


def _encoded_anew(path: Path, into: Path) -> bool:
    """Whether the film was encoded again: its codec has no filter, or a profile comes with it."""
    with opened(path) as video:
        codec = video.streams.video[0].codec_context.codec.canonical_name
        shown = frames(video)
        first = next(shown)
        if codec in PIXELS_ONLY and not _has_profile(first):
            return False
        size = first.width, first.height
        encode(chain([first], shown), rate_of(video), into, size, QUALITY)
    return True


def _has_profile(frame: VideoFrame) -> bool:
    """Whether an ICC profile stands in the film's index, from where it would be copied."""
    from av.sidedata.sidedata import Type

    held = cast("Sequence[SideData]", frame.side_data)
    return any(held[place].type == Type.ICC_PROFILE for place in range(len(held)))


def _copy_pixels(path: Path, into: Path, text: str, description: str) -> None:
    import av
    from av.bitstream import BitStreamFilterContext

    with opened(path) as video, av.open(into, "w", format="mp4", options=FAST_START) as made:
        made.metadata[RECIPE_TAG] = text
        made.metadata[DESCRIPTION_TAG] = description
        source = video.streams.video[0]
        stream = made.add_stream_from_template(source)
        stream.metadata.clear()
        codec = source.codec_context.codec.canonical_name
        pixels = BitStreamFilterContext(PIXELS_ONLY[codec], source, stream)
        for packet in chain(packets(video), [None]):
            for passed in cast("list[Packet[VideoStream]]", pixels.filter(packet)):
                passed.stream = stream
                made.mux(passed)
