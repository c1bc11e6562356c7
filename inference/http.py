"""The HTTP side: health, metrics, what this server is, and films."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aiohttp import web

from inference.access.auth import is_authorized
from inference.access.browsers import is_foreign
from inference.access.connections import Connections
from inference.access.limits import Limits
from inference.metrics.measurements import Measurements
from inference.refusals import Refusal, shape_refusals
from inference.video.engines import film_facts
from inference.video.intake import Intake
from inference.video.rest import VideoSite, refuse_videos

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from inference.registry import EngineRegistry
    from inference.scheduler import Scheduler
    from inference.video.service import VideoService

METRICS_PATH = "/metrics"
HEALTH_PATH = "/healthz"
"""Load balancers ask for health without a token."""


class Site:
    """The HTTP application: /healthz for anyone, the rest with the token where one is set."""

    def __init__(
        self,
        registry: EngineRegistry,
        scheduler: Scheduler,
        video_service: VideoService | None,
        token: str,
        limits: Limits | None = None,
        measurements: Measurements | None = None,
    ) -> None:
        limits = limits or Limits()
        self._measurements = measurements or Measurements()
        self.connections = Connections(limits)
        self._registry = registry
        self._scheduler = scheduler
        self._token = token
        self.application = web.Application(middlewares=[self._count, shape_refusals, self._check])
        self.application.router.add_get(HEALTH_PATH, self._tell_health)
        self.application.router.add_get(METRICS_PATH, self._tell_metrics)
        self.application.router.add_get("/", self._tell_about)
        if video_service is None:
            refuse_videos(self.application.router)
        else:
            VideoSite(video_service, Intake(limits)).add_routes(self.application.router)

    @web.middleware
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self._measurements.note_refusal("http", str(answer.status))
        return answer

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look at the headers alone; a body is read by the route, if at all."""
        if not self._token and is_foreign(request):
            raise Refusal(
                HTTPStatus.FORBIDDEN,
                "host: this server answers to this machine only, and to no web page",
            )
        if request.path == HEALTH_PATH:
            return await handler(request)
        if not is_authorized(request.headers.get("Authorization"), self._token):
            raise Refusal(
                HTTPStatus.UNAUTHORIZED,
                "authorization: the key is missing or wrong; send it as Bearer <key>",
            )
        with self.connections.at_work(request.transport):
            return await handler(request)

    async def _tell_health(self, _request: web.Request) -> web.Response:
        if self._scheduler.is_draining:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return web.json_response({"status": "stopping"}, status=status)
        return web.json_response({"status": "ok"})

    async def _tell_metrics(self, _request: web.Request) -> web.Response:
        if find_spec("prometheus_client") is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND, "metrics need the package prometheus-client on this server"
            )
        # Imported here: a server that nobody watches does without.
        from inference.metrics.exposition import CONTENT_TYPE, ServerCollector, expose

        collector = ServerCollector(
            # The queue belongs to the loop: it is read here, not in the thread.
            self._measurements,
            self._registry,
            running=self._scheduler.running,
            waiting=self._scheduler.waiting,
        )
        text = await asyncio.to_thread(expose, collector)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def _tell_about(self, _request: web.Request) -> web.Response:
        engines = [
            {
                "id": served.engine.id,
                "name": served.engine.name,
                "kind": served.engine.kind,
                "backend": served.backend.description,
                "aliases": list(served.engine.aliases),
                **({"film": film_facts(served.engine)} if served.makes_videos else {}),
            }
            for served in self._registry
        ]
        pictures = {"running": self._scheduler.running, "waiting": self._scheduler.waiting}
        return web.json_response(
            {"name": "Atelier inference", "engines": engines, "pictures": pictures}
        )
