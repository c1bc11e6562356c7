"""Reads the picture out of an answer: binary, or as base64 within JSON."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from generation.errors import GarbledAnswer
from generation.rest.body import (
    CONTENT_FILTERED,
    MAX_ENVELOPE,
    SUCCESS,
    finish_of,
    read_at_most,
    seed_of,
    too_large,
)
from generation.rest.refusal import json_fields
from generation.stability.address import RESULT_ID

if TYPE_CHECKING:
    from aiohttp import ClientResponse

MAX_PICTURE_BYTES = 96 * 1024 * 1024
"""The largest upscale has 16 megapixels, and a PNG of noise four bytes for each."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A picture as it came; of a filtered one, which is blurred, the bytes are not kept."""

    data: bytes = field(repr=False)
    seed: int | None
    is_filtered: bool


async def read_answer(answer: ClientResponse, max_bytes: int = MAX_PICTURE_BYTES) -> Answer:
    """The picture of a 200.

    Raises:
        GarbledAnswer: it is empty, too large, or did not finish well.
    """
    is_json = answer.content_type == "application/json"
    limit = max_bytes * 4 // 3 + MAX_ENVELOPE if is_json else max_bytes
    # What the header announces need not be read to be refused.
    if (answer.content_length or 0) > limit:
        raise too_large(max_bytes)
    body = await read_at_most(answer, limit)
    if is_json:
        return await asyncio.to_thread(_unwrap, body)
    return _answer(body, finish_of(answer.headers), answer.headers.get("seed"))


async def read_id(answer: ClientResponse) -> str:
    """The id of a result that is being made.

    Raises:
        GarbledAnswer: there is none.
    """
    found = json_fields(await read_at_most(answer, MAX_ENVELOPE)).get("id")
    if not isinstance(found, str) or not RESULT_ID.fullmatch(found):
        raise GarbledAnswer("the work was begun, but its id is missing")
    return found


def _unwrap(body: bytes) -> Answer:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GarbledAnswer("the answer is no whole JSON") from error
    if not isinstance(told, dict):
        raise GarbledAnswer("the answer is no JSON object")
    fields = cast("dict[str, Any]", told)
    # Documentation of before calls it otherwise.
    picture = fields.get("image", fields.get("result"))
    finish = finish_of(fields)
    if finish == CONTENT_FILTERED:
        return _answer(b"", finish, fields.get("seed"))
    if not isinstance(picture, str):
        raise GarbledAnswer("the answer holds no picture")
    try:
        data = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise GarbledAnswer("the picture is no whole base64") from error
    # Other hosts of these models write null where all went well.
    return _answer(data, SUCCESS if finish is None else finish, fields.get("seed"))


def _answer(data: bytes, finish: Any, seed: Any) -> Answer:
    is_filtered = finish == CONTENT_FILTERED
    if not is_filtered and finish != SUCCESS:
        raise GarbledAnswer("the picture did not finish well")
    if not data and not is_filtered:
        raise GarbledAnswer("the answer is empty")
    return Answer(b"" if is_filtered else data, seed_of(seed), is_filtered)
