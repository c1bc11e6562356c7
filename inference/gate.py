"""Who may call what: the bearer token, and a helpful word about calls that are not offered."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from inference.services.account import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Continuation = Callable[
        [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
    ]

HEALTH = "/grpc.health.v1.Health/"
"""Load balancers ask for health without a token."""
DASHBOARD = "/gooseai.DashboardService/"
OFFERED = (
    "Generate, ListEngines, GetMe, GetOrganization, and gRPC's own health check and reflection"
)


def is_authorized(header: str | bytes | None, token: str) -> bool:
    """Whether the value of an authorization header carries the token, with or without "Bearer"."""
    if not token:
        return True
    return hmac.compare_digest(key_of(header), token.encode())


def key_of(header: str | bytes | None) -> bytes:
    """The key in the value of an authorization header, with or without "Bearer"."""
    given = header.encode("utf-8", "surrogateescape") if isinstance(header, str) else header or b""
    if given[:7].lower() == b"bearer ":
        given = given[7:]
    return given.strip()


class Gate(grpc.aio.ServerInterceptor):
    """Stands before every gRPC call."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The call's own handler, or one that says what is wrong."""
        method = handler_call_details.method
        headers = dict(handler_call_details.invocation_metadata or ())
        if not method.startswith(HEALTH) and not is_authorized(
            headers.get("authorization"), self._token
        ):
            return _refusal(
                grpc.StatusCode.UNAUTHENTICATED,
                "the token is missing or wrong; send it as 'authorization: Bearer <token>'",
            )
        service, _, name = method.rpartition("/")
        handler = await continuation(handler_call_details)
        if handler is None or (service + "/" == DASHBOARD and name not in ANSWERED):
            return _refusal(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{name} is not offered by this server; it offers {OFFERED}",
            )
        return handler


def _refusal(code: grpc.StatusCode, details: str) -> grpc.RpcMethodHandler[Any, Any]:
    """A handler for any kind of call that only ends it; the bytes sent are not looked at."""

    async def refuse(_request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        await context.abort(code, details)
        return b""

    return grpc.unary_unary_rpc_method_handler(refuse)
