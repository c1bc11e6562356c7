"""gRPC's own health check: of the server, of each service, and of each engine by its name."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

# The package carries no types: it is imported only here.
from grpc_health.v1 import (  # pyright: ignore[reportMissingTypeStubs]
    health,
    health_pb2,
    health_pb2_grpc,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping

    import grpc.aio

    from inference.registry import EngineRegistry

_LOOK_S = 2.0
"""How often is looked whether engines can be used."""
_PATIENCE_S = 1.0
"""How long a client that watches and does not read may hold up the others."""


class Health:
    """Says of every service and engine whether it answers."""

    def __init__(self, registry: EngineRegistry) -> None:
        self._servicer = health.aio.HealthServicer()  # pyright: ignore
        self._registry = registry
        self._is_open = False

    def add_to(self, server: grpc.aio.Server) -> None:
        """Offer the check."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)  # pyright: ignore

    @property
    def answer(self) -> bytes:
        """What the check of the whole server answers, encoded."""
        status = health_pb2.HealthCheckResponse
        return status(
            status=status.SERVING if self._is_open else status.NOT_SERVING
        ).SerializeToString()

    async def open(self, services: Iterable[str]) -> None:
        """The server as a whole, the services and the engines answer from now on."""
        self._is_open = True
        for name in ("", *services):
            await self._set(name, is_serving=True)
        await self._look()

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Look from time to time whether each engine can be used, while the block runs."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def close(self) -> None:
        """None of them answers any more; takes at most `_PATIENCE_S`."""
        self._is_open = False
        # The servicer holds its lock while it writes to a watcher: for ever if that never reads.
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._servicer.enter_graceful_shutdown()  # pyright: ignore

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            await self._look()

    async def _look(self) -> None:
        # In a thread: a backend that loads a model may let the question wait.
        answers = await asyncio.to_thread(self._answers)
        await asyncio.gather(
            *(self._set(name, is_serving=is_serving) for name, is_serving in answers.items())
        )

    def _answers(self) -> Mapping[str, bool]:
        """Whether each engine can be used, by its names."""
        found = {name: self._registry.find(name) for name in self._registry.names}
        return {name: not one.backend.problem(one.engine.id) for name, one in found.items()}

    async def _set(self, name: str, *, is_serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        wanted = status.SERVING if is_serving else status.NOT_SERVING
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._servicer.set(name, wanted)  # pyright: ignore
