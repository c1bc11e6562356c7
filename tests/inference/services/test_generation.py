"""GenerationService over a real socket."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import aiohttp
import grpc
import grpc.aio
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from generation.codec import encode_request
from generation.request import GuidancePreset, Sampler, StylePreset
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.conftest import LIMITS
from tests.inference.orders import flat_png, order, painted, pixels_of, png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Any

    from inference.server import Running


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def stub(shared_server: Running) -> AsyncGenerator[GenerationServiceStub, None]:
    async with grpc.aio.insecure_channel(shared_server.grpc_address, LIMITS) as channel:
        yield GenerationServiceStub(channel)


async def ask(stub: GenerationServiceStub, message: pb.Request) -> list[pb.Answer]:
    return [answer async for answer in stub.Generate(message)]


def message(*prompts: str | tuple[str, float], **more: Any) -> pb.Request:
    return encode_request(order(*prompts, **more), str(uuid4()))


def pictures(answers: list[pb.Answer]) -> list[pb.Artifact]:
    return [artifact for answer in answers for artifact in answer.artifacts]


async def fails(stub: GenerationServiceStub, request: pb.Request) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(stub, request)
    return caught.value


async def test_a_picture_arrives_with_all_that_belongs_to_it(stub: GenerationServiceStub):
    before = datetime.now(UTC).timestamp() * 1000
    request = message("a red lighthouse", seed=12)
    (answer,) = await ask(stub, request)
    after = datetime.now(UTC).timestamp() * 1000
    assert answer.answer_id
    assert answer.request_id == request.request_id
    assert answer.meta.engine_id == "atelier-painter"
    assert before - 1 <= answer.received <= answer.created <= after
    (artifact,) = answer.artifacts
    assert (artifact.type, artifact.mime) == (pb.ARTIFACT_IMAGE, "image/png")
    assert (artifact.seed, artifact.index, artifact.finish_reason) == (12, 0, pb.NULL)
    assert artifact.size == len(artifact.binary)
    assert UUID(artifact.uuid)
    assert (pixels_of(artifact.binary) == painted("a red lighthouse", seed=12)).all()


async def test_each_sample_has_its_index_and_seed(stub: GenerationServiceStub):
    answers = await ask(stub, message("sea", seed=2**32 - 1, samples=3))
    found = {artifact.index: artifact for artifact in pictures(answers)}
    assert {index: artifact.seed for index, artifact in found.items()} == {0: 2**32 - 1, 1: 1, 2: 2}
    assert (pixels_of(found[2].binary) == painted("sea", seed=2)).all()
    assert len({answer.answer_id for answer in answers}) == len(answers)


async def test_all_that_can_be_asked_for_reaches_the_painter(stub: GenerationServiceStub):
    start, mask = painted("fog", seed=3), np.zeros((128, 128), np.uint8)
    mask[:64] = 255
    request = order(
        ("(red:1.3) sea", 1.5),
        ("fog", -0.5),
        steps=12,
        cfg_scale=9.5,
        sampler=Sampler.K_EULER_ANCESTRAL,
        guidance=GuidancePreset.FAST_BLUE,
        style=StylePreset.LOW_POLY,
        init_image=png(start),
        mask=png(mask),
        strength=0.75,
    )
    (artifact,) = pictures(await ask(stub, encode_request(request, "r")))
    fields = {name: getattr(request, name) for name in request.__slots__}
    del fields["prompts"], fields["engine_id"]
    expected = painted(("(red:1.3) sea", 1.5), ("fog", -0.5), **fields)
    assert (pixels_of(artifact.binary) == expected).all()
    assert (expected[:64] == start[:64]).all()


async def test_what_is_left_out_has_sensible_defaults(stub: GenerationServiceStub):
    request = pb.Request(
        engine_id="atelier-painter", prompt=[pb.Prompt(text="sea")], image=pb.ImageParameters()
    )
    (answer,) = await ask(stub, request)
    assert answer.request_id
    assert answer.artifacts[0].seed > 0
    assert pixels_of(answer.artifacts[0].binary).shape == (512, 512, 3)


async def test_an_alias_is_answered_and_the_true_engine_named(stub: GenerationServiceStub):
    request = message("sea")
    request.engine_id = "stable-diffusion-xl-1024-v1-0"
    (answer,) = await ask(stub, request)
    assert answer.meta.engine_id == "atelier-painter"


async def test_a_request_sent_again_gets_the_same_answers(stub: GenerationServiceStub):
    request = message("sea", samples=2)
    first = await ask(stub, request)
    assert await ask(stub, request) == first
    request.image.steps = 31
    assert {artifact.uuid for artifact in pictures(await ask(stub, request))}.isdisjoint(
        artifact.uuid for artifact in pictures(first)
    )


async def test_an_unknown_engine_is_not_found_and_a_near_one_named(stub: GenerationServiceStub):
    request = message("sea")
    request.engine_id = "atelier-pianter"
    error = await fails(stub, request)
    assert error.code() is grpc.StatusCode.NOT_FOUND
    text = error.details() or ""
    assert text.startswith("The specified engine (ID atelier-pianter) was not found.")
    assert "Did you mean atelier-painter?" in text
    assert "a painter without a model" in text


def _without_image(request: pb.Request) -> None:
    request.ClearField("image")


def _set(**fields: Any) -> Callable[[pb.Request], None]:
    def change(request: pb.Request) -> None:
        for name, value in fields.items():
            setattr(request.image, name, value)

    return change


def _cfg(value: float) -> Callable[[pb.Request], None]:
    def change(request: pb.Request) -> None:
        request.image.parameters[0].sampler.cfg_scale = value

    return change


def _weight(value: float) -> Callable[[pb.Request], None]:
    def change(request: pb.Request) -> None:
        request.prompt[0].parameters.weight = value

    return change


def _artifact(kind: pb.ArtifactType, data: bytes) -> Callable[[pb.Request], None]:
    def change(request: pb.Request) -> None:
        request.prompt.append(pb.Prompt(artifact=pb.Artifact(type=kind, binary=data)))

    return change


def _mask_of_another_size(request: pb.Request) -> None:
    _artifact(pb.ARTIFACT_IMAGE, flat_png())(request)
    _artifact(pb.ARTIFACT_MASK, flat_png(size=(64, 64)))(request)


def _forty_megapixels() -> bytes:
    buffer = BytesIO()
    Image.new("1", (8000, 5000)).save(buffer, "PNG")
    return buffer.getvalue()


def _bomb() -> bytes:
    """A PNG whose header promises far more than its few bytes hold."""
    data = bytearray(flat_png(size=(8, 8)))
    data[16:24] = (20_000).to_bytes(4, "big") + (20_000).to_bytes(4, "big")
    return bytes(data)


def _gif() -> bytes:
    buffer = BytesIO()
    Image.new("P", (8, 8)).save(buffer, "GIF")
    return buffer.getvalue()


INVALID: dict[str, tuple[Callable[[pb.Request], None], str]] = {
    "not a multiple of 64": (_set(width=100), "size: the width 100 is not a multiple of 64"),
    "too many pixels": (_set(width=2048, height=2048), "1,048,576 pixels"),
    "no height": (_set(height=0), "size: "),
    "too many steps": (_set(steps=900), "steps: 900 is outside 1 to 150"),
    "too many samples": (_set(samples=11), "count: 11 is outside 1 to 10"),
    "cfg": (_cfg(50.0), "cfg: 50 is outside 0 to 35"),
    "cfg that is no number": (_cfg(float("nan")), "cfg: nan"),
    "weight": (_weight(-11.0), "prompt: weight -11 is outside -10 to 10"),
    "no parameters": (_without_image, "image: image parameters are needed"),
    "mask alone": (_artifact(pb.ARTIFACT_MASK, flat_png()), "mask: a mask needs an image"),
    "mask of another size": (_mask_of_another_size, "mask: it is 64×64, but the image is 128×128"),
    "no picture": (_artifact(pb.ARTIFACT_IMAGE, b"hello"), "image: it cannot be read"),
    "half a picture": (_artifact(pb.ARTIFACT_IMAGE, flat_png()[:150]), "image: it cannot be read"),
    "a format that stays shut": (_artifact(pb.ARTIFACT_IMAGE, _gif()), "image: it cannot be read"),
    "a bomb": (_artifact(pb.ARTIFACT_IMAGE, _bomb()), "image: "),
    "40 megapixels": (
        _artifact(pb.ARTIFACT_IMAGE, _forty_megapixels()),
        "image: 8000×5000 has more than 16,777,216 pixels",
    ),
}


@pytest.mark.parametrize("case", INVALID)
async def test_what_is_wrong_is_named_with_its_figure(stub: GenerationServiceStub, case: str):
    change, expected = INVALID[case]
    request = message("sea")
    change(request)
    error = await fails(stub, request)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert expected in (error.details() or "")


async def test_other_kinds_of_generation_are_not_implemented(stub: GenerationServiceStub):
    video, classified = message("sea"), message("sea")
    video.requested_type = pb.ARTIFACT_VIDEO
    classified.classifier.SetInParent()
    for request, word in ((video, "ARTIFACT_VIDEO"), (classified, "classifier")):
        error = await fails(stub, request)
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED
        assert word in (error.details() or "")


async def until_idle(shared_server: Running) -> None:
    """Returns as soon as nothing is drawn any more."""
    site = aiohttp.ClientSession(f"http://{shared_server.http_address}")
    async with asyncio.timeout(5), site as session:
        while True:
            async with session.get("/") as response:
                if (await response.json())["pictures"] == {"running": 0, "waiting": 0}:
                    return
            await asyncio.sleep(0.005)


async def test_a_call_that_is_cancelled_frees_the_workers(
    stub: GenerationServiceStub, shared_server: Running
):
    call = stub.Generate(message("city", width=1024, height=1024, samples=10))
    await anext(aiter(call))
    call.cancel()
    began = asyncio.get_running_loop().time()
    await until_idle(shared_server)
    # Nine megapixel pictures take far longer.
    assert asyncio.get_running_loop().time() - began < 3.0


async def test_a_deadline_frees_the_workers(stub: GenerationServiceStub, shared_server: Running):
    call = stub.Generate(message("city", width=1024, height=1024, samples=10), timeout=0.1)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in call:
            pass
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await until_idle(shared_server)


async def test_words_are_logged_for_debugging_only(
    stub: GenerationServiceStub, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "inference")
    await ask(stub, message("sesame"))
    assert {record.levelno for record in caplog.records if "sesame" in record.getMessage()} <= {
        logging.DEBUG
    }
    assert "sesame" in caplog.text
