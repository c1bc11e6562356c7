"""Stability's REST API on loopback: it checks, counts credits, draws, and remembers all it saw."""

from __future__ import annotations

import hashlib
import io
import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web
from PIL import Image

from tests.generation.stability.api import ENDPOINTS, SD3_CREDITS, SIZES, faults

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Script = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
ID = "ff54b236835ec9ad7f5bd2e2a1f0a1b2"
LIMIT = 10 * 1024 * 1024
BAD_KEY = "authorization: invalid or missing header value"
NO_CREDITS = (
    "You lack sufficient credits to make this request. Please purchase more credits at"
    " https://platform.stability.ai/account/credits and try again."
)
FLAGGED = (
    "Your request was flagged by our content moderation system, as a result your request was"
    " denied and you were not charged."
)
RATE = (
    "You have exceeded the rate limit of 150 requests within a 10 second period, and have been"
    " timed out for 60 seconds."
)
BROKEN = "An unexpected server error has occurred, please try again later."
GONE = "id: the generation either does not exist or has expired."
TOO_LARGE = "body: payloads cannot be larger than 10MiB in size"
REPLACED = (200, 30, 40)
"""The colour of all that the service draws."""


@dataclass(frozen=True)
class Submitted:
    """One submit as it came: the path below the prefix, headers, texts, files."""

    path: str
    headers: dict[str, str]
    texts: dict[str, str] = field(repr=False)
    files: dict[str, bytes] = field(repr=False)
    names: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        return {**self.texts, **self.files}


@dataclass
class Service:
    """The service's state; `scripts` answer the next requests in place of it.

    Those of `by_seed` answer the next submits of a seed, in whatever order they come.
    """

    credits: float = 1000.0
    filters: bool = False
    wants_json: bool = False
    polls_needed: int = 2
    submits: list[Submitted] = field(default_factory=list[Submitted])
    requests: list[web.Request] = field(default_factory=list[web.Request])
    scripts: list[Script] = field(default_factory=list["Script"])
    by_seed: dict[str, list[Script]] = field(default_factory=dict[str, "list[Script]"])
    results: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.scripts:
            await request.read()
            return await self.scripts.pop(0)(request)
        if request.path.startswith("/v2beta/stable-image/") and request.method == "POST":
            return await self._submit(request, request.path.removeprefix("/v2beta/stable-image/"))
        if request.path.startswith("/v2beta/results/"):
            return self._result(request)
        if request.path == "/v1/user/balance":
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return refusal(401, "unauthorized", BAD_KEY)
            return web.json_response({"credits": self.credits})
        return refusal(404, "not_found", "no such path")

    async def _submit(self, request: web.Request, path: str) -> web.StreamResponse:
        if path not in ENDPOINTS:
            return refusal(404, "not_found", "no such path")
        if request.content_type != "multipart/form-data":
            return refusal(400, "bad_request", "content-type: must be multipart/form-data")
        if (request.content_length or 0) > LIMIT:
            return refusal(413, "payload_too_large", TOO_LARGE)
        submitted = await _read(request, path)
        self.submits.append(submitted)
        if scripts := self.by_seed.get(submitted.texts.get("seed", "")):
            return await scripts.pop(0)(request)
        found = faults(path, submitted.fields)
        if found:
            return refusal(400, "bad_request", *found)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "unauthorized", BAD_KEY)
        price = SD3_CREDITS.get(submitted.texts.get("model", ""), ENDPOINTS[path].credits)
        if self.credits < price:
            return refusal(402, "payment_required", NO_CREDITS)
        self.credits -= price
        return await self.draws(request, submitted)

    async def draws(self, _request: web.Request, submitted: Submitted) -> web.StreamResponse:
        """The answer to a submit that is paid."""
        drawn = draw(submitted)
        seed = submitted.texts.get("seed", "7")
        if ENDPOINTS[submitted.path].later:
            result_id = hashlib.sha256(str(len(self.results)).encode()).hexdigest()
            self.results[result_id] = [self.polls_needed, drawn, seed]
            return web.json_response({"id": result_id})
        return self.gives(drawn, seed)

    def _result(self, request: web.Request) -> web.Response:
        result_id = request.path.removeprefix("/v2beta/results/")
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "unauthorized", f"authorization: {BAD_KEY}")
        if result_id not in self.results:
            return refusal(404, "generation_not_found", GONE)
        result = self.results[result_id]
        if result[0] > 0:
            result[0] -= 1
            return web.json_response({"id": result_id, "status": "in-progress"}, status=202)
        return self.gives(result[1], result[2])

    def gives(self, drawn: bytes, seed: str) -> web.Response:
        finish = "CONTENT_FILTERED" if self.filters else "SUCCESS"
        if self.wants_json:
            told = {
                "image": b64encode(drawn).decode(),
                "finish_reason": finish,
                "seed": int(seed),
            }
            head = {"content-type": "application/json; type=image/png"}
            return web.Response(body=json.dumps(told).encode(), headers=head)
        head = {
            "content-type": "image/png",
            "finish-reason": finish,
            "seed": seed,
            "x-request-id": ID,
        }
        return web.Response(body=drawn, headers=head)


