"""The services as Ray's gRPC proxy offers them: it adds to each call how long it may take.

The proxy hands a call's metadata to the ingress, but not its deadline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2_grpc  # pyright: ignore[reportMissingTypeStubs]

from generation.wire.dashboard_pb2_grpc import add_DashboardServiceServicer_to_server
from generation.wire.engines_pb2_grpc import add_EnginesServiceServicer_to_server
from generation.wire.generation_pb2_grpc import add_GenerationServiceServicer_to_server
from inference.ray.refusals import log_no_refusals

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    Handlers = Mapping[str, grpc.RpcMethodHandler[Any, Any]]

SERVICES = "inference.ray.proxy.add_services"
"""Under this name Ray Serve finds the function below."""
TIMEOUT = "atelier-timeout-ms"
"""The metadata in which the ingress reads how many milliseconds a call may take."""


def add_services(servicer: Any, server: Any) -> None:
    """Add the services to the proxy's server."""
    log_no_refusals()
    timed: Any = _TimedServer(server)
    add_GenerationServiceServicer_to_server(servicer, timed)
    add_EnginesServiceServicer_to_server(servicer, timed)
    add_DashboardServiceServicer_to_server(servicer, timed)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, timed)  # pyright: ignore


class _TimedServer:
    """Takes services for the proxy's server, and tells their calls' deadlines."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def add_registered_method_handlers(self, service: str, handlers: Handlers) -> None:
        """The methods of a service, by their names."""
        methods = {f"/{service}/{name}": handler for name, handler in handlers.items()}
        self._server.add_generic_rpc_handlers((_TimedHandlers(methods),))

    def add_generic_rpc_handlers(self, _handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """The same methods in another form."""


class _TimedHandlers(grpc.GenericRpcHandler):
    """The methods of a service; Ray replaces what is in `_method_handlers` by its own handlers."""

    def __init__(self, methods: Handlers) -> None:
        self._method_handlers = methods

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of a method."""
        handler = self._method_handlers.get(handler_call_details.method)
        if handler is None:
            return None
        return _streaming(handler) if handler.response_streaming else _answering(handler)


def _answering(handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
    async def act(request: Any, context: Any) -> Any:
        return await handler.unary_unary(request, TimedContext(context))

    return grpc.unary_unary_rpc_method_handler(
        act, handler.request_deserializer, handler.response_serializer
    )


def _streaming(handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
    async def act(request: Any, context: Any) -> AsyncGenerator[Any]:
        async for answer in handler.unary_stream(request, TimedContext(context)):
            yield answer

    return grpc.unary_stream_rpc_method_handler(
        act, handler.request_deserializer, handler.response_serializer
    )


class TimedContext:
    """A call's context, whose metadata say how long the call may take."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def invocation_metadata(self) -> Sequence[tuple[str, str | bytes]]:
        """What the client sent, and the time that is left."""
        sent = [pair for pair in self._context.invocation_metadata() or () if pair[0] != TIMEOUT]
        left_s: float | None = self._context.time_remaining()
        return sent if left_s is None else [*sent, (TIMEOUT, str(int(left_s * 1000)))]


def timeout_s(metadata: Sequence[tuple[str, str | bytes]]) -> float | None:
    """How long a call may take, as the proxy told it; None without a deadline."""
    told = dict(metadata).get(TIMEOUT)
    return None if told is None else int(told) / 1000
