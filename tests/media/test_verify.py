"""Uploads: what is refused, and what the accepted ones become."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from media.errors import BadPicture, Reason
from media.verify import MAX_BYTES, inspect, prepare_init, prepare_mask

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as picture:
        picture.load()
        return picture


def halves(
    left: object, right: object, mode: str = "RGB", size: tuple[int, int] = (200, 100)
) -> Image.Image:
    picture = Image.new(mode, size, left)  # pyright: ignore[reportArgumentType]
    picture.paste(right, (size[0] // 2, 0, *size))  # pyright: ignore[reportArgumentType]
    return picture


def at(data: bytes, x: float, y: float) -> object:
    picture = decoded(data)
    return picture.getpixel((int(x * picture.width), int(y * picture.height)))


def near(colour: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(found - value) <= 12 for found, value in zip(colour, wanted, strict=True))


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_becomes_an_rgb_png_of_the_size(kind: str) -> None:
    made = decoded(prepare_init(encoded(halves(RED, BLUE), kind), 128, 64))
    assert (made.format, made.mode, made.size) == ("PNG", "RGB", (128, 64))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    made = prepare_init(encoded(Image.new(mode, (80, 80)), kind), 64, 64)
    assert decoded(made).mode == "RGB"


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = Image.new("I;16", (64, 64), 128 * 256)
    assert near(at(prepare_init(encoded(grey), 64, 64), 0.5, 0.5), (128, 128, 128))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(BadPicture) as caught:
        prepare_init(encoded(halves(RED, BLUE), kind), 64, 64)
    assert caught.value.reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"<svg/>", b"\x00" * 100])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    for prepare in (prepare_init, prepare_mask):
        with pytest.raises(BadPicture) as caught:
            prepare(data, 64, 64)
        assert caught.value.reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_half_a_picture_is_refused(kind: str, share: float) -> None:
    noise = Image.frombytes("RGB", (100, 100), os.urandom(30_000))
    whole = encoded(noise, kind)
    with pytest.raises(BadPicture) as caught:
        prepare_init(whole[: int(len(whole) * share)], 64, 64)
    assert caught.value.reason in (Reason.BROKEN, Reason.UNKNOWN_FORMAT)


@pytest.mark.parametrize("size", [(8000, 5000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header(size: tuple[int, int]) -> None:
    for function in (lambda data: prepare_init(data, 64, 64), inspect):
        with pytest.raises(BadPicture) as caught:
            function(png_header(*size))
        assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_forty_megapixels_say_so() -> None:
    with pytest.raises(BadPicture, match=r"40\.0 of 32 megapixels"):
        prepare_init(png_header(8000, 5000), 64, 64)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(BadPicture) as caught:
        inspect(bytes(MAX_BYTES + 1))
    assert caught.value.reason is Reason.TOO_MANY_BYTES


def test_a_picture_is_cut_in_the_middle() -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(GREEN, (100, 0, 200, 100))
    made = prepare_init(encoded(wide), 64, 64)
    assert all(near(at(made, x, 0.5), GREEN) for x in (0.05, 0.5, 0.95))


def test_a_small_picture_is_enlarged() -> None:
    made = decoded(prepare_init(encoded(Image.new("RGB", (3, 3), RED)), 128, 64))
    assert made.size == (128, 64)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0.1, 0.1)), (2, (0.9, 0.1)), (3, (0.9, 0.9)), (4, (0.1, 0.9)), (5, (0.1, 0.1)),
     (6, (0.9, 0.1)), (7, (0.9, 0.9)), (8, (0.1, 0.9))],
)  # fmt: skip
def test_photographs_are_turned_upright(orientation: int, corner: tuple[float, float]) -> None:
    photograph = Image.new("RGB", (96, 96), BLUE)
    photograph.paste(RED, (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(photograph, "JPEG", exif=exif, quality=95)
    assert near(at(prepare_init(data, 96, 96), *corner), RED)


def test_broken_exif_does_no_harm() -> None:
    data = encoded(halves(RED, BLUE), "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff")
    assert near(at(prepare_init(data, 64, 64), 0.1, 0.5), RED)
    assert inspect(data).width == 200


def test_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert inspect(data).is_animated
        assert near(at(prepare_init(data, 64, 64), 0.5, 0.5), RED)


def test_transparent_parts_become_white() -> None:
    half = halves((*RED, 255), (0, 0, 0, 0), "RGBA")
    made = prepare_init(encoded(half), 128, 64)
    assert near(at(made, 0.1, 0.5), RED)
    assert near(at(made, 0.9, 0.5), (255, 255, 255))


def test_nothing_of_the_upload_but_its_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = encoded(halves(RED, BLUE), "JPEG", exif=exif, comment=b"who I am")
    made = prepare_init(data, 64, 64)
    assert b"where I live" not in made
    assert set(decoded(made).info) <= {"dpi"}


def test_a_large_profile_and_packed_texts_are_no_damage() -> None:
    """Profiles of printers have megabytes, and so have the recipes that some programs write."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("workflow", "x" * 3_000_000, zip=True)
    large = encoded(halves(RED, BLUE), icc_profile=profile + bytes(1_500_000), pnginfo=texts)
    assert prepare_init(large, 64, 64)