async def _read(request: web.Request, path: str) -> Submitted:
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    names: list[str] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        name = part.name or ""
        names.append(name)
        data = bytes(await part.read())
        if part.filename is None:
            texts[name] = data.decode()
        else:
            files[name] = data
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Submitted(path, headers, texts, files, tuple(names))


def draw(submitted: Submitted) -> bytes:
    """A picture: red all over, over what it starts from as far as that may change."""
    started = submitted.files.get("image") or submitted.files.get("init_image")
    if started is None and "subject_image" in submitted.files:
        started = submitted.files["subject_image"]
    size = SIZES[submitted.texts.get("aspect_ratio", "1:1")]
    if started is None:
        return png(Image.new("RGB", size, REPLACED))
    with Image.open(io.BytesIO(started)) as opened:
        base = opened.convert("RGB")
    red = Image.new("RGB", base.size, REPLACED)
    if "mask" in submitted.files:
        with Image.open(io.BytesIO(submitted.files["mask"])) as opened:
            # White is replaced, black is kept, grey is between.
            share = opened.convert("L").resize(base.size)
        return png(Image.composite(red, base, share))
    # A strength of 0 gives the picture itself, one of 1 forgets it.
    return png(Image.blend(base, red, float(submitted.texts.get("strength", 0.5))))


def png(shown: Image.Image) -> bytes:
    buffer = io.BytesIO()
    shown.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def refusal(status: int, name: str, *errors: str, **headers: str) -> web.Response:
    """A refusal in the service's own form: compact JSON, its keys in alphabetical order."""
    told = {"errors": list(errors), "id": ID, "name": name}
    body = json.dumps(told, separators=(",", ":"))
    head = {key.replace("_", "-"): value for key, value in headers.items()}
    return web.Response(text=body, status=status, content_type="application/json", headers=head)


def says(status: int, body: bytes = b"", **headers: str) -> Script:
    """A script with that very answer; underscores in the names of headers are hyphens."""

    async def script(_request: web.Request) -> web.StreamResponse:
        head = {key.replace("_", "-"): value for key, value in headers.items()}
        return web.Response(status=status, body=body, headers=head)

    return script


def refuses(status: int, name: str, *errors: str, **headers: str) -> Script:
    """A script that refuses."""

    async def script(_request: web.Request) -> web.StreamResponse:
        return refusal(status, name, *errors, **headers)

    return script


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """A script that closes the connection without a word."""
    assert request.transport
    request.transport.abort()
    return web.Response()


def breaks_off(body: bytes, announced: int, **headers: str) -> Script:
    """A script that announces more than it sends."""

    async def script(request: web.Request) -> web.StreamResponse:
        head = {key.replace("_", "-"): value for key, value in headers.items()}
        answer = web.StreamResponse(headers={"content-length": str(announced), **head})
        await answer.prepare(request)
        await answer.write(body)
        assert request.transport
        request.transport.close()
        return answer

    return script


@asynccontextmanager
async def serving(service: Service, port: int = 0) -> AsyncGenerator[str]:
    """The base address of the service."""
    app = web.Application(client_max_size=4 * LIMIT)
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
