"""The texts beside the pixels of a picture, by their names: PNG's chunks, EXIF and comments."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from media.origins.found import MAX_TEXT

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
DESCRIPTION, MAKE, MODEL = 0x010E, 0x010F, 0x0110
COMMENT = "comment"
CHARSET_BYTES = 8
"""How long the name of the charset is that a user comment begins with (EXIF 2.32, 4.6.5)."""


def texts_of(picture: Decoded) -> dict[str, str]:
    """The texts by their names; those in EXIF are `comment`, or named by what they begin with.

    Of a PNG they are those before the pixels, so nothing is decoded.
    """
    found = {
        str(key): value[:MAX_TEXT] for key, value in picture.info.items() if isinstance(value, str)
    }
    comment = picture.info.get("comment")
    if isinstance(comment, bytes):
        found[COMMENT] = comment[:MAX_TEXT].decode("utf-8", "replace")
    # Decoders of hostile bytes raise whatever they like.
    with suppress(Exception):
        exif = picture.getexif()
        for tag in (DESCRIPTION, MAKE, MODEL):
            found |= _named(exif.get(tag))
        if written := exif.get_ifd(EXIF_IFD).get(USER_COMMENT):
            found[COMMENT] = read_comment(written)
    return found


def read_comment(written: object) -> str:
    """The text of EXIF's UserComment, whatever its charset."""
    if isinstance(written, str):
        return written[:MAX_TEXT]
    if not isinstance(written, bytes):
        return ""
    data = written[: 2 * MAX_TEXT]
    charset, text = data[:CHARSET_BYTES], data[CHARSET_BYTES:]
    if charset.startswith(b"UNICODE"):
        # Of plain letters the byte that is zero tells which comes first.
        is_little = text[1::2].count(0) > text[0::2].count(0)
        return text.decode("utf-16-le" if is_little else "utf-16-be", "replace").strip("\0")
    if charset.startswith(b"ASCII") or not charset.strip(b"\0"):
        return text.decode("utf-8", "replace").strip("\0")
    return data.decode("utf-8", "replace").strip("\0")


def _named(value: object) -> dict[str, str]:
    """ComfyUI's texts in WebP: `prompt:` and `workflow:` with JSON behind them."""
    text = value if isinstance(value, str) else ""
    key, colon, rest = text[: MAX_TEXT + CHARSET_BYTES].partition(":")
    is_known = bool(colon) and key.strip().lower() in ("prompt", "workflow", "parameters")
    return {key.strip().lower(): rest.strip("\0")} if is_known else {}
