"""Requests that a browser makes for somebody's page; a server without a token answers none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from generation.host_name import is_loopback

if TYPE_CHECKING:
    from collections.abc import Container

    from aiohttp import web

_MARKS = ("origin", "referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
"""What browsers add to requests and gRPC's libraries do not."""


def is_from_browser(headers: Container[str]) -> bool:
    """Whether these lower-case header names are a browser's."""
    return any(mark in headers for mark in _MARKS)


def is_foreign(request: web.Request) -> bool:
    """Whether it is for another site's page, or names this machine by a name that is not its own.

    A name that somebody points at this machine would let that site's pages read the answers.
    """
    headers = request.headers
    hosts = headers.getall("Host", [])
    named = [f"//{host}" for host in hosts]
    # A target with a name of its own goes before the header (RFC 9112, 3.2.2).
    if not request.raw_path.startswith("/"):
        named.append(request.raw_path)
    ours = {f"{request.scheme}://{host}" for host in hosts}
    return (
        not named
        or not all(map(_is_local, named))
        or any(origin not in ours for origin in headers.getall("Origin", []))
        or any(site not in ("same-origin", "none") for site in headers.getall("Sec-Fetch-Site", []))
    )


def _is_local(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
