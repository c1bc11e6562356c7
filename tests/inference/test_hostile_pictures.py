"""Pictures that are sent to hold the server up: refused, or ended in a process of their own."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest

from generation.codec import encode_request
from generation.errors import BadRequest, Busy
from generation.request import Control
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.input_images import PictureChecks
from inference.options import Options
from inference.server import serve
from quarantine.jpeg import MAX_SCANS
from quarantine.pool import Confinement
from tests.inference.orders import flat_png, order
from tests.inference.video.videos import BETA, form, open_house
from tests.quarantine import bombs

BRIEF = Confinement(cpu_limit=timedelta(seconds=0.3))


async def test_a_video_of_a_bomb_is_refused_at_once(tmp_path: Path) -> None:
    bomb = bombs.progressive_jpeg(768, 100_000)
    async with open_house(tmp_path) as house:
        began = time.monotonic()
        async with house.client.post(BETA, data=form(bomb)) as answer:
            assert answer.status == 400
            (said,) = (await answer.json())["errors"]
        assert said == "image: it is too much to read (more than 64 scans)"
        assert time.monotonic() - began < 5


async def test_a_bomb_as_init_image_is_refused_at_once() -> None:
    options = Options(grpc_port=0, http_port=0)
    async with serve(options) as server, grpc.aio.insecure_channel(server.grpc_address) as channel:
        stub = GenerationServiceStub(channel)
        for data in (bombs.progressive_jpeg(4000, 5000), bombs.wide_webp(16_383)):
            request = encode_request(order("sea"), "r")
            artifact = pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=data)
            request.prompt.append(pb.Prompt(artifact=artifact))
            with pytest.raises(grpc.aio.AioRpcError, match="too much to read") as caught:
                async for _ in stub.Generate(request):
                    pass
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_what_burns_processor_time_is_ended() -> None:
    checks = PictureChecks(1, BRIEF)
    try:
        with pytest.raises(BadRequest, match="takes too long to read"):
            await checks.check(bombs.progressive_jpeg(3500, MAX_SCANS), "image")
        assert await checks.check(flat_png(), "image") == (128, 128)
    finally:
        await checks.close()


async def test_control_pictures_are_looked_at_as_well() -> None:
    checks = PictureChecks(1)
    edges = Control("canny", flat_png())
    try:
        await checks.check_request(order("sea", controls=(edges,)))
        bomb = Control("canny", bombs.progressive_jpeg(4000, 5000))
        with pytest.raises(BadRequest, match="control: it is too much to read"):
            await checks.check_request(order("sea", controls=(edges, bomb)))
    finally:
        await checks.close()


async def test_others_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.input_images.PATIENCE", timedelta(seconds=0.05))
    checks = PictureChecks(1)
    try:
        slow = asyncio.create_task(checks.check(bombs.progressive_jpeg(3500, MAX_SCANS), "image"))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await checks.check(flat_png(), "image")
        assert await slow == (3500, 3500)
    finally:
        await checks.close()
