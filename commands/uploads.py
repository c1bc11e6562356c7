"""Uploads: fetched from Discord's attachment hosts only, and made into what an engine takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from commands.errors import BadUpload
from media.errors import BadPicture, Reason
from media.fit import fit_for_film
from media.verify import MAX_PIXELS, prepare_init, prepare_mask

if TYPE_CHECKING:
    from collections.abc import Collection

    from commands.reading import Upload
    from media.fit import Fit
    from media.pool import MediaPool

MAX_BYTES = 20 << 20
FETCH_LIMIT_S = 30

REASONS = {
    Reason.UNKNOWN_FORMAT: "it is no picture of a kind that I read (PNG, JPEG, WebP, GIF)",
    Reason.BROKEN: "it is damaged or cut off",
    Reason.TOO_MANY_PIXELS: "it has too many pixels ({})",
    Reason.TOO_MANY_BYTES: "it is too large ({})",
    Reason.NOTHING_TO_CHANGE: "nothing in it is black, so nothing would change",
    Reason.TOO_SLOW: "it takes too long to read",
    Reason.CRASHED: "it could not be read",
}


class Uploads:
    """Fetches attached pictures and brings them to the size of the request."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        pool: MediaPool,
        origins: Collection[str],
        limit_s: float = FETCH_LIMIT_S,
    ) -> None:
        self._session = session
        self._pool = pool
        self._origins = frozenset(origins)
        self._timeout = aiohttp.ClientTimeout(total=limit_s)

    def check(self, field: str, upload: Upload) -> None:
        """Refuse what Discord's own description already shows to be unusable.

        Raises:
            BadUpload
        """
        address = urlsplit(upload.url)
        if f"{address.scheme}://{address.netloc}" not in self._origins:
            raise BadUpload(field, "it does not come from Discord")
        kind = upload.content_type.partition(";")[0]
        if kind and not kind.startswith("image/"):
            raise BadUpload(field, f"{upload.filename} is {kind}, not a picture (PNG, JPEG, WebP)")
        if upload.size > MAX_BYTES:
            raise BadUpload(
                field, f"{upload.size / 1e6:.1f} MB are more than the {MAX_BYTES >> 20} MB allowed"
            )
        pixels = (upload.width or 0) * (upload.height or 0)
        if pixels > MAX_PIXELS:
            raise BadUpload(
                field,
                f"{upload.width}×{upload.height} has {pixels / 1e6:.0f} megapixels;"
                f" at most {MAX_PIXELS // 1_000_000} are taken",
            )

    async def prepare(self, field: str, upload: Upload, size: tuple[int, int]) -> bytes:
        """The picture as PNG of that size; for the field `mask`, black is where it may change.

        Raises:
            BadUpload
        """
        self.check(field, upload)
        return await self.fit(field, await self._fetch(field, upload), size)

    async def fit(self, field: str, data: bytes, size: tuple[int, int]) -> bytes:
        """A picture's bytes as PNG of that size; `mask` is the only field that is read as one.

        Raises:
            BadUpload
        """
        work = prepare_mask if field == "mask" else prepare_init
        try:
            return await self._pool.run(work, data, *size)
        except BadPicture as error:
            raise BadUpload(field, REASONS[error.reason].format(error.detail)) from error

    async def film_still(
        self, field: str, upload: Upload, fit: Fit, size: tuple[int, int]
    ) -> bytes:
        """The picture as PNG of a film's size.

        Raises:
            BadUpload
        """
        self.check(field, upload)
        return await self.fit_film(field, await self._fetch(field, upload), fit, size)

    async def fit_film(self, field: str, data: bytes, fit: Fit, size: tuple[int, int]) -> bytes:
        """A picture's bytes as PNG of a film's size.

        Raises:
            BadUpload
        """
        try:
            return (await self._pool.run(fit_for_film, data, fit, size)).png
        except BadPicture as error:
            raise BadUpload(field, REASONS[error.reason].format(error.detail)) from error

    async def _fetch(self, field: str, upload: Upload) -> bytes:
        try:
            async with self._session.get(
                upload.url, timeout=self._timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise BadUpload(field, "Discord does not hand it out any more; attach it again")
                return await _read_at_most(field, answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BadUpload(field, "it could not be fetched from Discord; try again") from error


async def _read_at_most(field: str, answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > MAX_BYTES:
            raise BadUpload(field, f"it is larger than {MAX_BYTES >> 20} MB")
    return bytes(data)
