"""Faults on request: error statuses, delays and broken connections for chosen routes."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aiohttp import web

from playground.wire import answer, too_large

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KINDS = ("drop", "drop_half", "drop_after", "delay")
"""Beside them, any status from 400 to 599."""

STATUSES = range(400, 600)


def is_kind(kind: str) -> bool:
    """Whether there is such a fault."""
    return kind in KINDS or (kind.isdecimal() and int(kind) in STATUSES)


@dataclass(slots=True)
class Fault:
    """One fault: what happens, to which requests, and how many times more.

    `code` is Discord's own, in the body of an error status.
    """

    id: str
    kind: str
    method: str | None = None
    route: str | None = None
    times: int = 1
    retry_after_s: float = 1.0
    delay_s: float = 0.0
    code: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Whether a request is struck; the route is a part of the path or a glob over it."""
        if self.method is not None and self.method.upper() != method:
            return False
        route = self.route
        return route is None or route in path or fnmatchcase(path, route)


class Faults:
    """The faults that are waiting for their requests."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, fault: Fault) -> str:
        """Let a fault wait; the answer is its id."""
        fault.id = str(next(self._numbers))
        self._waiting.append(fault)
        return fault.id

    def clear(self) -> None:
        """Call all faults off."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        if not self._waiting:
            return None
        for fault in self._waiting:
            if fault.hits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    async def around(
        self, request: web.Request, path: str, act: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Act on a request, or do what the waiting fault says instead."""
        fault = self.take(request.method, path)
        if fault is None:
            return await act()
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.kind == "delay":
            return await act()
        if fault.kind == "drop_half":
            await _read_half(request)
            return _hang_up(request)
        if fault.kind in ("drop", "drop_after"):
            # Reading the body first makes the client see a closed connection, not a reset one.
            await (act() if fault.kind == "drop_after" else request.read())
            return _hang_up(request)
        await request.read()
        return _error(fault)


async def _read_half(request: web.Request) -> None:
    """Take a part of the body in, as when the line breaks during an upload."""
    left = (request.content_length or 0) // 2
    while left > 0 and (chunk := await request.content.readany()):
        left -= len(chunk)


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=499)


def _error(fault: Fault) -> web.Response:
    if fault.kind == "429":
        body = {
            "message": "You are being rate limited.",
            "retry_after": fault.retry_after_s,
            "global": False,
        }
        response = answer(body, 429)
        response.headers["Retry-After"] = str(fault.retry_after_s)
        response.headers["X-RateLimit-Scope"] = "shared"
    elif fault.kind == "413" and not fault.code:
        response = answer(too_large().body(), 413)
    else:
        body = {"message": f"{fault.kind}: made on request", "code": fault.code}
        response = answer(body, int(fault.kind))
    response.headers["Via"] = "1.1 playground"
    return response
