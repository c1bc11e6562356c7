"""Error responses of the HTTP side, in the shape of Stability's REST API.

`{"id": "<32 hex digits>", "name": "bad_request", "errors": ["some-field: is required"]}`
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.typedefs import Handler

    from generation.errors import Busy

logger = logging.getLogger(__name__)

_NAMES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_exceeded",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}
"""Where the name is another one than the status'."""


class Refusal(Exception):
    """An error response, with one sentence for each reason."""

    def __init__(self, status: HTTPStatus, *errors: str, retry_after_s: int | None = None) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors
        self.headers: dict[str, str] = {}
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)
        if status is HTTPStatus.UNAUTHORIZED:
            self.headers["WWW-Authenticate"] = "Bearer"


def busy_refusal(error: Busy) -> Refusal:
    """What is answered while there is no room; says when to come back."""
    wait_s = int(error.retry_after.total_seconds()) if error.retry_after else 1
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{error.detail}; try again in {wait_s} s",
        retry_after_s=wait_s,
    )


def refusal_body(
    status: HTTPStatus, errors: Sequence[str], answer_id: str = ""
) -> Mapping[str, object]:
    """What the body of an error response says."""
    name = _NAMES.get(status, status.name.lower())
    return {"id": answer_id or uuid4().hex, "name": name, "errors": list(errors)}


@web.middleware
async def shape_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every refusal its shape, also those of aiohttp, and of what went wrong a reference."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _answer(refusal.status, refusal.errors, refusal.headers)
    except web.HTTPException as error:
        status = HTTPStatus(error.status)
        if status < HTTPStatus.BAD_REQUEST:
            raise
        allowed = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        return _answer(status, (_sentence(status, request, allowed),), allowed)
    except Exception:
        answer_id = uuid4().hex
        logger.exception("Request %s failed.", answer_id)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _answer(
            status, (f"something went wrong; its reference is {answer_id}",), {}, answer_id
        )


def _answer(
    status: HTTPStatus,
    errors: tuple[str, ...],
    headers: dict[str, str],
    answer_id: str = "",
) -> web.Response:
    return web.json_response(
        refusal_body(status, errors, answer_id), status=status, headers=headers
    )


def _sentence(status: HTTPStatus, request: web.Request, headers: dict[str, str]) -> str:
    if status is HTTPStatus.NOT_FOUND:
        return f"there is nothing at {request.path[:200]}"
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method[:20]} is not offered here; use {headers.get('Allow', 'another')}"
    return status.phrase.lower()
