"""Reading what the page and the tests send to the drive API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from playground.drive_options import DriveError

if TYPE_CHECKING:
    from aiohttp import web

    from playground.wire import Json


async def body_of(request: web.Request) -> Json:
    """The JSON object that was sent."""
    try:
        body: Any = json.loads(await request.read())
    except ValueError:
        raise DriveError("A JSON object is needed.") from None
    if not isinstance(body, dict):
        raise DriveError("A JSON object is needed.")
    return cast("Json", body)


def query_of(request: web.Request, name: str) -> str:
    """A value of the query that must be there."""
    value = request.query.get(name)
    if not value:
        raise DriveError(f"The query needs {name}.")
    return value


def text_in(body: Json, name: str) -> str:
    """A text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise DriveError(f"{name} is needed, as a text.")
    return value


def object_in(body: Json, name: str) -> Json:
    """A JSON object, empty when it is missing."""
    value: Any = body.get(name) or {}
    if not isinstance(value, dict):
        raise DriveError(f"{name} must be a JSON object.")
    return cast("Json", value)
