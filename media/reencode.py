"""Pictures made small enough for the place they go to.

Pillow is imported inside the functions, as in `media.verify`: the work is done in a worker.
"""

from __future__ import annotations

from io import BytesIO

from media.errors import BadPicture, Reason
from media.marking.xmp import xmp_packet
from media.metadata import read_source_type

QUALITIES = (95, 90, 82, 70)
SMALLEST_PX = 256


def fit_upload(png: bytes, limit_bytes: int) -> bytes:
    """The picture as it is if it fits, else the best JPEG within the limit, smaller if need be.

    The JPEG keeps the mark that says how the picture was made, but not its recipe.

    Raises:
        BadPicture: it cannot be read, or no JPEG of it fits (TOO_MANY_BYTES).
    """
    from PIL import Image

    if len(png) <= limit_bytes:
        return png
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as picture:
            rest = picture.convert("RGB")
    except Exception as error:
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error
    rest.info.clear()
    source_type = read_source_type(png)
    mark = {"xmp": xmp_packet(source_type).encode()} if source_type else {}
    while min(rest.size) >= SMALLEST_PX:
        for quality in QUALITIES:
            buffer = BytesIO()
            rest.save(buffer, "JPEG", quality=quality, optimize=True, **mark)
            if buffer.tell() <= limit_bytes:
                return buffer.getvalue()
        rest = rest.resize((rest.width * 3 // 4, rest.height * 3 // 4), Image.Resampling.LANCZOS)
    raise BadPicture(Reason.TOO_MANY_BYTES, f"no form of it fits {limit_bytes:,} bytes")
