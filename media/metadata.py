"""The recipe of a picture, and the mark that it is made by a machine, inside the PNG itself.

The chunks are put in without touching a pixel, so the picture's bytes stay what the engine drew.
A recipe has no place for a person: neither names nor ids can get into it.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from media.errors import BadPicture, Reason
from media.marking.xmp import TRAINED, UNTRAINED, source_type_of, xmp_packet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECIPE_KEY = "atelier"
"""The keyword of the text chunk that holds the recipe as JSON."""

XMP_KEY = "XML:com.adobe.xmp"
SOFTWARE_KEY = "Software"
SOFTWARE = "Atelier"

MAX_TEXT = 256 * 1024
"""The most bytes that a text chunk is read with."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What has to be asked for to get the picture again; sizes in pixels, `prompts` with weights.

    `controls` are the kinds of its control pictures with their strengths, `loras` the names of its
    LoRAs with their weights, `blend` the weights of the pictures that were blended. `seed` is this
    very picture's. Steps and guidance are None where the engine has none. `is_reproducible` is
    false where it promises nothing. `edit` says what was done to a given picture.
    """

    engine_id: str
    prompts: tuple[tuple[str, float], ...]
    width: int
    height: int
    seed: int
    steps: int | None
    cfg_scale: float | None
    sampler: str | None = None
    guidance: str | None = None
    style: str | None = None
    strength: float | None = None
    has_init_image: bool = False
    has_mask: bool = False
    controls: tuple[tuple[str, float], ...] = ()
    loras: tuple[tuple[str, float], ...] = ()
    blend: tuple[float, ...] = ()
    is_reproducible: bool = True
    edit: Mapping[str, Any] | None = None


def _told(recipe: Recipe) -> dict[str, Any]:
    told = asdict(recipe)
    if recipe.edit is None:
        del told["edit"]
    return told


def write_recipe(png: bytes, recipe: Recipe, *, is_trained: bool) -> bytes:
    """The same PNG with the recipe and the mark; earlier ones of ours are replaced.

    `is_trained` says whether a trained model drew.

    Raises:
        BadPicture: BROKEN, it is not a PNG.
    """
    texts = {
        RECIPE_KEY: json.dumps(_told(recipe), separators=(",", ":")),
        XMP_KEY: xmp_packet(TRAINED if is_trained else UNTRAINED),
        SOFTWARE_KEY: SOFTWARE,
    }
    parts = [SIGNATURE]
    for name, data, whole in _chunks(png):
        if name in (b"tEXt", b"zTXt", b"iTXt") and _keyword(data) in texts:
            continue
        parts.append(whole)
        if name == b"IHDR":
            parts += [_text_chunk(keyword, text) for keyword, text in texts.items()]
    return b"".join(parts)


def read_source_type(png: bytes) -> str | None:
    """IPTC's digital source type in a PNG, as a URL, or None.

    Raises:
        BadPicture: BROKEN, it is not a PNG.
    """
    text = _text(png, XMP_KEY)
    return None if text is None else source_type_of(text)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each chunk's name, data and the whole of it, up to and with IEND."""
    if not png.startswith(SIGNATURE):
        raise BadPicture(Reason.BROKEN, "not a PNG")
    place = len(SIGNATURE)
    while place + 12 <= len(png):
        length, name = struct.unpack_from(">I4s", png, place)
        end = place + 12 + length
        if end > len(png):
            break
        yield name, png[place + 8 : end - 4], png[place:end]
        if name == b"IEND":
            return
        place = end
    raise BadPicture(Reason.BROKEN, "the PNG breaks off")


def _text_chunk(keyword: str, text: str) -> bytes:
    # iTXt: keyword, two bytes "not compressed", empty language and translation, UTF-8.
    data = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    check = zlib.crc32(b"iTXt" + data)
    return struct.pack(">I4s", len(data), b"iTXt") + data + struct.pack(">I", check)


def _keyword(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("latin-1")


def _text(png: bytes, keyword: str) -> str | None:
    for name, data, _ in _chunks(png):
        if name == b"iTXt" and _keyword(data) == keyword and len(data) <= MAX_TEXT:
            head = len(keyword) + 1
            if data[head : head + 4] == b"\0\0\0\0":
                return data[head + 4 :].decode("utf-8", "replace")
        if name == b"IDAT":
            # Ours stand before the pixels; looking further would read the whole picture.
            return None
    return None
