"""What an engine says of itself, and the key that it may echo, reaches nobody."""

from __future__ import annotations

import os
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from PIL import Image

from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import answer, answers, image
from tests.generation.pngs import SIGNATURE, chunk, chunks, header
from tests.journeys.backend import ENGINE_ID, KEY, SIZE, Backend, serving_backend
from tests.journeys.studio import Studio, attachments, confirmed, text_of
from tests.media.containers import source_type
from tests.media.marking.credentials import verified
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS = {b"IHDR", b"iTXt", b"IDAT", b"IEND", b"caBX"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=KEY) as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    host = f"127.0.0.1:{backend.port}"
    async with Studio(folder, STABILITY_HOST=host, STABILITY_KEY=KEY, STABILITY_TLS="0") as opened:
        yield opened
        assert not [line for line in opened.said if KEY in line], opened.said


def noise(*said: bytes, size: tuple[int, int] = SIZE) -> bytes:
    """A picture that no PNG makes smaller, with those chunks behind its header."""
    rows = b"".join(b"\0" + os.urandom(3 * size[0]) for _ in range(size[1]))
    pixels = chunk(b"IDAT", zlib.compress(rows, 0))
    return b"".join([SIGNATURE, header(*size), *said, pixels, chunk(b"IEND")])


def echoing(*artifacts: pb.Artifact) -> pb.Answer:
    return answer(*artifacts, engine_id=f"an engine with {KEY}")


async def files(web: aiohttp.ClientSession, card: dict[str, Any]) -> list[tuple[bytes, str]]:
    found: list[tuple[bytes, str]] = []
    for file in attachments(card):
        async with web.get(file["url"]) as reply:
            found.append((await reply.read(), reply.content_type))
    return found


async def test_an_echoed_key_is_in_no_file_and_on_no_card(
    studio: Studio, backend: Backend, web: aiohttp.ClientSession
):
    data = noise(chunk(b"tEXt", b"Comment\0" + KEY.encode()), chunk(b"eXIf", KEY.encode()))
    backend.play(answers(echoing(image(0, 7, data=data))))
    card = await studio.result(await studio.imagine("a walrus"))
    ((file, mime),) = await files(web, card)
    assert {name for name, _ in chunks(file)} == OURS
    assert KEY.encode() not in file
    assert KEY not in text_of(card)
    recipe = read_recipe(file)
    assert recipe is not None
    assert recipe.engine_id == ENGINE_ID
    assert verified(file, mime).action["softwareAgent"] == {"name": ENGINE_ID}
    assert source_type(file, mime) == "trainedAlgorithmicMedia"


async def test_a_jpeg_of_an_engine_says_nothing(
    studio: Studio, backend: Backend, web: aiohttp.ClientSession
):
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = KEY
    Image.new("RGB", SIZE, "red").save(buffer, "JPEG", exif=exif, comment=KEY)
    backend.play(answers(echoing(image(0, 7, data=buffer.getvalue()))))
    card = await studio.result(await studio.imagine("a red walrus"))
    ((file, _),) = await files(web, card)
    assert {name for name, _ in chunks(file)} == OURS
    assert KEY.encode() not in file


async def test_a_stream_without_end_is_refused_at_once(studio: Studio, backend: Backend):
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    bomb = SIGNATURE + header(*SIZE) + chunk(b"IDAT", packed) + chunk(b"IEND")
    backend.play(*[answers(echoing(image(0, 7, data=bomb)))] * 3)
    outcome = await studio.imagine("a huge walrus")
    assert outcome.message
    card = await studio.message(
        outcome.message["id"], lambda one: "something else than" in text_of(one), within=30
    )
    assert "Nothing was charged" in text_of(card)
    assert not attachments(card)


async def test_what_is_too_large_is_signed_once_it_is_smaller(
    studio: Studio, backend: Backend, web: aiohttp.ClientSession
):
    """Thirty megabytes of PNG do not go into a message; JPEGs of them do."""
    backend.engine_ids = ["stable-diffusion-v1-6"]
    await studio.restart()
    size = (1024, 1024)
    pictures = [image(number, 7 + number, data=noise(size=size)) for number in range(9)]
    backend.play(answers(*(echoing(one) for one in pictures)))
    asked = await studio.imagine("a grey walrus --size 1024x1024 --count 9")
    outcome = await confirmed(studio.driver, asked)
    card = await studio.result(outcome, within=60)
    backend.reset()
    await studio.restart()
    found = await files(web, card)
    assert [mime for _, mime in found] == ["image/jpeg"] * 9
    for data, mime in found:
        assert source_type(data, mime) == "trainedAlgorithmicMedia"
        told = verified(data, mime)
        assert told.action["softwareAgent"] == {"name": "stable-diffusion-v1-6"}
