"""A client's deadline, told in the metadata to what stands behind Ray's gRPC proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest

from generation.wire import engines_pb2, generation_pb2
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.ray.proxy import TIMEOUT, add_services, timeout_s

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence


class ProxyServer:
    """Takes services as Ray's proxy does, with handlers that keep each call's metadata."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.metadata: list[Any] = []

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        """Replace what the services' methods do, in the place where Ray replaces it."""
        methods = handlers[0]._method_handlers
        handlers[0]._method_handlers = {
            name: method._replace(
                response_serializer=None, unary_unary=self._answer, unary_stream=self._answers
            )
            for name, method in methods.items()
        }
        self._server.add_generic_rpc_handlers(handlers)

    async def _answer(self, _request: object, context: Any) -> bytes:
        self.metadata.append(context.invocation_metadata())
        return b""

    async def _answers(self, request: object, context: Any) -> AsyncGenerator[bytes]:
        yield await self._answer(request, context)


class Nothing:
    """Stands for the services, whose methods Ray replaces."""

    def __getattr__(self, name: str) -> None:
        return None


async def metadata_of(within_s: float | None, *sent: tuple[str, str]) -> list[Any]:
    """The metadata of a call with one answer and of one with many, as they got there."""
    server = grpc.aio.server()
    proxy = ProxyServer(server)
    add_services(Nothing(), proxy)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        listed = EnginesServiceStub(channel).ListEngines
        await listed(engines_pb2.ListEnginesRequest(), timeout=within_s, metadata=sent)
        drawn = GenerationServiceStub(channel).Generate
        async for _ in drawn(generation_pb2.Request(), timeout=within_s, metadata=sent):
            pass
    await server.stop(None)
    return proxy.metadata


async def test_the_time_that_is_left_goes_with_a_call():
    told = await metadata_of(30, ("authorization", "Bearer key"))
    assert len(told) == 2
    for metadata in told:
        # gRPC rounds it up on the way.
        assert 25 < (timeout_s(metadata) or 0.0) < 31
        assert dict(metadata)["authorization"] == "Bearer key"


@pytest.mark.parametrize("said", ["5", "soon"])
async def test_without_a_deadline_nothing_is_told_and_a_client_cannot_tell_it(said: str):
    for metadata in await metadata_of(None, (TIMEOUT, said)):
        assert timeout_s(metadata) is None
