"""The HTTP side: a health check, what this server is, and films."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from inference.films.rest import FilmSite, refuse_films
from inference.gate import is_authorized
from inference.refusals import Refusal, shape_refusals

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from inference.engines import Roster
    from inference.films.production import Production
    from inference.scheduler import Scheduler

HEALTH_PATH = "/healthz"
"""Load balancers ask for health without a token."""


class Site:
    """The HTTP application: /healthz for anyone, the rest with the token where one is set."""

    def __init__(
        self, roster: Roster, scheduler: Scheduler, production: Production | None, token: str
    ) -> None:
        self._roster = roster
        self._scheduler = scheduler
        self._token = token
        self.application = web.Application(middlewares=[shape_refusals, self._check_token])
        self.application.router.add_get(HEALTH_PATH, self._tell_health)
        self.application.router.add_get("/", self._tell_about)
        if production is None:
            refuse_films(self.application.router)
        else:
            FilmSite(production).add_routes(self.application.router)

    @web.middleware
    async def _check_token(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        header = request.headers.get("Authorization")
        if request.path != HEALTH_PATH and not is_authorized(header, self._token):
            raise Refusal(
                HTTPStatus.UNAUTHORIZED,
                "authorization: the key is missing or wrong; send it as Bearer <key>",
            )
        return await handler(request)

    async def _tell_health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _tell_about(self, _request: web.Request) -> web.Response:
        engines = [
            {
                "id": served.engine.id,
                "name": served.engine.name,
                "kind": served.engine.kind,
                "backend": served.backend.description,
                "aliases": list(served.engine.aliases),
            }
            for served in self._roster
        ]
        pictures = {"running": self._scheduler.running, "waiting": self._scheduler.waiting}
        return web.json_response(
            {"name": "Atelier inference", "engines": engines, "pictures": pictures}
        )
