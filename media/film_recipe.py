"""The recipe of a film, and the mark that it is made by a machine, inside the MP4 itself.

Nothing is encoded again. As in `media.metadata`, a recipe has no place for a person.
"""

# PyAV leaves the types of its packets open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from media.frames import FAST_START, opened
from media.joinery import packets
from media.metadata import MAX_TEXT, TRAINED, UNTRAINED, source_type_of, xmp_packet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECIPE_TAG, DESCRIPTION_TAG = "comment", "description"
DESCRIPTIONS = {True: "Made with generative AI", False: "Made by an algorithm"}
"""What players show, by whether a trained model drew."""

XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The UUID of the box that holds XMP in an MP4 (XMP specification, part 3, 1.2.7)."""

HEADER = struct.Struct(">I4s")
LARGE = struct.Struct(">Q")


def write_film_recipe(path: Path, into: Path, text: str, *, is_trained: bool) -> None:
    """The same film with the recipe, JSON as text, and the mark; whatever it said before is gone.

    `is_trained` says whether a trained model drew.

    Raises:
        BadPicture: it cannot be read.
    """
    import av

    try:
        with opened(path) as film, av.open(into, "w", format="mp4", options=FAST_START) as made:
            made.metadata[RECIPE_TAG] = text
            made.metadata[DESCRIPTION_TAG] = DESCRIPTIONS[is_trained]
            stream = made.add_stream_from_template(film.streams.video[0])
            for packet in packets(film):
                packet.stream = stream
                made.mux(packet)
        xmp = XMP_BOX + xmp_packet(TRAINED if is_trained else UNTRAINED).encode()
        with into.open("ab") as file:
            # Last, so that no place in the index moves.
            file.write(HEADER.pack(HEADER.size + len(xmp), b"uuid") + xmp)
    except BaseException:
        into.unlink(missing_ok=True)
        raise


def read_film_recipe(path: Path) -> str | None:
    """The text of the recipe in a film of ours, or None.

    Raises:
        BadPicture: it is no film.
    """
    with opened(path) as film:
        return film.metadata.get(RECIPE_TAG)


def read_film_source_type(path: Path) -> str | None:
    """IPTC's digital source type in a film, as a URL, or None."""
    with path.open("rb") as file:
        for name, size in _boxes(file):
            if name == b"uuid" and size <= MAX_TEXT and file.read(len(XMP_BOX)) == XMP_BOX:
                xmp = file.read(size - len(XMP_BOX))
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
