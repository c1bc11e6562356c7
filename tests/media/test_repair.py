"""Files without their last bytes: taken where every pixel is there, else refused."""

from __future__ import annotations

import io
import random
import re
import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from media import verify
from media.errors import BadPicture, Reason
from media.fit import Fit, fit_for_video
from media.repair import END_OF_JPEG, complete_jpeg
from media.verify import fit_mask, fit_upload, inspect, prepare_init
from quarantine.jpeg import has_all_scans

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (96, 64)


def encoded(kind: str, **more: object) -> bytes:
    """A picture of noise, whose last pixels take bytes of their own."""
    noise = random.Random(7).randbytes(SIZE[0] * SIZE[1] * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", SIZE, noise).save(buffer, kind, **more)
    return buffer.getvalue()


JPEGS = {
    "baseline": encoded("JPEG", quality=90),
    "progressive": encoded("JPEG", quality=90, progressive=True),
    "restarts": encoded("JPEG", quality=90, restart_marker_rows=1),
    "grey": encoded("JPEG", quality=90, optimize=True),
}


@pytest.mark.parametrize("jpeg", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_without_its_end_is_taken(jpeg: bytes) -> None:
    whole = prepare_init(jpeg, *SIZE)
    for data in (jpeg[:-1], jpeg[:-2], jpeg[:-2] + b"\xff\xff", jpeg + b"more"):
        assert prepare_init(data, *SIZE) == whole
        assert (inspect(data).width, inspect(data).height) == SIZE


WORK = {
    "a picture": lambda data: fit_upload(data, [SIZE]),
    "a mask": lambda data: fit_mask(data, SIZE, [SIZE]),
    "a film": lambda data: fit_for_video(data, Fit.CROP),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_it_is_made_whole_once(
    work: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counting(data: bytes, max_pixels: int) -> bytes:
        calls.append(len(data))
        return complete_jpeg(data, max_pixels)

    monkeypatch.setattr(verify, "complete_jpeg", counting)
    work(JPEGS["baseline"][:-1])
    assert len(calls) == 1


@pytest.mark.parametrize("jpeg", JPEGS.values(), ids=JPEGS)
@pytest.mark.parametrize("lost", [4, 5, 8, 40, 400, 2000])
def test_a_jpeg_that_lacks_pixels_is_refused(jpeg: bytes, lost: int) -> None:
    with pytest.raises(BadPicture) as refused:
        prepare_init(jpeg[:-lost], *SIZE)
    assert refused.value.reason is Reason.BROKEN


@pytest.mark.parametrize("kind", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_jpeg_that_breaks_off_between_restarts_is_refused(kind: dict[str, object]) -> None:
    jpeg = encoded("JPEG", quality=90, restart_marker_blocks=2, **kind)
    last_scan = jpeg.rindex(b"\xff\xda")
    cuts = [
        found.start()
        for found in re.finditer(rb"\xff[\xd0-\xd7]", jpeg)
        if found.start() > last_scan
    ]
    assert len(cuts) > 8
    for cut in cuts:
        for data in (jpeg[:cut], jpeg[: cut + 1], jpeg[: cut + 2]):
            with pytest.raises(BadPicture):
                prepare_init(data, *SIZE)
    assert prepare_init(jpeg[:-1], *SIZE) == prepare_init(jpeg, *SIZE)


def test_the_end_of_a_thumbnail_is_not_that_of_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "\xff\xd9 within"
    jpeg = encoded("JPEG", exif=exif.tobytes() + END_OF_JPEG)
    with pytest.raises(BadPicture):
        prepare_init(jpeg[:-300], *SIZE)


@pytest.mark.parametrize("lost", [1, 4, 8, 11, 12, 14])
def test_a_png_without_its_last_chunk_is_taken(lost: int) -> None:
    png = encoded("PNG")
    assert prepare_init(png[:-lost], *SIZE) == prepare_init(png, *SIZE)


def test_a_png_that_lacks_pixels_is_refused() -> None:
    for lost in (40, 400):
        with pytest.raises(BadPicture):
            prepare_init(encoded("PNG")[:-lost], *SIZE)


def scan_borders(jpeg: bytes) -> list[int]:
    """Where the tables and scans after the first scan begin."""
    found = [at for at in range(len(jpeg) - 1) if jpeg[at] == 255 and jpeg[at + 1] in (0xC4, 0xDA)]
    return [at for at in found if at > jpeg.index(b"\xff\xda")]


def test_a_progressive_jpeg_needs_its_last_scan() -> None:
    """Each scan refines the whole picture: without the last, nothing is missing in one place."""
    flat = io.BytesIO()
    Image.new("RGB", SIZE, (90, 150, 220)).save(flat, "JPEG", progressive=True)
    for jpeg in (JPEGS["progressive"], flat.getvalue()):
        borders = scan_borders(jpeg)
        assert len(borders) > 6
        for at in borders:
            for data in (jpeg[:at], jpeg[: at + 2]):
                with pytest.raises(BadPicture) as refused:
                    prepare_init(data, *SIZE)
                assert refused.value.reason is Reason.BROKEN


def test_each_colour_has_its_scan() -> None:
    whole = JPEGS["baseline"]
    assert has_all_scans(whole)
    frame = whole.index(b"\xff\xc0") + 4
    # One component more than the only scan has.
    more = bytearray(whole[:frame] + whole[frame : frame + 15] + b"\x09\x11\x00")
    more[frame + 5] = 4
    struct.pack_into(">H", more, frame - 2, 20)
    assert not has_all_scans(bytes(more) + whole[frame + 15 :])
