"""Who may use the playground: this machine, its own page, and whoever has the page's token."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from playground.wire import answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "playground"
_DISCORDS_OWN = ("/api/", "/attachments/", "/ephemeral-attachments/")
"""Discord's routes are opened by the bot's token, an interaction's token or a signature."""
_OF_FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""The types of body that a page may send to another site without asking it first (Fetch standard,
CORS-safelisted request headers)."""
_AT_HOME = ("same-origin", "none")
_HEADERS = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class Access:
    """A guard in front of every route, also those that are added later.

    `is_loopback` says that only this machine can reach the port: then the request must also name
    this machine, so that a foreign name which somebody points at it does not work.
    """

    def __init__(self, page_token: str | None, *, is_loopback: bool) -> None:
        self._token = page_token
        self._is_loopback = is_loopback
        self.ports: set[int] = set()
        """The port that is listened on, and those of relays to it."""

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The guard as an aiohttp middleware."""
        complaint = self._complaint(request)
        if complaint:
            return answer({"error": complaint}, 403)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
            if request.path == "/" and self._token is not None:
                response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
        return response

    def _complaint(self, request: web.Request) -> str:
        """Why the request is refused, empty if it is not."""
        if self._is_loopback and not self._is_named(request):
            return "The playground answers to this machine only, under its own address."
        if _is_from_elsewhere(request, is_loopback=self._is_loopback):
            return "Another site may not use the playground."
        if _is_discords(request):
            return ""
        if _could_be_a_form(request):
            return "Send a body whose Content-Type no form has, such as application/json."
        if not self._has_token(request):
            return "Open the page with ?token= and the playground's token."
        return ""

    def _is_named(self, request: web.Request) -> bool:
        """Whether each name that the request gives us is a loopback one with our port."""
        named = [f"//{name}" for name in request.headers.getall("Host", [])]
        # A target with a name of its own goes before the header (RFC 9112, 3.2.2).
        if not request.raw_path.startswith("/"):
            named.append(request.raw_path)
        return len(named) > 0 and all(_is_ours(name, self.ports) for name in named)

    def _has_token(self, request: web.Request) -> bool:
        if self._token is None:
            return True
        given = (
            request.headers.get("Authorization", "").removeprefix("Bearer "),
            request.cookies.get(COOKIE, ""),
            request.query.get("token", ""),
        )
        return any(is_secret(text, self._token) for text in given)


def is_secret(given: str, secret: str) -> bool:
    """Whether a text is the secret, in a time that does not tell how much of it is right."""
    return secrets.compare_digest(given.encode(errors="replace"), secret.encode())


def is_loopback(name: str) -> bool:
    """Whether a host name or an address, without a port, is this very machine."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_ours(url: str, ports: set[int]) -> bool:
    try:
        parts = urlsplit(url)
        # Port 80 is left out by whoever follows the standard.
        return is_loopback(parts.hostname or "") and (parts.port or 80) in ports
    except ValueError:
        return False


def _is_from_elsewhere(request: web.Request, *, is_loopback: bool) -> bool:
    """Whether a browser sends this for a page that is not ours; other clients send no such mark."""
    schemes = ("http",) if is_loopback else ("http", "https")
    ours = [f"{scheme}://{request.headers.get('Host', '')}" for scheme in schemes]
    if any(origin not in ours for origin in request.headers.getall("Origin", [])):
        return True
    if all(site in _AT_HOME for site in request.headers.getall("Sec-Fetch-Site", [])):
        return False
    # Somebody follows a link to the page: it comes in a tab of its own and does nothing by itself.
    is_visit = request.headers.get("Sec-Fetch-Dest") == "document"
    return not (is_visit and request.method == "GET" and request.path == "/")


def _is_discords(request: web.Request) -> bool:
    if request.path == "/":
        return request.headers.get("Upgrade", "").lower() == "websocket"
    return request.path.startswith(_DISCORDS_OWN)


def _could_be_a_form(request: web.Request) -> bool:
    """Whether any page could have sent this; our own page's requests carry its origin."""
    if request.method in ("GET", "HEAD", "OPTIONS") or "Origin" in request.headers:
        return False
    declared = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and declared in _OF_FORMS
