"""gRPC's own health check."""

from __future__ import annotations

from typing import TYPE_CHECKING

# The package carries no types: it is imported only here.
from grpc_health.v1 import (  # pyright: ignore[reportMissingTypeStubs]
    health,
    health_pb2,
    health_pb2_grpc,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import grpc.aio


class Health:
    """Says of every service whether it answers."""

    def __init__(self) -> None:
        self._servicer = health.aio.HealthServicer()  # pyright: ignore
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
        """The server as a whole and each of the services answer from now on."""
        self._is_open = True
        for name in ("", *services):
            await self._servicer.set(name, health_pb2.HealthCheckResponse.SERVING)  # pyright: ignore

    async def close(self) -> None:
        """None of them answers any more."""
        self._is_open = False
        await self._servicer.enter_graceful_shutdown()  # pyright: ignore
