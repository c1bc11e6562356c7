"""A multipart body into an order, with everything wrong in it said at once."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from aiohttp import BodyPartReader

from generation.errors import BadRequest
from generation.video.request import MAX_CFG_SCALE, MAX_MOTION, MAX_SEED
from inference.refusals import Refusal
from inference.video.engines import film_sizes
from inference.video.order import VideoOrder
from quarantine.formats import VIDEO_START_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from generation.catalogue.catalogue import Engine
    from inference.input_images import PictureChecks
    from inference.video.engines import FilmEngines

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Stability's own limit for a request."""
PATIENCE_S = 60
"""How long a request may take to arrive."""
_CHUNK_BYTES = 1 << 16
_MOST_FIELDS = 16
_SHOWN = 40
"""So much of what was sent is repeated in a sentence about it."""

_MOST_NAME = 200
"""Bytes of an engine's name that are looked at."""

Parts = dict[str, list[bytes]]
Value = TypeVar("Value", bool, int, float, str)


@dataclass(frozen=True, slots=True)
class Upload:
    """An order as it was sent; `digest` tells its body from others, whatever its boundary was."""

    order: VideoOrder
    digest: str


async def read_upload(
    request: web.Request, pictures: PictureChecks, engines: FilmEngines
) -> Upload:
    """The order in the body of a request; a seed of 0 becomes a random one.

    Raises:
        Refusal: it cannot be used; names every field that is at fault.
        Busy: others' pictures are being read.
    """
    parts = await _read_parts(request)
    try:
        engine = engines.find(_text(parts, "engine_id", _MOST_NAME) or "").engine
    except BadRequest as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
    order = await _read_order(parts, pictures, engine)
    return Upload(order, await asyncio.to_thread(_digest, parts))


async def _read_order(parts: Parts, pictures: PictureChecks, engine: Engine) -> VideoOrder:
    errors: list[str] = []
    sizes, usual_cfg = film_sizes(engine), engine.default_cfg_scale

    def take(read: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return read()
        except BadRequest as error:
            errors.append(str(error))
            return otherwise

    seed = take(lambda: _whole(parts, "seed", 0, MAX_SEED, 0), 0)
    cfg_scale = take(lambda: _decimal(parts, "cfg_scale", MAX_CFG_SCALE, usual_cfg), 0.0)
    motion = take(lambda: _whole(parts, "motion_bucket_id", 1, MAX_MOTION, 127), 1)
    prompt = take(lambda: _words(parts, "prompt", engine), "")
    negative_prompt = take(lambda: _words(parts, "negative_prompt", engine), "")
    unfiltered = take(lambda: _claim(parts, "unfiltered"), False)
    image, (width, height) = None, sizes[0]
    try:
        image = _one(parts, "image")
        if image is None:
            raise BadRequest("image", "is required")
        width, height = await pictures.check(image, "image", VIDEO_START_FORMATS, sizes)
    except BadRequest as error:
        errors.insert(0, str(error))
    if errors or image is None:
        raise Refusal(HTTPStatus.BAD_REQUEST, *errors)
    seed = seed or secrets.randbelow(MAX_SEED) + 1
    return VideoOrder(
        image,
        width,
        height,
        seed,
        cfg_scale,
        motion,
        engine_id=engine.id,
        prompt=prompt,
        negative_prompt=negative_prompt,
        frames=engine.frames,
        frames_per_s=engine.frames_per_s,
        steps=engine.default_steps,
        unfiltered=unfiltered,
    )


def _digest(parts: Parts) -> str:
    """Of the fields in any order; each length is in it, so that no two bodies run together."""
    digest = hashlib.sha256()
    for name, values in sorted(parts.items()):
        for data in (name.encode("utf-8", "surrogateescape"), *values):
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        digest.update(b"\xff" * 8)
    return digest.hexdigest()


async def _read_parts(request: web.Request) -> Parts:
    """The values of every field; what is read at once is never more than the limit."""
    if request.content_type != "multipart/form-data":
        raise Refusal(HTTPStatus.BAD_REQUEST, "content-type: must be multipart/form-data")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large()
    parts: Parts = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if not isinstance(part, BodyPartReader) or part.name is None:
                    raise ValueError("a part without a name")
                if sum(map(len, parts.values())) == _MOST_FIELDS:
                    raise Refusal(HTTPStatus.BAD_REQUEST, f"more than {_MOST_FIELDS} fields")
                parts.setdefault(part.name, []).append(await _read_part(request, part))
    except Refusal:
        raise
    except TimeoutError:
        raise too_slow() from None
    except Exception as error:
        # Parsers of hostile bytes raise whatever they like.
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f"the multipart body cannot be read ({type(error).__name__})"
        ) from error
    return parts


async def _read_part(request: web.Request, part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        data += chunk
        if request.content.total_bytes > MAX_BODY_BYTES:
            raise too_large()
    return bytes(data)


def too_large() -> Refusal:
    """What is answered to a body of more than `MAX_BODY_BYTES`."""
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request has more than {MAX_BODY_BYTES >> 20} MiB; send a smaller picture",
    )


def too_slow() -> Refusal:
    """What is answered where a request takes more than `PATIENCE_S` to arrive."""
    return Refusal(
        HTTPStatus.REQUEST_TIMEOUT, f"the request took more than {PATIENCE_S} s to arrive"
    )


def _one(parts: Parts, field: str) -> bytes | None:
    found = parts.get(field, [])
    if len(found) > 1:
        raise BadRequest(field, f"it was sent {len(found)} times; send it once")
    return found[0] if found else None


def _text(parts: Parts, field: str, most: int = _SHOWN + 1) -> str | None:
    data = _one(parts, field)
    return None if data is None else data[:most].decode("utf-8", "replace")


def _words(parts: Parts, field: str, engine: Engine) -> str:
    """The text of a field that only some engines take."""
    data = _one(parts, field) or b""
    try:
        # A null is no letter, and some tokenizers end there.
        text = data.decode().replace("\0", " ").strip()
    except UnicodeDecodeError as error:
        raise BadRequest(field, "it is no text in UTF-8") from error
    if text and not engine.takes_prompt:
        raise BadRequest(field, f"{engine.id} films from the picture alone; leave it out")
    if len(text) > engine.max_prompt_chars:
        most = f"{engine.max_prompt_chars:,}"
        raise BadRequest(field, f"it has {len(text):,} characters; at most {most} are read")
    return text


def _claim(parts: Parts, field: str) -> bool:
    text = _text(parts, field)
    if text not in (None, "true", "false"):
        raise BadRequest(field, f"{_shown(text)} is neither true nor false")
    return text == "true"


def _whole(parts: Parts, field: str, low: int, high: int, default: int) -> int:
    text = _text(parts, field)
    if text is None:
        return default
    # Not int() alone: it reads other scripts' digits and underscores, and very long numbers slowly.
    if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
        raise BadRequest(field, f"{_shown(text)} is no whole number from {low} to {high}")
    return int(text)


def _decimal(parts: Parts, field: str, high: float, default: float) -> float:
    text = _text(parts, field)
    if text is None:
        return default
    try:
        number = float(text[:_SHOWN])
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= high:
        raise BadRequest(field, f"{_shown(text)} is no number from 0 to {high:g}")
    return number


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
