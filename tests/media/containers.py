"""Where marks stand in files, found by hand; none of it is the code that wrote them.

Sources: XMP specification, part 3; C2PA specification 2.2, A.3 to A.5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tests.generation.pngs import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP_APP1 = b"http://ns.adobe.com/xap/1.0/\0"
EXIF_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest store, and the start and length of what holds it in the file."""

    store: bytes
    place: tuple[int, int]


def source_type(data: bytes, mime: str) -> str:
    """The last part of the digital source type in a file's XMP; there has to be exactly one."""
    (packet,) = XMP[mime](data)
    root = ElementTree.fromstring(packet.decode())
    (found,) = [one.get(EXIF_EXT) for one in root.iter() if one.get(EXIF_EXT)]
    assert found is not None
    assert found.startswith(IPTC)
    return found.removeprefix(IPTC)


def packets(data: bytes, mime: str) -> list[bytes]:
    """The XMP packets in a file."""
    return [*XMP[mime](data)]


def manifest_of(data: bytes, mime: str) -> Found:
    """The only manifest store in a file."""
    (found,) = C2PA[mime](data)
    return found


def manifests(data: bytes, mime: str) -> list[Found]:
    """The manifest stores in a file."""
    return [*C2PA[mime](data)]


def _png_xmp(data: bytes) -> Iterator[bytes]:
    for name, content in chunks(data):
        if name == b"iTXt" and content.startswith(b"XML:com.adobe.xmp\0\0\0\0\0"):
            yield content[22:]


def _png_c2pa(data: bytes) -> Iterator[Found]:
    place = 8
    for name, content in chunks(data):
        if name == b"caBX":
            yield Found(content, (place, 12 + len(content)))
        place += 12 + len(content)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each segment's marker, place and content, up to the first scan."""
    assert data[:2] == b"\xff\xd8"
    place = 2
    while data[place + 1] != 0xDA:
        assert data[place] == 0xFF
        (length,) = struct.unpack_from(">H", data, place + 2)
        yield data[place + 1], place, data[place + 4 : place + 2 + length]
        place += 2 + length


def _jpeg_xmp(data: bytes) -> Iterator[bytes]:
    for marker, _, content in _jpeg_segments(data):
        if marker == 0xE1 and content.startswith(XMP_APP1):
            yield content.removeprefix(XMP_APP1)


def _jpeg_c2pa(data: bytes) -> Iterator[Found]:
    store, begins, ends = b"", 0, 0
    for marker, place, content in _jpeg_segments(data):
        if marker == 0xEB and content[:2] == b"JP":
            begins = begins or place
            ends = place + 4 + len(content)
            # Every segment repeats the superbox's header, which counts once.
            store += content[8:] if not store else content[16:]
    if store:
        yield Found(store, (begins, ends - begins))


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    assert (data[:4], data[8:12]) == (b"RIFF", b"WEBP")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    place = 12
    while place < len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        yield name, place, data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _webp_xmp(data: bytes) -> Iterator[bytes]:
    (_, _, extended), *_ = _webp_chunks(data)
    for name, _, content in _webp_chunks(data):
        if name == b"XMP ":
            assert extended[0] & 0b100, "the header does not say that there is XMP"
            yield content


def _webp_c2pa(data: bytes) -> Iterator[Found]:
    for name, place, content in _webp_chunks(data):
        if name == b"C2PA":
            yield Found(content, (place, 8 + len(content) + len(content) % 2))


def _gif_extensions(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each application extension's name, place and end; walks over everything to the trailer."""
    assert data[:6] == b"GIF89a"
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[place] != 0x3B:
        if data[place] == 0x2C:
            flags = data[place + 9]
            end = _blocks_end(data, place + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
        else:
            assert data[place] == 0x21
            end = _blocks_end(data, place + 2)
            if data[place + 1] == 0xFF:
                yield data[place + 3 : place + 14], place, end
        place = end
    assert place == len(data) - 1


def _blocks_end(data: bytes, place: int) -> int:
    while data[place]:
        place += 1 + data[place]
    return place + 1


def _gif_xmp(data: bytes) -> Iterator[bytes]:
    for name, place, end in _gif_extensions(data):
        if name == b"XMP DataXMP":
            # As it stands there; the 258 bytes after it lead whoever reads blocks to the end.
            assert data[end - 258 : end] == b"\x01" + bytes(range(255, -1, -1)) + b"\0"
            yield data[place + 14 : end - 258]


def _gif_c2pa(data: bytes) -> Iterator[Found]:
    for name, begins, end in _gif_extensions(data):
        if name == b"C2PA_GIF\x01\x00\x00":
            store, place = b"", begins + 14
            while data[place]:
                store += data[place + 1 : place + 1 + data[place]]
                place += 1 + data[place]
            yield Found(store, (begins, end - begins))


def _mp4_boxes(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    place = 0
    while place < len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        assert 8 <= size <= len(data) - place
        yield name, place, data[place + 8 : place + size]
        place += size


def _mp4_xmp(data: bytes) -> Iterator[bytes]:
    for name, _, content in _mp4_boxes(data):
        if name == b"uuid" and content.startswith(XMP_UUID):
            yield content[16:]


def _mp4_c2pa(data: bytes) -> Iterator[Found]:
    for name, place, content in _mp4_boxes(data):
        if name == b"uuid" and content.startswith(C2PA_UUID):
            # Version and flags, the purpose, and the place of Merkle trees.
            assert content[20:29] == b"manifest\0"
            yield Found(content[37:], (place, 8 + len(content)))


XMP: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "image/png": _png_xmp,
    "image/jpeg": _jpeg_xmp,
    "image/webp": _webp_xmp,
    "image/gif": _gif_xmp,
    "video/mp4": _mp4_xmp,
}
C2PA: dict[str, Callable[[bytes], Iterator[Found]]] = {
    "image/png": _png_c2pa,
    "image/jpeg": _jpeg_c2pa,
    "image/webp": _webp_c2pa,
    "image/gif": _gif_c2pa,
    "video/mp4": _mp4_c2pa,
}
