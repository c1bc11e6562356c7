"""The playground as one aiohttp server: gateway, REST, CDN, drive API and page on one port."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.access import Access, is_loopback
from playground.cdn import Cdn
from playground.drive.actions import Actions
from playground.drive.api import Drive
from playground.events import Events
from playground.gateway.gateway import Gateway
from playground.gateway.sessions import Sessions
from playground.reports import Report
from playground.rest import routes
from playground.rest.applications import Applications
from playground.rest.bodies import UploadLimits
from playground.rest.callbacks import Callbacks
from playground.rest.channels import Channels
from playground.rest.faults import Faults
from playground.rest.guilds import Guilds
from playground.rest.interactions import InteractionRoutes
from playground.rest.ratelimits import Buckets, RateLimits
from playground.rest.routes import Rest
from playground.rules import openapi
from playground.world.interactions import Interactions
from playground.world.message_service import MessageService
from playground.world.registry import Registry
from playground.world.snowflakes import Clock
from playground.world.uploads import Uploads
from playground.world.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.drive.api import TopUp
    from playground.rules.openapi import OpenApi

WEB = Path(__file__).parent / "web"


class Playground:
    """A loopback Discord; use it as an async context manager.

    `port` 0 lets the system choose. `guilds` more than one is for sharding, 0 for a
    bot that nobody has invited yet; `guests` are further members, for load; `keep` bounds the
    messages per channel and the interactions that stay in memory. `privileged` turns the
    privileged gateway intents on, as a developer would in Discord's portal. `page_token` locks
    the page and the drive API. `description` is the path of Discord's OpenAPI description.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        token: str | None = None,
        uploads: UploadLimits | None = None,
        rate_limits: RateLimits | None = None,
        guilds: int = 1,
        guests: int = 0,
        keep: int = 10_000,
        privileged: bool = False,
        top_up: TopUp | None = None,
        page_token: str | None = None,
        description: str | None = None,
    ) -> None:
        self.token = token or f"playground.{secrets.token_urlsafe(24)}"
        self._host, self._port = host, port
        self.access = Access(page_token, is_loopback=is_loopback(host))
        self.clock = Clock()
        self.report = Report()
        self.events = Events()
        self.faults = Faults()
        self.world = World(self.clock, guilds=guilds, keep=keep, guests=guests)
        self.uploads = Uploads(self.world, uploads or UploadLimits())
        self.cdn = Cdn(self.clock, self.world.ids)
        self.sessions = Sessions(self.clock)
        self.registry = Registry(self.world)
        self.posting = MessageService(self.world, self.cdn, self.sessions, self.events, self.report)
        self.interactions = Interactions(
            self.world, self.cdn, self.sessions, self.events, self.report, self.uploads
        )
        self.actions = Actions(
            *(self.world, self.cdn, self.registry, self.posting, self.interactions, self.uploads)
        )
        self.gateway = Gateway(
            self.world, self.sessions, self.report, self.token, privileged=privileged
        )
        self.openapi = _description(description)
        buckets = Buckets(self.clock, rate_limits or RateLimits())
        self.rest = Rest(
            self.token, self._limits_for, buckets, self.faults, self.report, self.openapi
        )
        self._add_routes()
        self._drive = self._make_drive(top_up)
        self._runner: web.AppRunner | None = None
        self._tell_the_page()

    def _make_drive(self, top_up: TopUp | None) -> Drive:
        return Drive(
            self.world,
            self.cdn,
            self.registry,
            self.actions,
            self.interactions,
            self.gateway,
            self.events,
            self.report,
            self.faults,
            openapi=self.openapi is not None,
            top_up=top_up,
        )

    def _limits_for(self, params: Mapping[str, str]) -> UploadLimits:
        """The upload limits of the place that a route's parameters name."""
        channel = self.world.channels.get(params.get("channel_id", ""))
        if channel is None:
            token = params.get("webhook_token") or params.get("interaction_token")
            channel = self.interactions.channel_of(token)
        return self.uploads.limits(channel)

    def _add_routes(self) -> None:
        world, cdn, api = self.world, self.cdn, self.rest
        Applications(world, self.registry, lambda: self.gateway_url).register(api)
        Channels(world, cdn, self.posting).register(api)
        Guilds(world).register(api)
        callbacks = Callbacks(world, cdn, self.events, self.posting, self.interactions)
        InteractionRoutes(world, cdn, self.posting, self.interactions, callbacks).register(api)

    @property
    def url(self) -> str:
        """The page's address, with a slash at its end."""
        return f"http://{self._address}/"

    @property
    def api_base(self) -> str:
        """The base address of the REST API, up to and including /api/v10."""
        return f"http://{self._address}{routes.API}"

    @property
    def gateway_url(self) -> str:
        """The gateway's WebSocket address."""
        return f"ws://{self._address}/"

    @property
    def _address(self) -> str:
        # Whoever listens everywhere is reached on this machine under loopback's own name.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        host = f"[{name}]" if ":" in name else name
        return f"{host}:{self._port}"

    async def start(self) -> None:
        """Listen; OSError when the port is taken. After `stop`, on the same port again."""
        runner = web.AppRunner(
            self.application(), access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        address: Any = runner.addresses[0]
        self._port = address[1]
        self.access.ports.add(self._port)
        self.gateway.url = self.gateway_url
        self.cdn.base_url = self.url.removesuffix("/")
        self._runner = runner

    async def stop(self) -> None:
        """Say goodbye to every client and stop listening."""
        if self._runner is not None:
            self.events.close()
            await self.gateway.close()
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Playground:
        await self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()

    def application(self) -> web.Application:
        """The routes, with the guard in front of them all."""
        application = web.Application(client_max_size=1024**3, middlewares=[self.access.middleware])
        application.add_routes(self.rest.routes)
        application.add_routes(self._drive.routes())
        application.router.add_get("/", self._front_door)
        for folder in ("attachments", "ephemeral-attachments"):
            path = f"/{folder}/{{channel_id}}/{{attachment_id}}/{{name}}"
            application.router.add_get(path, self._attachment)
        application.router.add_route("*", "/api/{tail:.*}", self.rest.unknown)
        if WEB.is_dir():
            application.router.add_static("/web/", WEB)
            application.router.add_static("/static/", WEB)
        return application

    async def _front_door(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.gateway.serve(request)
        page = WEB / "index.html"
        if not page.is_file():
            return web.Response(text="The page is not installed; the drive API is at /drive/.")
        return web.FileResponse(page)

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            return await self.cdn.serve(request)

        return await self.faults.around(request, request.path, act)

    def _tell_the_page(self) -> None:
        def connected(now: bool) -> None:
            self.events.publish("bot", lambda: {"connected": now})

        def commands() -> None:
            usable = self.registry.usable_in
            guild_id = next(iter(self.world.guilds), None)
            self.events.publish("commands_update", lambda: {"commands": usable(guild_id)})

        self.sessions.on_change = connected
        self.registry.on_change = commands


def _description(path: str | None) -> OpenApi | None:
    chosen = path or os.environ.get("DISCORD_OPENAPI")
    if not chosen:
        return None
    if not Path(chosen).is_file():
        raise ValueError(f"DISCORD_OPENAPI names no file: {chosen}")
    return openapi.load(Path(chosen))
