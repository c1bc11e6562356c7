"""What every REST route has in common: faults, authorization, rate limits, bodies, refusals."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.rest.bodies import Body, read_body
from playground.rest.ratelimits import Buckets, RateLimited, Window
from playground.rules.keys import unknown_keys
from playground.wire import Json, Refusal, answer, unauthorized, unknown_route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playground.reports import Report
    from playground.rest.bodies import UploadLimits
    from playground.rest.faults import Faults
    from playground.rules.openapi import OpenApi

API = "/api/v10"
_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")

BREACHES = {
    0: "unauthorized",
    10062: "late_or_unknown_interaction",
    40005: "too_large",
    40060: "double_acknowledgement",
    50005: "not_the_author",
    50006: "empty_message",
    50035: "invalid_body",
    50109: "invalid_json",
    30032: "too_many_commands",
    30034: "too_many_command_creates",
}
"""Refusals that a correct bot never sees, by Discord's code; others are part of normal life."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a route's handler sees it."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Body

    def json(self) -> Json:
        """The JSON object that was sent."""
        return self.body.object()


if TYPE_CHECKING:
    Handler = Callable[[Call], web.Response]
    LimitsFor = Callable[[Mapping[str, str]], UploadLimits]


class Rest:
    """Discord's HTTP API, to which the rooms add their routes."""

    def __init__(
        self,
        token: str,
        limits_for: LimitsFor,
        buckets: Buckets,
        faults: Faults,
        report: Report,
        openapi: OpenApi | None,
    ) -> None:
        self._token = token
        self._limits_for = limits_for
        self._buckets = buckets
        self._faults = faults
        self._report = report
        self._openapi = openapi
        self.routes: list[web.RouteDef] = []

    def add(
        self, method: str, template: str, handler: Handler, *, needs_token: bool = True
    ) -> None:
        """Add a route under the path template that Discord's OpenAPI description uses."""
        route = f"{method} {template}"

        async def serve(request: web.Request) -> web.StreamResponse:
            self._report.requests[route] += 1
            path = request.path.removeprefix(API)

            async def act() -> web.StreamResponse:
                return await self._act(request, route, handler, needs_token=needs_token)

            return await self._faults.around(request, path, act)

        self.routes.append(web.route(method, API + template, serve))

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """Answer a route that is not played, and say so in the report."""
        self._report.unknown_route(f"{request.method} {request.path.removeprefix(API)}")
        return answer(unknown_route().body(), 404)

    async def _act(
        self, request: web.Request, route: str, handler: Handler, *, needs_token: bool
    ) -> web.StreamResponse:
        window: Window | None = None
        try:
            if needs_token:
                self._authorize(request)
            params = request.match_info
            major = "/".join(params[name] for name in _MAJOR if name in params)
            window = self._buckets.take(route, major, counts_overall=needs_token)
            body = await read_body(request, self._limits_for(params))
            if self._openapi is not None:
                self._openapi.check_request(route, body.data)
            response = handler(Call(params, request.query, body))
            self._warn(route, body)
        except Refusal as refusal:
            self._note(request, route, refusal)
            response = answer(refusal.body(), refusal.status)
        except RateLimited as limited:
            return self._limited(limited)
        except ConnectionError:
            # The bot was killed while it was sending; nobody hears this.
            return web.Response(status=499)
        except Exception as error:
            self._report.problem("playground_error", repr(error), route=route)
            raise
        if window is not None:
            self._buckets.stamp(response, window)
        return response

    def _authorize(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode()
        if not secrets.compare_digest(given, f"Bot {self._token}".encode()):
            raise unauthorized()

    def _note(self, request: web.Request, route: str, refusal: Refusal) -> None:
        kind = BREACHES.get(refusal.code)
        if refusal.status >= 500:
            kind = "server_error"
        if kind is not None:
            facts: dict[str, Any] = {"code": refusal.code, "route": route, "path": request.path}
            if refusal.errors:
                facts["errors"] = refusal.errors
            self._report.problem(kind, refusal.message, **facts)

    def _warn(self, route: str, body: Body) -> None:
        """Report what Discord lets through, although nobody can have meant it."""
        for path in unknown_keys(route, body.data):
            self._report.problem("unknown_key", f"Discord knows no {path}", route=route)
        for file in body.files.values():
            if not file.data:
                text = f"{file.filename} was uploaded empty; was its file read before?"
                self._report.problem("empty_file", text, route=route)

    def _limited(self, limited: RateLimited) -> web.Response:
        after = round(limited.retry_after_s, 3)
        message = "You are being rate limited."
        body = {"message": message, "retry_after": after, "global": limited.overall}
        response = answer(body, 429)
        self._buckets.stamp(response, limited.window)
        response.headers["Via"] = "1.1 playground"
        response.headers["Retry-After"] = str(after)
        response.headers["X-RateLimit-Scope"] = "global" if limited.overall else "user"
        if limited.overall:
            response.headers["X-RateLimit-Global"] = "true"
        return response