def test_colours_become_srgb() -> None:
    """In a space where only the brightness differs, 50 % grey is not sRGB's 50 % grey."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = Image.new("RGB", (64, 64), RED)
    for profile in (srgb, lab, b"no profile"):
        made = prepare_init(encoded(plain, icc_profile=profile), 64, 64)
        assert near(at(made, 0.5, 0.5), RED)
    linear = prepare_init(encoded(plain, icc_profile=linear_profile(srgb)), 64, 64)
    assert not near(at(linear, 0.5, 0.5), RED)


def linear_profile(srgb: bytes) -> bytes:
    """The sRGB profile with straight lines for curves: the same primaries, another brightness."""
    data = bytearray(srgb)
    count = struct.unpack_from(">I", data, 128)[0]
    for number in range(count):
        name, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * number)
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            straight = b"curv" + bytes(8)
            data[offset : offset + size] = straight + bytes(size - len(straight))
    return bytes(data)


def test_inspect() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upload = inspect(encoded(halves(RED, BLUE), "JPEG", exif=exif))
    assert (upload.kind, upload.width, upload.height) == ("JPEG", 100, 200)
    assert not upload.is_animated
    assert not upload.has_transparency
    assert inspect(encoded(Image.new("RGBA", (5, 7)))).has_transparency


def mask_of(picture: Image.Image) -> bytes:
    made = prepare_mask(encoded(picture), 128, 64)
    assert (decoded(made).mode, decoded(made).size) == ("L", (128, 64))
    return made


CLEAR = (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("left", "right", "mode", "expected"),
    [
        ((0, 0, 0), (255, 255, 255), "RGB", (0, 255)),
        (0, 128, "L", (0, 128)),
        ((0, 0, 0, 255), (255, 255, 255, 255), "RGBA", (0, 255)),
        # Black strokes alone mark what may change.
        ((0, 0, 0, 255), CLEAR, "RGBA", (0, 255)),
        # White strokes alone mark what is kept.
        ((255, 255, 255, 255), CLEAR, "RGBA", (255, 0)),
        # A photograph with a hole: the hole may change.
        ((120, 90, 60, 255), CLEAR, "RGBA", (255, 0)),
    ],
)
def test_masks(left: object, right: object, mode: str, expected: tuple[int, int]) -> None:
    made = mask_of(halves(left, right, mode))
    assert (at(made, 0.1, 0.5), at(made, 0.9, 0.5)) == expected


def test_a_drawn_mask_with_a_transparent_part() -> None:
    picture = halves((0, 0, 0, 255), (255, 255, 255, 255), "RGBA", (300, 100))
    picture.paste(CLEAR, (200, 0, 300, 100))
    made = prepare_mask(encoded(picture), 300, 100)
    assert [at(made, x, 0.5) for x in (0.1, 0.6, 0.9)] == [0, 255, 0]


@pytest.mark.parametrize("colour", [(255, 255, 255), (240, 240, 240)])
def test_a_mask_that_keeps_everything_is_refused(colour: tuple[int, int, int]) -> None:
    with pytest.raises(BadPicture) as caught:
        prepare_mask(encoded(Image.new("RGB", (64, 64), colour)), 64, 64)
    assert caught.value.reason is Reason.NOTHING_TO_CHANGE


def test_a_mask_is_cut_like_its_picture() -> None:
    wide = Image.new("L", (300, 100), 255)
    wide.paste(0, (100, 0, 200, 100))
    made = prepare_mask(encoded(wide), 64, 64)
    assert all(at(made, x, 0.5) == 0 for x in (0.1, 0.5, 0.9))


HEADS = (
    b"",
    encoded(halves(RED, BLUE, size=(8, 8)), "GIF")[:20],
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"RIFF\0\1\0\0WEBP",
)


@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_are_worked_on_or_refused(head: bytes, data: bytes) -> None:
    with contextlib.suppress(BadPicture):
        inspect(head + data)
    for prepare in (prepare_init, prepare_mask):
        with contextlib.suppress(BadPicture):
            prepare(head + data, 64, 64)
