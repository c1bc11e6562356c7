"""The bodies of HTTP requests, read by the ingress within the bounds that a server sets to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from generation.errors import Busy
from inference.access.auth import is_authorized
from inference.refusals import busy_refusal
from inference.video.intake import Intake
from inference.video.upload import MAX_BODY_BYTES, PATIENCE_S, too_large, too_slow

if TYPE_CHECKING:
    from starlette.requests import Request

    from inference.options import Options


class Bodies:
    """Reads bodies in turn; each client has a share of what is read at once."""

    def __init__(self, options: Options) -> None:
        self._intake = Intake(options.limits)
        self._token = options.token

    async def read(self, request: Request) -> bytes:
        """The body of a POST with the token; empty for others, which the server answers without.

        Raises:
            Refusal: it is too large, too slow, or too many others arrive; says which.
        """
        if request.method != "POST":
            return b""
        if not is_authorized(request.headers.get("authorization"), self._token):
            return b""
        try:
            async with self._intake.turn(request.client.host if request.client else ""):
                return await _read(request)
        except Busy as error:
            raise busy_refusal(error) from error


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise too_large()
    except TimeoutError:
        raise too_slow() from None
    return bytes(body)
