"""Who may use the page and the drive API: this machine, or whoever has the page's token."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from playground.wire import answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

COOKIE = "playground"
_GUARDED = ("/drive/", "/web/", "/static/")


class Access:
    """A guard in front of the page and the drive API; Discord's own routes have their own rules."""

    def __init__(self, page_token: str | None) -> None:
        self._token = page_token

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """The guard as an aiohttp middleware."""

        @web.middleware
        async def guard(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            if not _is_guarded(request):
                return await handler(request)
            refused = self._refused(request)
            if refused is not None:
                return refused
            response = await handler(request)
            if request.path == "/" and self._token is not None and not response.prepared:
                response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
            return response

        return guard

    def _refused(self, request: web.Request) -> web.Response | None:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return answer({"error": "Another site may not drive the playground."}, 403)
        if self._token is None:
            # Without a token only this machine may ask, and not under a name that somebody
            # else's DNS points at it.
            name = urlsplit(f"//{request.host}").hostname or ""
            if _is_local_name(name):
                return None
            return answer({"error": "The playground answers to this machine only."}, 403)
        given = (
            request.headers.get("Authorization", "").removeprefix("Bearer "),
            request.cookies.get(COOKIE, ""),
            request.query.get("token", ""),
        )
        wanted = self._token.encode()
        if any(secrets.compare_digest(text.encode(), wanted) for text in given):
            return None
        return answer({"error": "Open the page with ?token= and the playground's token."}, 403)


def _is_guarded(request: web.Request) -> bool:
    if request.path == "/":
        return request.headers.get("Upgrade", "").lower() != "websocket"
    return request.path.startswith(_GUARDED)


def _is_local_name(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
