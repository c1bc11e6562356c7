"""An MP4 by its boxes: whole, or an error that says where it is not."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import GarbledAnswer
from generation.video.mp4 import check_mp4
from tests.generation.video.scripted_rest import box, mp4

FTYP, MOOV, MDAT = box(b"ftyp", b"isom"), box(b"moov", b"index"), box(b"mdat", b"frames")
WIDE = b"\0\0\0\1mdat" + (16 + 6).to_bytes(8, "big") + b"frames"
TO_THE_END = b"\0\0\0\0mdat" + b"frames"


def check(data: bytes) -> None:
    check_mp4(BytesIO(data), len(data))


@pytest.mark.parametrize(
    "data",
    [
        FTYP + MOOV + MDAT,
        FTYP + MDAT + MOOV,
        FTYP + box(b"free", b"") + MOOV + WIDE,
        FTYP + MOOV + TO_THE_END,
        FTYP + MOOV + box(b"moof", b"part") + MDAT + box(b"moof", b"part") + MDAT,
    ],
    ids=["index first", "index last", "64-bit length", "to the end", "fragments"],
)
def test_a_whole_video(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"<html>no film</html>", "no MP4"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "no MP4"),
        (MOOV + MDAT, "no MP4"),
        (FTYP, "no moov"),
        (FTYP + MOOV, "no mdat"),
        (FTYP + MDAT, "no moov"),
        (FTYP + MOOV + box(b"mdat", b""), "no mdat"),
        (FTYP + MOOV + MDAT[:-1], "breaks off"),
        (FTYP + MOOV + MDAT + b"\0\0\0", "breaks off"),
        (FTYP + b"\0\0\0\3moov" + MDAT, "breaks off"),
        (FTYP + MOOV + WIDE[:12], "breaks off"),
        (FTYP + MOOV + MDAT + box(b"free", b"") * 10_001, "more boxes"),
    ],
)
def test_what_is_no_whole_video(data: bytes, what: str) -> None:
    with pytest.raises(GarbledAnswer, match=what):
        check(data)


@given(st.integers(min_value=1, max_value=len(mp4()) - 1))
def test_no_video_that_breaks_off_is_taken(end: int) -> None:
    with pytest.raises(GarbledAnswer):
        check(mp4()[:end])


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        check(data)
