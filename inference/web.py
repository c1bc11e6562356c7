"""The HTTP side: a health check, and what this server is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from inference.gate import is_authorized

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from inference.engines import Roster
    from inference.scheduler import Scheduler

HEALTH_PATH = "/healthz"
"""Load balancers ask for health without a token."""


class Site:
    """The HTTP application: /healthz for anyone, the rest with the token where one is set."""

    def __init__(self, roster: Roster, scheduler: Scheduler, token: str) -> None:
        self._roster = roster
        self._scheduler = scheduler
        self._token = token
        self.application = web.Application(middlewares=[self._check_token])
        self.application.router.add_get(HEALTH_PATH, self._tell_health)
        self.application.router.add_get("/", self._tell_about)

    @web.middleware
    async def _check_token(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        header = request.headers.get("Authorization")
        if request.path != HEALTH_PATH and not is_authorized(header, self._token):
            raise web.HTTPUnauthorized(
                text="The token is missing or wrong.", headers={"WWW-Authenticate": "Bearer"}
            )
        return await handler(request)

    async def _tell_health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _tell_about(self, _request: web.Request) -> web.Response:
        engines = [
            {
                "id": served.engine.id,
                "name": served.engine.name,
                "backend": served.backend.description,
                "aliases": list(served.engine.aliases),
            }
            for served in self._roster
        ]
        pictures = {"running": self._scheduler.running, "waiting": self._scheduler.waiting}
        return web.json_response(
            {"name": "Atelier inference", "engines": engines, "pictures": pictures}
        )
