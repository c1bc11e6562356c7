"""Films of tiny models over REST, beside pictures, as a server hands them out."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import grpc.aio
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from generation.headers import FILMS
from generation.wire import engines_pb2
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.diffusers.videos.films import FRAMES, HEIGHT, WIDTH, picture, write_catalogue
from tests.inference.orders import png
from tests.inference.video.videos import BETA, form, frames_of, until_over

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from inference.server import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
START = png(np.asarray(picture()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Running]:
    catalogue = write_catalogue(tmp_path_factory.mktemp("films"), tiny_folder)
    async with serve(Options(grpc_port=0, http_port=0, engines=catalogue)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running: Running) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://{running.http_address}") as opened:
        yield opened


async def started(client: aiohttp.ClientSession, **fields: Any) -> str:
    async with client.post(BETA, data=form(START, **fields)) as answer:
        assert answer.status == 200, await answer.text()
        return f"{BETA}/result/{(await answer.json())['id']}"


async def refused(client: aiohttp.ClientSession, **fields: Any) -> str:
    async with client.post(BETA, data=form(START, **fields)) as answer:
        assert answer.status == 400
        return " ".join((await answer.json())["errors"])


@pytest.mark.parametrize(
    "fields", [{}, {"engine_id": "svd"}, {"engine_id": "wan", "prompt": "a red cat", "seed": 7}]
)
async def test_a_film_is_handed_out(client: aiohttp.ClientSession, fields: dict[str, Any]) -> None:
    path = await started(client, **fields)
    status, video = await until_over(client, path)
    assert status == 200, video
    assert len(frames_of(video)) == FRAMES[fields.get("engine_id", "svd")]
    async with client.get(f"{path}/last-frame") as answer:
        with Image.open(BytesIO(await answer.read())) as last:
            assert (last.format, last.size) == ("PNG", (WIDTH, HEIGHT))


async def test_words_count_where_they_are_taken(client: aiohttp.ClientSession) -> None:
    films = [
        (await until_over(client, await started(client, engine_id="wan", seed=7, **words)))[1]
        for words in ({}, {"prompt": "a cat"}, {"prompt": "a cat", "negative_prompt": "a dog"})
    ]
    assert len(set(films)) == 3
    assert "prompt: svd films from the picture alone" in await refused(client, prompt="a cat")


async def test_the_engine_list_says_what_they_take(running: Running) -> None:
    async with grpc.aio.insecure_channel(running.grpc_address) as channel:
        call = EnginesServiceStub(channel).ListEngines(engines_pb2.ListEnginesRequest())
        told = dict(await call.initial_metadata())
        listed = [engine.id for engine in (await call).engine]
    facts = json.loads(told[FILMS])
    assert list(facts) == listed == ["svd", "wan"]
    assert (facts["svd"]["prompt"], facts["wan"]["prompt"]) == (False, True)
    assert facts["wan"]["sizes"] == [[WIDTH, HEIGHT], [HEIGHT, WIDTH]]
    assert (facts["wan"]["frames"], facts["wan"]["seconds"]) == (9, 1.125)


async def test_a_film_is_stopped_and_gone(client: aiohttp.ClientSession) -> None:
    path = await started(client, engine_id="svd")
    async with client.delete(path) as answer:
        assert answer.status == 204
    for ask in (client.get, client.delete):
        async with ask(path) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
async def test_words_of_too_many_tokens_are_refused_at_the_start(
    client: aiohttp.ClientSession, field: str
) -> None:
    said = await refused(client, engine_id="wan", **{field: "x" * 600})
    assert said == f"{field}: its 602 tokens are more than the 512 that wan reads; shorten it"
    await started(client, engine_id="wan", **{field: "x" * 500})
