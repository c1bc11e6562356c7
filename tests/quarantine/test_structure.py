"""What is refused before decoding, at once, and that real pictures pass."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from quarantine.errors import BadStructure, Fault
from quarantine.mp4 import VideoLimits
from quarantine.structure import check_picture_structure, check_video_structure
from tests.quarantine import bombs

MOST = 32_000_000
VIDEO = VideoLimits(frame_pixels=4096 * 2304, frames=3000, pixels=10**10)

PICTURES: dict[str, tuple[Callable[[], bytes], Fault, str]] = {
    "scans": (bombs.progressive_jpeg, Fault.TOO_COMPLEX, "64 scans"),
    "scans of a small one": (
        lambda: bombs.progressive_jpeg(64, 80),
        Fault.TOO_COMPLEX,
        "64 scans",
    ),
    "segments": (lambda: bombs.short_segments(2_000_000), Fault.TOO_COMPLEX, "segments"),
    "a huge JPEG": (lambda: huge_jpeg(65_000), Fault.TOO_MANY_PIXELS, "4225.0 of 32 mega"),
    "a segment beyond the end": (
        lambda: b"\xff\xd8\xff\xe0\xff\xff" + bytes(99),
        Fault.BROKEN,
        "segment",
    ),
    "a huge PNG": (
        lambda: bombs.png(size=(60_000, 60_000), rows=b""),
        Fault.TOO_MANY_PIXELS,
        "megapixels",
    ),
    "a PNG without pixels": (
        lambda: bombs.png(size=(5000, 5000), rows=b"0"),
        Fault.BROKEN,
        "missing",
    ),
    "texts": (
        lambda: bombs.png(*[bombs.deflated_text(1 << 20)] * 40),
        Fault.TOO_COMPLEX,
        "16 MB",
    ),
    "one text": (lambda: bombs.png(bombs.deflated_text(1 << 28)), Fault.TOO_COMPLEX, "16 MB"),
    "a profile": (
        lambda: bombs.png(bombs.deflated_text(1 << 26).replace(b"zTXt", b"iCCP")),
        Fault.TOO_COMPLEX,
        "16 MB",
    ),
    "notes": (
        lambda: bombs.png(*[bombs.chunk(b"tEXt", b"k\0v")] * 300_000),
        Fault.TOO_COMPLEX,
        "chunks",
    ),
    "frames of an APNG": (
        lambda: bombs.png(*map(bombs.frame_control, range(6000))),
        Fault.TOO_COMPLEX,
        "frames",
    ),
    "a large frame of an APNG": (
        lambda: bombs.png(bombs.frame_control(0, (9999, 9999))),
        Fault.BROKEN,
        "frame",
    ),
    "no header": (
        lambda: b"\x89PNG\r\n\x1a\n" + bombs.deflated_text(9) + bombs.png()[8:],
        Fault.UNKNOWN_FORMAT,
        "unknown",
    ),
    "a second header": (
        lambda: bombs.png(bombs.chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0))),
        Fault.BROKEN,
        "header",
    ),
    "a chunk beyond the end": (lambda: bombs.png()[:-20], Fault.BROKEN, "chunk"),
    "frames of a GIF": (lambda: bombs.gif(frames=500_000), Fault.TOO_COMPLEX, "5,000 frames"),
    "scans of a large picture": (
        lambda: bombs.progressive_jpeg(scans=30),
        Fault.TOO_COMPLEX,
        "pixels in all scans",
    ),
    "images in an image": (
        lambda: filled_jpeg(b"\xff\xd8" * 9_000_000),
        Fault.TOO_COMPLEX,
        "segments",
    ),
    "markers without length": (
        lambda: filled_jpeg(b"\xff\x01" * 9_000_000),
        Fault.TOO_COMPLEX,
        "segments",
    ),
    "fill bytes": (lambda: filled_jpeg(b"\xff" * (1 << 20)), Fault.TOO_COMPLEX, "between"),
    "a huge screen": (
        lambda: bombs.gif(screen=(65_535, 65_535)),
        Fault.TOO_MANY_PIXELS,
        "megapixels",
    ),
    "a huge frame": (
        lambda: bombs.gif(frame=(65_535, 65_535)),
        Fault.TOO_MANY_PIXELS,
        "megapixels",
    ),
    "blocks": (lambda: bombs.slow_gif(9_000_000), Fault.TOO_COMPLEX, "blocks"),
    "a GIF that breaks off": (lambda: bombs.gif()[:-4], Fault.BROKEN, "breaks off"),
    "a huge canvas": (lambda: bombs.wide_webp(16_383), Fault.TOO_MANY_PIXELS, "megapixels"),
    "frames of a WebP": (lambda: bombs.animated_webp(6000), Fault.TOO_COMPLEX, "frames"),
    "chunks of a WebP": (
        lambda: bombs.riff(*[(b"junk", b"")] * 500_000),
        Fault.TOO_COMPLEX,
        "chunks",
    ),
    "a WebP that breaks off": (lambda: bombs.wide_webp(9)[:-9], Fault.BROKEN, "."),
    "a huge AVIF": (
        lambda: bombs.avif(bombs.extent(60_000, 60_000)),
        Fault.TOO_MANY_PIXELS,
        "megapixels",
    ),
    "a huge HEIC": (
        lambda: bombs.avif(bombs.extent(60_000, 60_000), brand=b"heic"),
        Fault.TOO_MANY_PIXELS,
        "megapixels",
    ),
    "items": (lambda: bombs.avif(items=60_000), Fault.TOO_COMPLEX, "items"),
    "places": (lambda: bombs.avif(located=60_000), Fault.TOO_COMPLEX, "items"),
    "properties": (
        lambda: bombs.avif(*[bombs.extent(9, 9)] * 100_000),
        Fault.TOO_COMPLEX,
        "boxes",
    ),
    "a box beyond the end": (lambda: bombs.avif() + b"\0\0\x00\xffmdat", Fault.BROKEN, "box"),
}


def filled_jpeg(filling: bytes) -> bytes:
    """A JPEG with something before its first segment."""
    whole = bombs.encoded(Image.new("L", (64, 64)), "JPEG")
    return whole[:2] + filling + whole[2:]


def huge_jpeg(side: int) -> bytes:
    whole = bytearray(bombs.encoded(Image.new("L", (64, 64)), "JPEG"))
    struct.pack_into(">HH", whole, whole.index(b"\xff\xc0") + 5, side, side)
    return bytes(whole)


@pytest.mark.parametrize("case", PICTURES)
def test_bombs_are_refused_at_once(case: str) -> None:
    make, fault, figures = PICTURES[case]
    data = make()
    began = time.process_time()
    with pytest.raises(BadStructure, match=figures) as caught:
        check_picture_structure(data, MOST)
    assert caught.value.fault is fault
    assert time.process_time() - began < 0.5


VIDEOS: dict[str, tuple[Callable[[], bytes], Fault]] = {
    "frames": (lambda: bombs.mp4(samples=0x7FFF_FFFF), Fault.TOO_MANY_PIXELS),
    "times": (lambda: bombs.mp4(times=(3, 0x7FFF_FFFF)), Fault.TOO_MANY_PIXELS),
    "size": (lambda: bombs.mp4(size=(60_000, 60_000)), Fault.TOO_MANY_PIXELS),
    "all pixels": (lambda: bombs.mp4(size=(4096, 2304), samples=2900), Fault.TOO_MANY_PIXELS),
    "sound": (lambda: bombs.mp4(samples=0x7FFF_FFFF, handler=b"soun"), Fault.TOO_COMPLEX),
    "tracks": (lambda: bombs.mp4(tracks=100), Fault.TOO_COMPLEX),
    "boxes": (lambda: bombs.mp4(bombs.box(b"free") * 500_000), Fault.TOO_COMPLEX),
    "depth": (lambda: bombs.nested(5000), Fault.TOO_COMPLEX),
    "fragments": (
        lambda: (
            bombs.mp4()
            + bombs.box(
                b"moof", bombs.box(b"traf", bombs.box(b"trun", struct.pack(">II", 0, 1 << 31)))
            )
        ),
        Fault.TOO_COMPLEX,
    ),
    "a loop": (lambda: bombs.mp4() + struct.pack(">I4sQ", 1, b"free", 0), Fault.BROKEN),
    "a box of no length": (lambda: bombs.mp4() + struct.pack(">I4s", 3, b"free"), Fault.BROKEN),
    "a huge box": (lambda: bombs.mp4() + struct.pack(">I4sQ", 1, b"a", 2**64 - 1), Fault.BROKEN),
}


@pytest.mark.parametrize("case", VIDEOS)
def test_videos_that_announce_too_much(case: str) -> None:
    make, fault = VIDEOS[case]
    video = make()
    began = time.process_time()
    with pytest.raises(BadStructure) as caught:
        check_video_structure(video, VIDEO)
    assert caught.value.fault is fault
    assert time.process_time() - began < 0.5


def test_a_modest_video_passes() -> None:
    check_video_structure(bombs.mp4(samples=240, times=(240,), size=(1024, 576)), VIDEO)


def animated(kind: str, frames: int = 60) -> bytes:
    pictures = [
        Image.effect_noise((96, 64), 40 + number).convert("RGB") for number in range(frames)
    ]
    return bombs.encoded(
        pictures[0], kind, save_all=True, append_images=pictures[1:], duration=40, loop=0
    )


def photo(kind: str, **options: object) -> bytes:
    """A picture of 24 megapixels with details."""
    grain = Image.effect_noise((1500, 1000), 60).resize((6000, 4000))
    picture = Image.merge("RGB", (grain, grain.transpose(Image.Transpose.ROTATE_180), grain))
    return bombs.encoded(picture, kind, **options)


REAL: dict[str, Callable[[], bytes]] = {
    "a photograph": lambda: photo("JPEG", quality=90),
    "a progressive photograph": lambda: photo("JPEG", quality=80, progressive=True, optimize=True),
    "with restarts": lambda: photo("JPEG", restart_marker_blocks=1),
    "with EXIF, a comment and a profile": lambda: bombs.encoded(
        bombs.noise((300, 200)),
        "JPEG",
        progressive=True,
        exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0",
        comment=b"\xff\xda" * 500,
        icc_profile=bytes(200_000),
    ),
    "a PNG of noise": lambda: bombs.encoded(bombs.noise((2000, 1500)), "PNG", compress_level=1),
    "a PNG with a profile": lambda: bombs.encoded(
        bombs.noise((90, 90)), "PNG", icc_profile=bytes(500_000)
    ),
    "a flat PNG": lambda: bombs.encoded(Image.new("RGBA", (5000, 5000), "teal"), "PNG"),
    "one bit": lambda: bombs.encoded(Image.new("1", (5000, 5000)), "PNG"),
    "an animated PNG": lambda: animated("PNG"),
    "an animated GIF": lambda: animated("GIF", 300),
    "an animated WebP": lambda: animated("WEBP"),
    "a lossy WebP": lambda: bombs.encoded(bombs.noise((1000, 700)), "WEBP"),
    "a lossless WebP": lambda: bombs.encoded(bombs.noise((500, 300)), "WEBP", lossless=True),
    "a WebP with transparency": lambda: bombs.encoded(Image.new("RGBA", (90, 60)), "WEBP"),
}


@pytest.mark.parametrize("case", REAL)
def test_real_pictures_pass(case: str) -> None:
    check_picture_structure(REAL[case](), MOST)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
@pytest.mark.parametrize("frames", [1, 5])
def test_a_real_avif_passes_and_a_large_one_does_not(frames: int) -> None:
    pictures = [Image.new("RGBA", (320, 200), (9, 9, number, 200)) for number in range(frames)]
    data = bombs.encoded(
        pictures[0], "AVIF", save_all=frames > 1, append_images=pictures[1:], speed=10
    )
    check_picture_structure(data, MOST)
    with pytest.raises(BadStructure):
        check_picture_structure(data, 320 * 200 - 1)


def test_what_follows_the_end_is_not_looked_at() -> None:
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        data = bombs.encoded(Image.new("RGB", (64, 64)), kind)
        check_picture_structure(data + b"\xff\xda\0\x08" * 5000, MOST)


def test_other_formats_are_the_decoders_to_refuse() -> None:
    for data in (b"", b"\x89PNG", b"BM", b"<svg/>", b"%PDF-1.7", bytes(5000)):
        check_picture_structure(data, MOST)


WHOLE = [
    *(animated(kind, 3) for kind in ("PNG", "GIF", "WEBP")),
    bombs.encoded(bombs.noise((40, 40)), "JPEG", progressive=True),
    bombs.avif(bombs.extent(9, 9)),
    bombs.mp4(),
]


@given(whole=st.sampled_from(WHOLE), data=st.data())
def test_damaged_files_raise_nothing_else(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6)) if damaged else 0):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadStructure):
        check_picture_structure(bytes(damaged), MOST)
    with suppress(BadStructure):
        check_video_structure(bytes(damaged), VIDEO)
