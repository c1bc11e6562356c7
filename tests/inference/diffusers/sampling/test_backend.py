"""From the wire to the engine and back: pictures, progress and previews."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import grpc
import grpc.aio
import pytest
from PIL import Image

from generation.catalogue.engine import Engine
from generation.codec import encode_request
from generation.headers import PROGRESS, PROGRESS_MIME
from generation.request import Sampler, StylePreset
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import (
    GenerationServiceStub,
    add_GenerationServiceServicer_to_server,
)
from inference.backends.diffusers.backend import DiffusersBackend
from inference.journal import Journal
from inference.registry import EngineRegistry, ServedEngine
from inference.scheduler import Scheduler
from inference.services.generation import DrawingService
from inference.services.transforms import TransformService
from tests.inference.diffusers.conditioning.models import request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from inference.backends.diffusers.model import Model

ENGINE = Engine(id="tiny", backend="diffusers", max_prompt_chars=200, min_steps=1)
CAT = request("a cat", steps=8, sampler=Sampler.DDIM, samples=2)


class Shelf:
    """Has one model, which is loaded."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.lent = 0

    @contextmanager
    def lease(self, _engine_id: str, _is_stopped: Callable[[], bool]) -> Generator[Model]:
        self.lent += 1
        try:
            yield self._model
        finally:
            self.lent -= 1

    def default_sampler(self, _engine_id: str) -> Sampler | None:
        return None

    def reads_emphasis(self, _engine_id: str) -> bool:
        return True

    def close(self) -> None:
        assert not self.lent


@asynccontextmanager
async def opened(shelf: Any) -> AsyncGenerator[DrawingService]:
    backend = DiffusersBackend(shelf)
    registry = EngineRegistry([ServedEngine(ENGINE, backend)])
    async with Scheduler(workers=1, max_calls=300) as scheduler:
        yield DrawingService(
            registry, scheduler, Journal(1), timedelta(seconds=30), TransformService()
        )
    await asyncio.to_thread(backend.close)


@asynccontextmanager
async def served(model: Model) -> AsyncGenerator[tuple[Any, Shelf]]:
    shelf = Shelf(model)
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with opened(shelf) as drawing:
        add_GenerationServiceServicer_to_server(drawing, server)
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield GenerationServiceStub(channel), shelf
        await server.stop(None)


async def artifacts(call: Any) -> list[pb.Artifact]:
    return [artifact async for answer in call for artifact in answer.artifacts]


@pytest.mark.parametrize(("wish", "previews"), [("steps", 0), ("previews", 3)])
async def test_progress_for_who_asks(sd: Model, wish: str, previews: int) -> None:
    async with served(sd) as (stub, _):
        call = stub.Generate(encode_request(CAT, "r"), metadata=((PROGRESS, wish),))
        found = await artifacts(call)
    pictures = [artifact for artifact in found if artifact.type == pb.ARTIFACT_IMAGE]
    assert {artifact.index for artifact in pictures} == {0, 1}
    for index in (0, 1):
        told = [
            json.loads(artifact.text)
            for artifact in found
            if artifact.type == pb.ARTIFACT_TEXT and artifact.index == index
        ]
        steps = [one["step"] for one in told]
        assert steps == sorted(set(steps))
        assert told[-1] == {"index": index, "step": 8, "steps": 8}
        shown = [
            artifact
            for artifact in found
            if artifact.type == pb.ARTIFACT_LATENT and artifact.index == index
        ]
        assert len(shown) == previews
        for artifact in shown:
            assert artifact.mime == "image/jpeg"
            assert Image.open(BytesIO(artifact.binary)).size == (256, 256)
    assert {one.mime for one in found if one.type == pb.ARTIFACT_TEXT} == {PROGRESS_MIME}


async def test_no_progress_for_who_does_not_ask(sd: Model) -> None:
    async with served(sd) as (stub, _):
        found = await artifacts(stub.Generate(encode_request(CAT, "r")))
        assert [artifact.type for artifact in found] == [pb.ARTIFACT_IMAGE] * 2
        again = await artifacts(stub.Generate(encode_request(CAT, "s")))
    assert {artifact.binary for artifact in found} == {artifact.binary for artifact in again}
    assert Image.open(BytesIO(found[0].binary)).size == (64, 64)


async def test_a_client_that_goes_away_gives_its_model_back(sd: Model) -> None:
    async with served(sd) as (stub, shelf):
        call = stub.Generate(
            encode_request(request("a cat", steps=100, samples=4), "r"),
            metadata=((PROGRESS, "steps"),),
        )
        await anext(aiter(call))
        call.cancel()
        async with asyncio.timeout(20):
            while shelf.lent:  # noqa: ASYNC110 - it counts in other threads
                await asyncio.sleep(0.01)


async def test_a_deadline_that_ends_while_it_is_drawn_is_told_with_its_figure(sd: Model) -> None:
    """A client that keeps its own deadline never reads it, but a proxy between them may."""
    context = create_autospec(grpc.aio.ServicerContext, instance=True)
    context.invocation_metadata.return_value = ()
    context.time_remaining.return_value = 0.05
    context.abort.side_effect = grpc.aio.AbortError
    asked = encode_request(request("a cat", steps=100, samples=4), "r")
    async with opened(Shelf(sd)) as drawing:
        with pytest.raises(grpc.aio.AbortError):
            async for _ in drawing.Generate(asked, context):
                pass
    code, told = context.abort.await_args.args
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "within the 0.05 s that the call allowed" in told


async def test_what_fails_is_told_in_a_sentence(sd: Model) -> None:
    handle = sd.unet.register_forward_pre_hook(lambda *_: 1 / 0)
    try:
        async with served(sd) as (stub, _):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await artifacts(stub.Generate(encode_request(CAT, "r")))
    finally:
        handle.remove()
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "the picture failed (ZeroDivisionError)"


async def test_what_is_refused_is_refused_after_the_same_words_without_it(sd: Model) -> None:
    # The engine of these tests says nothing of styles, so that the request comes to the backend.
    async with served(sd) as (stub, _):
        await artifacts(stub.Generate(encode_request(CAT, "r")))
        styled = encode_request(replace(CAT, style=StylePreset.ANIME), "s")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await artifacts(stub.Generate(styled))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "style: tiny knows no style presets"


async def test_two_hundred_clients_at_once(sd: Model) -> None:
    asked = request("a cat", steps=1, sampler=Sampler.K_EULER)
    async with served(sd) as (stub, shelf):
        calls = [stub.Generate(encode_request(asked, str(number))) for number in range(200)]
        found = await asyncio.gather(*map(artifacts, calls))
        assert not shelf.lent
    assert len({one[0].binary for one in found}) == 1
