"""Reading what the page and the tests send to the drive API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from playground.drive.options import DriveError

if TYPE_CHECKING:
    from aiohttp import web

    from playground.wire import Json


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of a member's message: the id of its upload, and its alt text."""

    upload: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as a member writes it; `reply_to` is the id of the message that it answers."""

    content: str
    files: list[Enclosed]
    reply_to: str | None = None


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


def posted_in(body: Json) -> Posted:
    """A member's message."""
    content, reply_to = body.get("content") or "", body.get("reply_to")
    if not isinstance(content, str):
        raise DriveError("content must be a text.")
    listed: Any = body.get("attachments") or []
    if not isinstance(listed, list):
        raise DriveError("attachments must be a list.")
    files = [_enclosed(item) for item in cast("list[Any]", listed)]
    return Posted(content, files, None if reply_to is None else str(reply_to))


def _enclosed(item: Any) -> Enclosed:
    if isinstance(item, str):
        return Enclosed(item)
    if not isinstance(item, dict):
        raise DriveError("An attachment is the id of an upload, or an object with it.")
    told = cast("Json", item)
    description = told.get("description")
    return Enclosed(text_in(told, "id"), None if description is None else str(description))
