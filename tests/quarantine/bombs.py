"""Files that cost next to nothing to send and much to decode, and films that lie."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

from PIL import Image


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def progressive_jpeg(side: int = 5600, scans: int = 2000) -> bytes:
    """A grey progressive JPEG whose last, nearly empty scan is repeated."""
    whole = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    begins = whole.rindex(b"\xff\xda")
    scan = whole[begins:-2]
    already = whole.count(b"\xff\xda")
    return whole[:begins] + scan * (scans - already + 1) + whole[-2:]


def short_segments(count: int) -> bytes:
    """A JPEG with so many empty comments."""
    whole = encoded(Image.new("L", (64, 64)), "JPEG")
    return whole[:2] + b"\xff\xfe\x00\x02" * count + whole[2:]


def chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def png(*middle: bytes, size: tuple[int, int] = (64, 64), rows: bytes | None = None) -> bytes:
    """A grey PNG with other chunks before its pixels."""
    raw = bytes((size[0] + 1) * size[1]) if rows is None else rows
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), *middle, chunk(b"IDAT", zlib.compress(raw, 9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def deflated_text(inflated: int) -> bytes:
    """A text chunk that stands for so many bytes."""
    return chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(inflated), 9))


def frame_control(number: int, size: tuple[int, int] = (64, 64)) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *size, 0, 0, 1, 10, 0, 0))


GIF_PIXEL = b"\x02\x02\x44\x01\x00"
"""The stream of a frame of one pixel."""


def gif(
    frames: int = 1, screen: tuple[int, int] = (1, 1), frame: tuple[int, int] = (1, 1)
) -> bytes:
    """A GIF of so many frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    each = b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + GIF_PIXEL
    return head + each * frames + b";"


def slow_gif(blocks: int) -> bytes:
    """A GIF with an extension in blocks of one byte."""
    whole = gif()
    return whole[:19] + b"!\xff" + b"\x01x" * blocks + b"\0" + whole[19:]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def wide_webp(side: int) -> bytes:
    """A WebP with a picture of one pixel on a canvas of that side."""
    pixel = encoded(Image.new("RGB", (1, 1)), "WEBP", lossless=True)[12:]
    canvas = bytes([2, 0, 0, 0]) + three(side - 1) * 2
    frame = bytes(6) + three(0) * 2 + three(100) + b"\0" + pixel
    return riff((b"VP8X", canvas), (b"ANIM", bytes(6)), (b"ANMF", frame))


def animated_webp(frames: int) -> bytes:
    pixel = encoded(Image.new("RGB", (1, 1)), "WEBP", lossless=True)[12:]
    frame = bytes(6) + three(0) * 2 + three(100) + b"\0" + pixel
    canvas = bytes([2, 0, 0, 0]) + three(0) * 2
    return riff((b"VP8X", canvas), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * frames)


def box(name: bytes, *inside: bytes) -> bytes:
    data = b"".join(inside)
    return struct.pack(">I4s", len(data) + 8, name) + data


def mp4(
    *more: bytes,
    size: tuple[int, int] = (64, 64),
    samples: int = 10,
    times: tuple[int, ...] = (10,),
    handler: bytes = b"vide",
    tracks: int = 1,
) -> bytes:
    """The index of an MP4 that announces so much; there is nothing behind it."""
    entry = box(b"avc1", bytes(24), struct.pack(">HH", *size), bytes(50))
    runs = b"".join(struct.pack(">II", count, 1) for count in times)
    tables = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">II", 0, len(times)), runs),
        box(b"stsz", struct.pack(">III", 0, 9, samples)),
    )
    handled = box(b"hdlr", bytes(8), handler, bytes(13))
    track = box(b"trak", box(b"mdia", handled, box(b"minf", tables)))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", track * tracks, *more) + box(b"mdat")


def nested(depth: int) -> bytes:
    """Boxes in one another."""
    inside = b""
    for _ in range(depth):
        inside = box(b"trak", inside)
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", inside)


def avif(*properties: bytes, items: int = 1, located: int = 1, brand: bytes = b"avif") -> bytes:
    """The head of an AVIF, or of its like."""
    listed = box(b"iinf", struct.pack(">IH", 0, items))
    places = box(b"iloc", struct.pack(">IHH", 0, 0x4400, located))
    meta = box(b"meta", bytes(4), listed, places, box(b"iprp", box(b"ipco", *properties)))
    return box(b"ftyp", brand, bytes(4), brand) + meta


def extent(width: int, height: int) -> bytes:
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def noise(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """A picture that no encoder can make small."""
    return Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))
