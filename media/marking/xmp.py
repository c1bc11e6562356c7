"""XMP that says how a picture or film was made, and its places in GIF and MP4.

Pillow writes it into JPEG and WebP, and `media.metadata` into PNG.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
UNTRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
"""IPTC's digital source types: drawn by a trained model, or by an algorithm without one."""

MAX_XMP = 256 * 1024
"""The most bytes that a packet is read with."""

JPEG_START = 4
"""Where the length of a JPEG's first segment stands, which counts itself."""

JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"

GIF_EXTENSION = b"\x21\xff\x0bXMP DataXMP"
GIF_TRAILER = b"\x01" + bytes(range(0xFF, -1, -1)) + b"\x00"
"""Before and after a packet in a GIF: whoever reads it as blocks ends up at its end, wherever they
begin (XMP specification, part 3, 1.1.2)."""

GIF_HEADER = 13
"""Bytes of a GIF before its colours; the one that tells how many there are is the eleventh."""

MP4_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The UUID of the box that holds XMP in an MP4 (XMP specification, part 3, 1.2.7)."""

HEADER = struct.Struct(">I4s")
LARGE = struct.Struct(">Q")

_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def xmp_packet(source_type: str) -> str:
    """The XMP that says how a file was made; the same for every format."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f"<rdf:RDF xmlns:rdf={quoteattr(_RDF)}>"
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt={quoteattr(_NAMESPACE)}'
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(source_type)}/>"
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )


def source_type_of(xmp: str) -> str | None:
    """IPTC's digital source type in an XMP packet, as a URL, or None."""
    # A document type could define entities that grow without end; XMP never has one.
    if "<!" in xmp:
        return None
    try:
        root = ElementTree.fromstring(xmp)  # noqa: S314 - without a document type
    except ElementTree.ParseError:
        return None
    for description in root.iter(f"{{{_RDF}}}Description"):
        return description.get(f"{{{_NAMESPACE}}}DigitalSourceType")
    return None


def mark_gif(gif: bytes, source_type: str) -> bytes:
    """A GIF of ours with the mark behind its colours, before its first picture."""
    flags = gif[10]
    begins = GIF_HEADER + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    packet = xmp_packet(source_type).encode()
    return b"".join([gif[:begins], GIF_EXTENSION, packet, GIF_TRAILER, gif[begins:]])


def mark_jpeg(jpeg: bytes, source_type: str) -> bytes:
    """A JPEG of ours, which begins with a JFIF segment, with the mark behind that."""
    begins = JPEG_START + int.from_bytes(jpeg[JPEG_START : JPEG_START + 2])
    segment = JPEG_XMP + xmp_packet(source_type).encode()
    length = (len(segment) + 2).to_bytes(2)
    return b"".join([jpeg[:begins], b"\xff\xe1", length, segment, jpeg[begins:]])


def mark_video(path: Path, source_type: str) -> None:
    """Add the mark to an MP4 of ours, unless it has one: last, so that no place in it moves."""
    if read_video_source_type(path) is not None:
        return
    xmp = MP4_BOX + xmp_packet(source_type).encode()
    with path.open("ab") as file:
        file.write(HEADER.pack(HEADER.size + len(xmp), b"uuid") + xmp)


def read_video_source_type(path: Path) -> str | None:
    """IPTC's digital source type in a film, as a URL, or None."""
    with path.open("rb") as file:
        for name, size in _boxes(file):
            if name == b"uuid" and size <= MAX_XMP and file.read(len(MP4_BOX)) == MP4_BOX:
                xmp = file.read(size - len(MP4_BOX))
                return source_type_of(xmp.decode("utf-8", "replace"))
    return None


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each outer box's name and the size of what is in it, with the file standing at that."""
    while len(header := file.read(HEADER.size)) == HEADER.size:
        size, name = HEADER.unpack(header)
        size -= HEADER.size
        if size == 1 - HEADER.size:  # its size takes eight bytes more
            large = file.read(LARGE.size)
            if len(large) < LARGE.size:
                return
            size = LARGE.unpack(large)[0] - HEADER.size - LARGE.size
        if size < 0:
            return  # up to the end of the file, or nonsense
        begins = file.tell()
        yield name, size
        file.seek(begins + size)
