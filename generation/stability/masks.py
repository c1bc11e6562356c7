"""Masks from one polarity to the other."""

from __future__ import annotations

from io import BytesIO

from generation.errors import BadRequest
from sentences import Sentence


def invert_mask(mask: bytes) -> bytes:
    """A mask in which white is replaced, of one in which black may change; greys stay between.

    Ours is a grey PNG, as over gRPC; Stability's REST API has it the other way round. Decodes and
    encodes, so it belongs off the event loop.

    Raises:
        BadRequest: it is no PNG.
    """
    # Imported here, so that a process which has this run elsewhere does not pay for Pillow.
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(mask), formats=("PNG",)) as picture:
            grey = ImageOps.invert(picture.convert("L"))
    except Exception as error:
        # Decoders raise whatever they like.
        raise BadRequest("mask", Sentence("it cannot be read")) from error
    # Pillow would write profiles and more of what it has read.
    grey.info.clear()
    buffer = BytesIO()
    grey.save(buffer, "PNG")
    return buffer.getvalue()
