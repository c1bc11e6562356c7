"""A scripted engine for journeys: it answers when a test says so, and can go away."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from generation.headers import ADAPTERS, CONTROLS
from generation.wire import dashboard_pb2, engines_pb2
from generation.wire.dashboard_pb2_grpc import (
    DashboardServiceServicer,
    add_DashboardServiceServicer_to_server,
)
from generation.wire.engines_pb2_grpc import (
    EnginesServiceServicer,
    add_EnginesServiceServicer_to_server,
)
from generation.wire.generation_pb2_grpc import add_GenerationServiceServicer_to_server
from tests.generation.image.scripted import ScriptedEngine, answer, answers, image, png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from generation.wire import generation_pb2 as pb

SIZE = (512, 512)
ENGINE_ID = "stable-diffusion-v1-5"
KEY = "sk-of-the-journeys"


class Backend(EnginesServiceServicer, DashboardServiceServicer):
    """A scripted engine that can go away and come back on the same port.

    It offers `engine_ids`, to callers with its key if it has one, unless it has no service that
    `lists` them, with their kinds of control pictures, and keeps an account where it has a balance,
    in dollars.
    """

    def __init__(self, key: str = "") -> None:
        self.engine = ScriptedEngine()
        self.engine_ids = [ENGINE_ID]
        self.controls: dict[str, list[str]] = {}
        self.adapters: dict[str, dict[str, list[str]]] = {}
        self.balance: float | None = None
        self.lists = True
        self.port = 0
        self._key = key
        self._server: grpc.aio.Server | None = None
        self._drawing = asyncio.Semaphore(0)

    async def ListEngines(self, request: Any, context: Any) -> engines_pb2.Engines:
        metadata = dict(context.invocation_metadata() or ())
        if not self.lists:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such service")
        if self._key and metadata.get("authorization") != f"Bearer {self._key}":
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such key")
        listed = engines_pb2.Engines()
        for engine_id in self.engine_ids:
            listed.engine.add(id=engine_id, ready=True, type=engines_pb2.PICTURE)
        told = ((CONTROLS, self.controls), (ADAPTERS, self.adapters))
        await context.send_initial_metadata(
            [(key, json.dumps(facts)) for key, facts in told if facts]
        )
        return listed

    async def GetMe(self, request: Any, context: Any) -> dashboard_pb2.User:
        if self.balance is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no accounts here")
        user = dashboard_pb2.User(id="operator")
        user.organizations.add(organization=dashboard_pb2.Organization(id="theirs"))
        return user

    async def GetOrganization(self, request: Any, context: Any) -> dashboard_pb2.Organization:
        payment = dashboard_pb2.OrganizationPaymentInfo(balance=self.balance or 0)
        return dashboard_pb2.Organization(id="theirs", payment_info=payment)

    async def start(self) -> None:
        self._server = server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_GenerationServiceServicer_to_server(self.engine, server)
        add_EnginesServiceServicer_to_server(self, server)
        add_DashboardServiceServicer_to_server(self, server)
        self.port = server.add_insecure_port(f"127.0.0.1:{self.port}")
        await server.start()

    def reset(self) -> None:
        """Offer what it offers at first."""
        self.engine_ids = [ENGINE_ID]
        self.controls = {}
        self.balance = None
        self.lists = True

    async def stop(self) -> None:
        if self._server:
            await self._server.stop(0)
            self._server = None

    def play(self, *scripts: Any) -> None:
        """One script for each call, the last one for all further calls."""
        self.engine.scripts = list(scripts)

    def draw_at_once(self) -> None:
        """Answer every call with one picture."""
        self.play(answers(drawn(0)))

    def hold_back(self) -> asyncio.Event:
        """Draw one picture for each call, but only once the event is set."""
        released = asyncio.Event()
        self._drawing = drawing = asyncio.Semaphore(0)

        async def script(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
            drawing.release()
            await released.wait()
            yield drawn(0)

        self.engine.called.clear()
        self.play(script)
        return released

    async def draws(self, count: int) -> None:
        """Wait until it was called so often since it holds back.

        A card is shown before its order is a job: only a call tells that there is one.
        """
        for _ in range(count):
            await self._drawing.acquire()


def drawn(*indexes: int) -> pb.Answer:
    """An answer with those pictures."""
    return answer(*(image(index, seed=7 + index, data=png(index, SIZE)) for index in indexes))


@asynccontextmanager
async def serving_backend(key: str = "") -> AsyncGenerator[Backend]:
    """A running backend."""
    backend = Backend(key)
    await backend.start()
    try:
        yield backend
    finally:
        await backend.stop()
