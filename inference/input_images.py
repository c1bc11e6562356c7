"""Looks at given pictures before anything is made of them, in processes of their own."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from generation.errors import BadRequest, Busy
from quarantine.errors import UNREADABLE, BadStructure, Ending, WorkFailed
from quarantine.formats import STILL_FORMATS, named
from quarantine.png import MAX_INFLATED
from quarantine.pool import Confinement, WorkerPool
from quarantine.structure import check_picture_structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image as Decoded

    from generation.request import ImageRequest

FORMATS = STILL_FORMATS
"""What may be sent; everything else that Pillow knows stays shut."""

ORIENTATION, SIDEWAYS = 0x0112, (5, 6, 7, 8)
"""The EXIF tag that says how the camera was held, and its values for a picture on its side."""

MAX_PIXELS = 1 << 24
"""The largest picture that is decoded."""
OPENED_PIXELS = 1 << 26
"""The largest that is opened, to say how large it is: some decoders take memory for all of it."""


WORKERS = 2
LIMIT = timedelta(seconds=30)
"""For a picture on a machine that is busy otherwise."""

PATIENCE = timedelta(seconds=10)
MAY_USE = Confinement(memory_bytes=1 << 30, cpu_limit=timedelta(seconds=3), niceness=2)


class PictureChecks:
    """Decodes given pictures where they cost little processor time and harm nobody."""

    def __init__(self, workers: int = WORKERS, may_use: Confinement = MAY_USE) -> None:
        """Nothing is started before the first picture."""
        self._pool = WorkerPool(workers, LIMIT, may_use)

    async def close(self) -> None:
        """End the processes; takes at most about a second."""
        await self._pool.close()

    async def check_request(self, request: ImageRequest) -> None:
        """Decode all pictures of the request wholly.

        Raises:
            BadRequest: one is no whole picture, is too large, or image and mask differ in size.
            Busy: others' pictures are being read.
        """
        for control in request.controls:
            await self.check(control.image, "control")
        for picture in request.blend:
            await self.check(picture.image, "image")
        if request.init_image is None:
            return
        size = await self.check(request.init_image, "image")
        if request.mask is None:
            return
        mask_size = await self.check(request.mask, "mask")
        if mask_size != size:
            raise BadRequest("mask", f"it is {_words(mask_size)}, but the image is {_words(size)}")

    async def check(
        self,
        data: bytes,
        field: str,
        formats: tuple[str, ...] = FORMATS,
        sizes: Sequence[tuple[int, int]] = (),
    ) -> tuple[int, int]:
        """Have `check_picture` look at a picture.

        Raises:
            BadRequest: as `check_picture` does, or it takes too long to read.
            Busy: others' pictures are being read.
        """
        try:
            return await self._pool.run(
                check_picture, data, field, formats, tuple(sizes), patience=PATIENCE
            )
        except WorkFailed as error:
            if error.ending is Ending.BUSY:
                raise Busy("the pictures of other requests are being read") from error
            slow = error.ending is Ending.TOO_SLOW
            reason = "it takes too long to read" if slow else "it cannot be read"
            raise BadRequest(field, f"{reason}; send another picture") from error


def check_picture(
    data: bytes,
    field: str,
    formats: tuple[str, ...] = FORMATS,
    sizes: Sequence[tuple[int, int]] = (),
) -> tuple[int, int]:
    """Decode a picture wholly; its size in pixels as it is seen, turned upright.

    The size is one of `sizes` where any are given.

    Raises:
        BadRequest: it is no whole picture of those formats, is too large, or has another size.
    """
    # Imported here, so that the server itself does not pay for Pillow.
    from PIL import Image

    take_large_notes()
    try:
        check_picture_structure(data, OPENED_PIXELS)
        with Image.open(BytesIO(data), formats=formats) as picture:
            width, height = picture.size
            # Before decoding, also that of a PNG for what stands after its pixels, which may turn
            # it: a header costs its sender nothing, the pixels cost us memory.
            if width * height > MAX_PIXELS:
                raise BadRequest(field, f"{width}×{height} has more than {MAX_PIXELS:,} pixels")
            size = (height, width) if is_sideways(picture) else (width, height)
            if sizes and size not in sizes:
                allowed = ", ".join(map(_words, sizes))
                raise BadRequest(field, f"it is {_words(size)}; send one of {allowed} pixels")
            picture.load()
    except BadRequest:
        raise
    except BadStructure as error:
        if error.fault in UNREADABLE:
            raise _unreadable(field, formats, error) from error
        raise BadRequest(field, f"it is too much to read ({error.detail})") from error
    except Image.DecompressionBombError as error:
        raise BadRequest(field, f"it has more than {MAX_PIXELS:,} pixels") from error
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise _unreadable(field, formats, error) from error
    return size


def take_large_notes() -> None:
    """Have Pillow read PNGs with profiles and texts of more than a megabyte, which are usual.

    The structure's check bounds all of them together.
    """
    from PIL import PngImagePlugin

    PngImagePlugin.MAX_TEXT_CHUNK = MAX_INFLATED


def is_sideways(picture: Decoded) -> bool:
    """Whether the picture is to be turned by a quarter before it is seen."""
    try:
        return picture.getexif().get(ORIENTATION) in SIDEWAYS
    except Exception:
        # Many cameras write broken EXIF; the picture itself is whole.
        return False


def _unreadable(field: str, formats: tuple[str, ...], error: Exception) -> BadRequest:
    reason = f"it cannot be read ({type(error).__name__}); send a whole {named(formats)}"
    return BadRequest(field, reason)


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
