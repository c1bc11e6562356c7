"""The formats of pictures that are taken from outside, in one place for all who take them."""

from __future__ import annotations

from importlib.util import find_spec

from sentences import Sentence

OF_PILLOW = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
"""As Pillow names them; bytes say which one it is, and of animations the first frame counts."""

HEIF = "HEIF"
"""What telephones save; read by a library that is not there on every machine."""

HEIF_LIBRARY = "pi_heif"
ALL_FORMATS = (*OF_PILLOW, HEIF)
FORMATS = ALL_FORMATS if find_spec(HEIF_LIBRARY) else OF_PILLOW
"""What is taken here."""

STILL_FORMATS = ("PNG", "JPEG", "WEBP")
"""What an engine takes and answers with."""

VIDEO_START_FORMATS = ("JPEG", "PNG")
"""What the image-to-video API takes (Stability's reference of v2beta)."""

_NAMES = {"WEBP": "WebP", HEIF: "HEIC"}


def named(formats: tuple[str, ...] = FORMATS) -> str:
    """The formats in words: PNG, JPEG or WebP."""
    names = [_NAMES.get(name, name) for name in formats]
    if len(names) == 1:
        return names[0]
    return Sentence("{one} or {other}", one=", ".join(names[:-1]), other=names[-1])
