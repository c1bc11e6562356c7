"""What travels between the ingress and a server."""

from __future__ import annotations

from typing import NamedTuple

Pairs = tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """A gRPC call as a client made it, its message as bytes; without a timeout it may take long."""

    method: str
    message: bytes
    metadata: Pairs
    client: str
    timeout_s: float | None = None


class End(NamedTuple):
    """How a call ended; `told` is what the server said beside its answers."""

    code: int
    details: str
    told: Pairs


class HttpRequest(NamedTuple):
    """An HTTP request; `target` is its path with the query, as the client wrote them."""

    method: str
    target: str
    headers: Pairs
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header, empty without it."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class HttpAnswer(NamedTuple):
    """The answer to an HTTP request."""

    status: int
    headers: Pairs
    body: bytes


class ServerDied(Exception):
    """A server ended before it had answered."""


class NoServer(Exception):
    """None of the servers is there just now."""
