"""Turns the gRPC statuses of an engine into our errors, by what to do next.

| status | error |
|---|---|
| UNAUTHENTICATED, PERMISSION_DENIED | Unauthorized |
| NOT_FOUND | UnknownEngine |
| INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION, ALREADY_EXISTS | BadRequest |
| RESOURCE_EXHAUSTED about the balance | OutOfCredit |
| RESOURCE_EXHAUSTED about a message's size | BadRequest (ours), GarbledAnswer (theirs) |
| RESOURCE_EXHAUSTED otherwise, ABORTED | Busy |
| UNAVAILABLE, CANCELLED by the server | Unreachable |
| DEADLINE_EXCEEDED | TooSlow |
| UNIMPLEMENTED | Misconfigured: the host is no such engine |
| UNKNOWN, INTERNAL about the picture's size | BadRequest |
| UNKNOWN, INTERNAL otherwise, DATA_LOSS | GarbledAnswer: another try or two may help |
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
import grpc.aio

from generation.errors import (
    BadRequest,
    Busy,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    TooSlow,
    Unauthorized,
    UnknownEngine,
    Unreachable,
)
from generation.server_text import MAX_RETRY_AFTER, clean
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE_LIMIT = 64 * 1024 * 1024
"""The largest message in bytes that the client sends or takes."""

WAIT_TRAILERS = (("retry-after", 1), ("retry-after-ms", 1000), ("grpc-retry-pushback-ms", 1000))
"""The trailers that say how long to wait, with their units in a second."""

FIELDS = frozenset(
    "prompt size steps cfg count seed sampler style clip mask image strength".split()  # noqa: SIM905
)
"""The fields by which our own server names what is wrong, as in "steps: 900 is outside …"."""

_SIZE = re.compile(r"too large, \d+>\d+ pixels|dimensions? must be|image dimensions", re.I)
_BALANCE = re.compile(
    r"(enough|insufficient|sufficient) (balance|credits?|funds)|out of credits?\b", re.I
)
_MESSAGE = re.compile(r"(?:(client|server): )?(sent|received) message larger than max")


def translate(error: grpc.aio.AioRpcError, engine_id: str, key: str = "") -> GenerationError:
    """Our error for a failed call; its text is the server's, clamped and without the key."""
    detail = clean(error.details() or "", key)
    code = error.code()
    if code is grpc.StatusCode.NOT_FOUND:
        return UnknownEngine(engine_id)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return _exhausted(detail, retry_after(error))
    if code in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL):
        # The hosted service reports a wrong size as a failure of its own.
        return BadRequest("size", detail) if _SIZE.search(detail) else GarbledAnswer(detail)
    if code is grpc.StatusCode.ABORTED:
        return Busy(detail, retry_after(error))
    if code is grpc.StatusCode.UNAVAILABLE:
        return Unreachable(detail, retry_after(error))
    return _BY_CODE[code](detail)


def retry_after(error: grpc.aio.AioRpcError) -> timedelta | None:
    """How long the server's trailers ask us to wait, at most a day, or None."""
    trailers = dict(error.trailing_metadata() or ())
    for name, per_second in WAIT_TRAILERS:
        try:
            seconds = float(trailers.get(name, "nan")) / per_second
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return min(timedelta(seconds=min(seconds, 1e6)), MAX_RETRY_AFTER)
    return None


def _exhausted(detail: str, wait: timedelta | None) -> GenerationError:
    message = _MESSAGE.search(detail.lower())
    if message:
        # gRPC says who found the message too large; without that it is the server of old.
        if message.groups() in (("client", "received"), ("server", "sent")):
            return GarbledAnswer("the answer is larger than a message may be")
        return BadRequest("image", Sentence("the request is larger than the engine takes"))
    if _BALANCE.search(detail):
        return OutOfCredit(detail)
    return Busy(detail, wait)


def _bad_request(detail: str) -> BadRequest:
    name, _, reason = detail.partition(": ")
    if name in FIELDS and reason:
        return BadRequest(name, reason)
    field = "size" if _SIZE.search(detail) else "request"
    return BadRequest(field, detail or Sentence("the engine refuses it and does not say why"))


def _misconfigured(detail: str) -> Misconfigured:
    return Misconfigured(detail or "the host does not offer this service")


_BY_CODE: dict[grpc.StatusCode, Callable[[str], GenerationError]] = {
    grpc.StatusCode.UNAUTHENTICATED: Unauthorized,
    grpc.StatusCode.PERMISSION_DENIED: Unauthorized,
    grpc.StatusCode.INVALID_ARGUMENT: _bad_request,
    grpc.StatusCode.OUT_OF_RANGE: _bad_request,
    grpc.StatusCode.FAILED_PRECONDITION: _bad_request,
    grpc.StatusCode.ALREADY_EXISTS: _bad_request,
    grpc.StatusCode.CANCELLED: Unreachable,
    grpc.StatusCode.DEADLINE_EXCEEDED: TooSlow,
    grpc.StatusCode.UNIMPLEMENTED: _misconfigured,
    grpc.StatusCode.DATA_LOSS: GarbledAnswer,
}
