"""Uploads: fetched from Discord's attachment hosts only, and made into what an engine takes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple
from urllib.parse import urlsplit

import aiohttp

from commands.errors import BadUpload
from commands.languages import marked, say
from commands.upload import Upload
from commands.upload_queue import UploadQueue, UploadsBusy
from media.areas import area_mask
from media.errors import BadPicture, Reason
from media.fit import VIDEO_SIZES, fit_for_video
from media.origins.examination import examine
from media.outpaint import extend
from media.verify import (
    MAX_PHOTO_PIXELS,
    fit_mask,
    fit_transparent,
    fit_upload,
    prepare_init,
    prepare_mask,
)
from quarantine.formats import named

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Sequence

    import discord

    from commands.upload_queue import Reservation
    from media.areas import Area
    from media.fit import Fit, Fitted
    from media.origins.examination import Examined
    from media.outpaint import Extended
    from media.pool import MediaPool
    from media.verify import FittedUpload

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

OTHER_MEDIA = ("video/", "audio/", "text/")
"""What is no picture by its type; all else is known by its bytes."""

MAX_BYTES = 20 << 20
FETCH_LIMIT_S = 30

WORKER_PATIENCE = timedelta(seconds=45)
"""How long an upload that was fetched waits for a worker."""

BUSY = marked("I am busy reading others' pictures; try again in a moment")
BUSY_WITH_OWN = marked("I am still reading your other picture; try again in a moment")

REASONS = {
    Reason.UNKNOWN_FORMAT: marked("it is no picture of a kind that I read; send a {formats}"),
    Reason.UNREAD_FORMAT: marked("it is {detail}, which I cannot read here; send a {formats}"),
    Reason.BROKEN: marked("it is damaged or cut off"),
    Reason.TOO_MANY_PIXELS: marked("it has too many pixels ({detail})"),
    Reason.TOO_MANY_BYTES: marked("it is too large ({detail})"),
    Reason.NOTHING_TO_CHANGE: marked("nothing in it is black, so nothing would change"),
    Reason.NOTHING_TRANSPARENT: marked(
        "no pixel of it is transparent, so nothing would change; choose another area"
    ),
    Reason.TOO_COMPLEX: marked(
        "it is made of more parts than a picture needs ({detail}); save it again"
    ),
    Reason.OTHER_SHAPE: marked("it is {detail}"),
    Reason.TOO_SLOW: marked("it takes too long to read"),
    Reason.CRASHED: marked("it could not be read"),
    Reason.BUSY: BUSY,
}


class Uploads:
    """Fetches attached pictures and brings them to the size of the request."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        pool: MediaPool,
        origins: Collection[str],
        limit_s: float = FETCH_LIMIT_S,
        queue: UploadQueue | None = None,
    ) -> None:
        self._session = session
        self._pool = pool
        self._origins = frozenset(origins)
        self._timeout = aiohttp.ClientTimeout(total=limit_s)
        self._queue = queue or UploadQueue()

    def check(self, field: str, upload: Upload) -> None:
        """Refuse what Discord's own description already shows to be unusable.

        Raises:
            BadUpload
        """
        address = urlsplit(upload.url)
        if f"{address.scheme}://{address.netloc}" not in self._origins:
            raise BadUpload(field, say("it does not come from Discord"))
        kind = upload.content_type.partition(";")[0]
        if kind.startswith(OTHER_MEDIA):
            raise BadUpload(
                field,
                say(
                    "{filename} is {kind}, not a picture; send a {formats}",
                    filename=upload.filename,
                    kind=kind,
                    formats=named(),
                ),
            )
        if upload.size > MAX_BYTES:
            raise BadUpload(
                field,
                say(
                    "{size:.1f} MB are more than the {limit} MB allowed",
                    size=upload.size / 1e6,
                    limit=MAX_BYTES >> 20,
                ),
            )
        pixels = (upload.width or 0) * (upload.height or 0)
        # Its type follows from its name, so the limits of each format are for its bytes.
        if pixels > MAX_PHOTO_PIXELS:
            raise BadUpload(
                field,
                say(
                    "{width}×{height} has {pixels:.0f} megapixels; at most {most} are taken",
                    width=upload.width,
                    height=upload.height,
                    pixels=pixels / 1e6,
                    most=MAX_PHOTO_PIXELS // 1_000_000,
                ),
            )

    async def prepare(
        self, member_id: int, field: str, upload: Upload, size: tuple[int, int]
    ) -> bytes:
        """The picture as PNG of that size; for the field `mask`, black is where it may change.

        Raises:
            BadUpload
        """
        async with self._fetched(member_id, field, upload) as data:
            return await self._read(field, _work_for(field), data, *size)

    async def prepare_start(
        self,
        member_id: int,
        field: str,
        upload: Upload,
        sizes: Sequence[tuple[int, int]],
        *,
        is_mask: bool = False,
    ) -> FittedUpload:
        """The picture as PNG of the size whose shape is nearest to its own.

        What `is_mask` as well has the mask that its transparent pixels make.

        Raises:
            BadUpload
        """
        work = fit_transparent if is_mask else fit_upload
        async with self._fetched(member_id, field, upload) as data:
            return await self._read(field, work, data, tuple(sizes))

    async def mask_of(self, area: Area, size: tuple[int, int]) -> bytes:
        """The mask of a named area as PNG of that size.

        Raises:
            BadUpload: no worker is free in time.
        """
        return await self._read("area", area_mask, area, *size)

    async def extend(self, png: bytes, sides: tuple[int, int, int, int]) -> Extended:
        """A picture on a canvas that is larger by those sides in pixels, with the canvas' mask.

        Raises:
            BadUpload: no worker is free in time.
        """
        return await self._read("image", extend, png, sides)

    async def prepare_mask(
        self,
        member_id: int,
        field: str,
        upload: Upload,
        size: tuple[int, int],
        image: tuple[int, int],
    ) -> bytes:
        """A mask as PNG of that size, if it has the shape of its image or of that size.

        Raises:
            BadUpload: it has neither; with both sizes.
        """
        async with self._fetched(member_id, field, upload) as data:
            try:
                fitted = await self._read(field, fit_mask, data, size, (image, size))
            except BadUpload as error:
                if not isinstance(error.__cause__, BadPicture):
                    raise
                if error.__cause__.reason is not Reason.OTHER_SHAPE:
                    raise
                other = "{}×{}".format(*image)
                raise BadUpload(
                    field,
                    say(
                        "{reason}, but the image is {size}; a mask needs its shape",
                        reason=error.reason,
                        size=other,
                    ),
                ) from error
            return fitted.png

    async def examine(self, member_id: int, field: str, upload: Upload) -> Examined:
        """What a picture tells of how it was made.

        Raises:
            BadUpload
        """
        async with self._fetched(member_id, field, upload) as data:
            return await self._read(field, examine, data)

    async def fit(self, member_id: int, field: str, data: bytes, size: tuple[int, int]) -> bytes:
        """A picture's bytes as PNG of that size; `mask` is the only field that is read as one.

        Raises:
            BadUpload
        """
        async with self._turn(member_id, field, len(data)):
            return await self._read(field, _work_for(field), data, *size)

    async def video_still(
        self,
        member_id: int,
        field: str,
        upload: Upload,
        fit: Fit,
        size: tuple[int, int] | None = None,
        sizes: Sequence[tuple[int, int]] = VIDEO_SIZES,
    ) -> Fitted:
        """The picture as PNG of a film's size, else of the one that is nearest to its shape.

        Raises:
            BadUpload
        """
        async with self._fetched(member_id, field, upload) as data:
            return await self._read(field, fit_for_video, data, fit, size, tuple(sizes))

    async def fit_video(
        self, member_id: int, field: str, data: bytes, fit: Fit, size: tuple[int, int]
    ) -> bytes:
        """A picture's bytes as PNG of a film's size.

        Raises:
            BadUpload
        """
        async with self._turn(member_id, field, len(data)):
            return (await self._read(field, fit_for_video, data, fit, size)).png

    async def _read(self, field: str, work: Callable[[*Ts], T], *args: *Ts) -> T:
        try:
            return await self._pool.run(work, *args, patience=WORKER_PATIENCE)
        except BadPicture as error:
            reason = say(REASONS[error.reason], detail=error.detail, formats=named())
            raise BadUpload(field, reason) from error

    @asynccontextmanager
    async def _turn(self, member_id: int, field: str, size: int) -> AsyncGenerator[Reservation]:
        try:
            async with self._queue.turn(member_id, min(size, MAX_BYTES)) as reservation:
                yield reservation
        except UploadsBusy as error:
            raise BadUpload(field, say(BUSY_WITH_OWN if error.is_own else BUSY)) from error

    @asynccontextmanager
    async def _fetched(self, member_id: int, field: str, upload: Upload) -> AsyncGenerator[bytes]:
        """What is attached, in its turn."""
        self.check(field, upload)
        async with self._turn(member_id, field, upload.size) as reservation:
            yield await self._fetch(field, upload, reservation)

    async def _fetch(self, field: str, upload: Upload, reservation: Reservation) -> bytes:
        try:
            async with self._session.get(
                upload.url, timeout=self._timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise BadUpload(
                        field, say("Discord does not have it any more; attach it again")
                    )
                return await _read_at_most(field, answer, reservation)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BadUpload(
                field, say("it could not be fetched from Discord; try again")
            ) from error


def uploaded(attachment: discord.Attachment) -> Upload:
    """An attached file as Discord describes it."""
    return Upload(
        url=attachment.url,
        filename=attachment.filename,
        size=attachment.size,
        content_type=attachment.content_type or "",
        width=attachment.width,
        height=attachment.height,
    )


def _work_for(field: str) -> Callable[[bytes, int, int], bytes]:
    return prepare_mask if field == "mask" else prepare_init


async def _read_at_most(
    field: str, answer: aiohttp.ClientResponse, reservation: Reservation
) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        size = len(data) + len(chunk)
        if size > MAX_BYTES:
            raise BadUpload(field, say("it is larger than {limit} MB", limit=MAX_BYTES >> 20))
        # It may be larger than Discord said.
        reservation.grow_to(size)
        data += chunk
    return bytes(data)
