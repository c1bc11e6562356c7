"""What a picture costs over Stability's REST API beside its drawing: beside plain aiohttp.

The server answers at once with a picture that is ready, from a thread of its own; both clients ask
it in turn, one picture after the other.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from queue import Queue
from typing import TYPE_CHECKING

import aiohttp
from PIL import Image

from benchmarks.harness.report import Figure, percentile
from generation.catalogue.catalogue import load
from generation.image.pictures import CheckedPicture
from generation.request import ImageRequest, TextPrompt
from generation.stability.address import StabilityAddress
from generation.stability.client import StabilityClient
from generation.stability.submit import submit_picture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from benchmarks.harness.plan import Plan
    from generation.catalogue.engine import Engine
    from generation.stability.submit import Submit

BASELINE = "plain aiohttp"
ENGINE_ID = "stable-image-ultra"
SIDE = 1024
GRAIN = 12
"""How rough the pictures are, in levels: smooth ones cost nothing to travel."""

WORDS = "a lighthouse on a cliff, (fog:0.5), oil painting"
LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


async def measure(plan: Plan) -> list[Figure]:
    """Pictures from words, from a picture, and with a mask, in turn with plain aiohttp."""
    engine = load().get(ENGINE_ID)
    picture = _picture()
    requests = {
        "words": _request(engine),
        "with an image": _request(engine, init_image=picture),
        "with a mask": _request(engine, init_image=picture, mask=_mask()),
    }
    ours: dict[str, list[float]] = defaultdict(list)
    bare: dict[str, list[float]] = defaultdict(list)
    count = max(2, plan.jobs // 10)
    with _answering(picture) as base:
        address = StabilityAddress(base, "sk-benchmark")
        async with (
            StabilityClient(address) as checked,
            StabilityClient(address, check=_unchecked) as unchecked,
            aiohttp.ClientSession() as plain,
        ):
            for _ in range(plan.runs):
                for name, request in requests.items():
                    submit = await asyncio.to_thread(submit_picture, request, engine)
                    bare[name].append(await _each_ms(partial(_post, plain, base, submit), count))
                    for client, suffix in ((unchecked, ", unchecked"), (checked, "")):
                        draw = partial(_draw, client, request, engine)
                        ours[name + suffix].append(await _each_ms(draw, count))
    return [
        Figure(f"REST picture, {name}", "ms", times, BASELINE, bare[name.split(",")[0]])
        for name, times in ours.items()
    ]


async def _draw(client: StabilityClient, request: ImageRequest, engine: Engine) -> None:
    await client.draw(await asyncio.to_thread(submit_picture, request, engine))


async def _each_ms(draw: Callable[[], Awaitable[object]], count: int) -> float:
    """The median of so many pictures, one after the other."""
    await draw()
    took: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await draw()
        took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.5)


async def _post(session: aiohttp.ClientSession, base: str, submit: Submit) -> bytes:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, text in submit.texts.items():
        form.add_field(name, text)
    for name, data in submit.pictures.items():
        form.add_field(name, BytesIO(data), filename=name, content_type="image/png")
    async with session.post(f"{base}/v2beta/stable-image/generate/ultra", data=form) as answer:
        return await answer.read()


async def _unchecked(data: bytes) -> CheckedPicture:
    return CheckedPicture(data, SIDE, SIDE)


def _request(
    engine: Engine, *, init_image: bytes | None = None, mask: bytes | None = None
) -> ImageRequest:
    return ImageRequest(
        engine_id=engine.id,
        prompts=(TextPrompt(WORDS), TextPrompt("text, blur", -1.0)),
        width=SIDE,
        height=SIDE,
        seed=7,
        steps=engine.default_steps,
        cfg_scale=engine.default_cfg_scale,
        init_image=init_image,
        mask=mask,
    )


def _picture() -> bytes:
    grain = Image.effect_noise((SIDE, SIDE), GRAIN)
    return _png(Image.merge("RGB", (grain, Image.linear_gradient("L").resize(grain.size), grain)))


def _mask() -> bytes:
    mask = Image.new("L", (SIDE, SIDE), 255)
    mask.paste(0, (0, 0, SIDE // 2, SIDE))
    return _png(mask)


def _png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@contextmanager
def _answering(picture: bytes) -> Generator[str]:
    """The address of a server that reads each request wholly and gives that picture."""
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nfinish-reason: SUCCESS\r\nseed: 7\r\n"
        f"content-length: {len(picture)}\r\n\r\n"
    ).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                await _read_body(reader, asked)
                writer.write(head + picture)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    ready: Queue[str] = Queue()
    over = threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ready.put(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.to_thread(over.wait)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        yield ready.get(timeout=10)
    finally:
        over.set()
        thread.join()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    length = LENGTH.search(head)
    if length:
        await reader.readexactly(int(length.group(1)))
        return
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")
