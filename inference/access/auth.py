"""Authentication: the bearer token, and a sentence about calls that are not offered."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from inference.access.browsers import is_from_browser
from inference.services.account import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from inference.access.calls import Calls
    from inference.health import Health

    Continuation = Callable[
        [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
    ]

HEALTH_CHECK = "/grpc.health.v1.Health/Check"
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


class AuthInterceptor(grpc.aio.ServerInterceptor):
    """Stands before every gRPC call and looks at its headers, before anything else is read."""

    def __init__(self, token: str, calls: Calls, health: Health) -> None:
        self._token = token
        self._calls = calls
        self._health = health

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The call's own handler, or one that says what is wrong."""
        method = handler_call_details.method
        headers = dict(handler_call_details.invocation_metadata or ())
        if not self._token and is_from_browser(headers):
            return self._calls.refuse(
                grpc.StatusCode.PERMISSION_DENIED,
                "this server answers no web page; clients send no Origin",
            )
        if not is_authorized(headers.get("authorization"), self._token):
            return self._stranger(method)
        service, _, name = method.rpartition("/")
        handler = await continuation(handler_call_details)
        if handler is None or (service + "/" == DASHBOARD and name not in ANSWERED):
            return self._calls.refuse(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{name} is not offered by this server; it offers {OFFERED}",
            )
        return self._calls.bound(service, handler)

    def _stranger(self, method: str) -> grpc.RpcMethodHandler[Any, Any]:
        """Tell load balancers about the whole server's health; what they send is not read."""
        if method != HEALTH_CHECK:
            return self._calls.refuse(
                grpc.StatusCode.UNAUTHENTICATED,
                "the token is missing or wrong; send it as 'authorization: Bearer <token>'",
            )

        async def tell(_requests: object, _context: object) -> bytes:
            return self._health.answer

        return grpc.stream_unary_rpc_method_handler(tell)
