"""Photographs as telephones and programs save them."""

from __future__ import annotations

import io
import resource
import struct
import tracemalloc

import pytest
from PIL import Image, ImageCms

from media import verify
from media.errors import BadPicture, Reason
from media.fit import Fit, fit_for_video
from media.pool import upload_pool
from media.verify import MAX_PIXELS, fit_mask, fit_upload, inspect, prepare_init
from quarantine.formats import ALL_FORMATS, FORMATS, HEIF, OF_PILLOW, named
from quarantine.structure import CHECKS
from tests.media.heic import TURNED_HEIC

SKY = (90, 150, 220)


def saved(picture: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **more)
    return buffer.getvalue()


def turned(size: tuple[int, int], orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    return saved(Image.new("RGB", size, SKY), exif=exif.tobytes())


def test_one_list_of_formats_is_checked_wholly() -> None:
    assert set(FORMATS) <= set(ALL_FORMATS) == set(CHECKS)
    assert named(OF_PILLOW) == "PNG, JPEG, WebP, GIF or AVIF"
    assert named(ALL_FORMATS) == "PNG, JPEG, WebP, GIF, AVIF or HEIC"


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_the_orientation_decides_the_shape(orientation: int) -> None:
    data = turned((600, 400), orientation)
    assert (inspect(data).width, inspect(data).height) == (400, 600)
    film = fit_for_video(data, Fit.CROP)
    assert (film.width, film.height) == (576, 1024)
    start = fit_upload(data, [(512, 512), (576, 384), (384, 576)])
    assert (start.size, start.seen) == ((384, 576), (400, 600))
    assert Image.open(io.BytesIO(start.png)).size == (384, 576)


def test_a_photograph_of_48_megapixels_is_made_smaller_while_it_is_decoded() -> None:
    data = saved(Image.new("L", (8064, 6048), 128))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    assert Image.open(io.BytesIO(prepare_init(data, 512, 384))).size == (512, 384)
    tracemalloc.stop()
    # A quarter of the pixels as RGB, and copies of those; in whole they would be 146 MB each.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 260_000


async def test_a_photograph_of_200_megapixels_is_taken() -> None:
    """Pillow refuses 179 of its own accord."""
    data = saved(Image.new("L", (16320, 12240), 128))
    async with upload_pool(1) as pool:
        for cut in (data, data[:-2]):
            seen = await pool.run(inspect, cut)
            assert (seen.width, seen.height) == (16320, 12240)
            start = await pool.run(fit_upload, cut, ((576, 384), (512, 512)))
            assert start.size == (576, 384)


def test_a_png_of_so_many_pixels_is_refused() -> None:
    side = int(MAX_PIXELS**0.5) + 100
    with pytest.raises(BadPicture) as refused:
        inspect(saved(Image.new("1", (side, side)), "PNG"))
    assert refused.value.reason is Reason.TOO_MANY_PIXELS


def test_a_picture_of_inks_has_the_colours_of_its_profile() -> None:
    """A profile that makes another colour of the same inks, as real ones do."""
    inks = Image.new("CMYK", (64, 64), (120, 60, 0, 20))
    plain = Image.open(io.BytesIO(prepare_init(saved(inks), 64, 64))).getpixel((9, 9))
    with_broken = saved(inks, icc_profile=b"no profile")
    assert Image.open(io.BytesIO(prepare_init(with_broken, 64, 64))).getpixel((9, 9)) == plain


def test_a_grey_profile_does_no_harm() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(Image.new("L", (64, 64), 90), icc_profile=profile)
    assert Image.open(io.BytesIO(prepare_init(data, 64, 64))).getpixel((9, 9)) == (90, 90, 90)


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "GIF", "PNG"])
def test_formats(kind: str) -> None:
    assert inspect(saved(Image.new("RGB", (64, 48), SKY), kind)).kind == kind


@pytest.mark.skipif(HEIF not in FORMATS, reason="the library that reads HEIC is not installed")
async def test_a_heic_is_read_upright_in_a_worker() -> None:
    async with upload_pool(1) as pool:
        seen = await pool.run(inspect, TURNED_HEIC)
        png = await pool.run(prepare_init, TURNED_HEIC, 48, 64)
    assert (seen.kind, seen.width, seen.height) == (HEIF, 48, 64)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    right, left = (picture.crop((x, 32, x + 1, 33)).tobytes() for x in (44, 4))
    assert (right[0], left[2]) == (pytest.approx(200, abs=6), pytest.approx(220, abs=6))


@pytest.mark.skipif(HEIF not in FORMATS, reason="the library that reads HEIC is not installed")
def test_a_damaged_heic_is_refused() -> None:
    for data in (TURNED_HEIC[:-40], TURNED_HEIC[:200]):
        with pytest.raises(BadPicture) as refused:
            prepare_init(data, 64, 64)
        assert refused.value.reason in (Reason.BROKEN, Reason.UNKNOWN_FORMAT)


def test_a_heic_is_refused_by_name_where_nothing_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verify, "FORMATS", OF_PILLOW)
    with pytest.raises(BadPicture) as refused:
        inspect(TURNED_HEIC)
    assert (refused.value.reason, refused.value.detail) == (Reason.UNREAD_FORMAT, "HEIC")


def test_a_mask_needs_the_shape_of_its_picture() -> None:
    mask = saved(Image.new("L", (400, 600)), "PNG")
    with pytest.raises(BadPicture) as refused:
        fit_mask(mask, (576, 384), [(600, 400), (576, 384)])
    assert (refused.value.reason, refused.value.detail) == (Reason.OTHER_SHAPE, "400×600")
    assert fit_mask(mask, (384, 576), [(800, 1200)]).size == (384, 576)


def ink_profile(lightness: int) -> bytes:
    """An ICC profile of CMYK, all of whose colours without black are one grey (ICC.1)."""
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    for row in range(3):
        lut += b"".join(struct.pack(">i", 65536 * (row == column)) for column in range(3))
    ramp = bytes(range(256))
    lut += ramp * 4 + bytes([lightness, 128, 128, 0, 128, 128]) * 8 + ramp * 3
    text = b"desc\0\0\0\0\0\0\0\2x\0" + bytes(80)
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    blocks = {b"A2B0": lut, b"desc": text, b"wtpt": white}
    at, table, body = 132 + 12 * len(blocks), b"", b""
    for name, block in blocks.items():
        table += name + struct.pack(">II", at + len(body), len(block))
        body += block + bytes(-len(block) % 4)
    size = at + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x02100000, b"prtr", b"CMYK", b"Lab ")
    head = head.ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(blocks)) + table + body


@pytest.mark.parametrize(("lightness", "grey"), [(128, 119), (204, 198)])
def test_inks_are_seen_by_their_profile(lightness: int, grey: int) -> None:
    inks = Image.new("CMYK", (64, 64), (120, 60, 0, 0))
    made = prepare_init(saved(inks, icc_profile=ink_profile(lightness)), 64, 64)
    pixel = Image.open(io.BytesIO(made)).getpixel((9, 9))
    assert all(abs(value - grey) <= 2 for value in pixel)  # pyright: ignore[reportOptionalIterable, reportGeneralTypeIssues]
