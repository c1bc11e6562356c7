"""Engines that upscale, over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import numpy as np
import pytest
from PIL import Image

from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.installed import HAS_REAL_ESRGAN
from tests.inference.orders import difference, flat_png, painted, pixels_of, png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.server import Running

PAINTER = "atelier-painter-upscale"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def upscale(server: Running, picture: bytes, request_id: str = "", **image: Any) -> pb.Answer:
    message = pb.Request(
        engine_id=image.pop("engine_id", PAINTER),
        request_id=request_id,
        prompt=[pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=picture))],
        image=pb.ImageParameters(**image),
    )
    async with grpc.aio.insecure_channel(server.grpc_address) as channel:
        answers = [answer async for answer in GenerationServiceStub(channel).Generate(message)]
    # On a busy machine signs of life come before it.
    (answer,) = [answer for answer in answers if answer.artifacts]
    return answer


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels).resize((width // 2, height // 2), Image.Resampling.BOX)
    return np.asarray(picture, dtype=np.uint8)


async def test_the_painter_makes_a_picture_twice_as_large(shared_server: Running):
    given = painted("a red lighthouse", width=192, height=128)
    answer = await upscale(shared_server, png(given), seed=[9])
    (artifact,) = answer.artifacts
    assert answer.meta.engine_id == PAINTER
    assert (artifact.mime, artifact.seed, artifact.finish_reason) == ("image/png", 9, pb.NULL)
    made = pixels_of(artifact.binary)
    assert made.shape == (256, 384, 3)
    assert difference(halved(made), given) < 3


@pytest.mark.skipif(HAS_REAL_ESRGAN, reason="Real-ESRGAN answers to its own name where it is")
async def test_the_painter_answers_for_a_network_that_is_not_here(shared_server: Running):
    answer = await upscale(shared_server, flat_png(), engine_id="esrgan-v1-x2plus")
    assert answer.meta.engine_id == PAINTER


async def test_a_width_that_is_asked_for_is_kept_to(shared_server: Running):
    answer = await upscale(shared_server, flat_png(size=(100, 50)), width=150)
    made = pixels_of(answer.artifacts[0].binary)
    assert made.shape == (75, 150, 3)
    assert (made == (40, 90, 160)).all()


async def test_the_same_request_is_answered_from_the_journal(shared_server: Running):
    first = await upscale(shared_server, flat_png(), "once")
    assert await upscale(shared_server, flat_png(), "once") == first


@pytest.mark.parametrize(
    ("picture", "image", "words"),
    [
        (flat_png(size=(1100, 1000)), {}, "image: 1100×1000 has more than the 1,048,576 pixels"),
        (flat_png(size=(8, 200)), {}, "image: the width 8 is below 16"),
        (b"no picture", {}, "image: it cannot be read"),
        (flat_png(), {"samples": 2}, "samples: 2 is not 1"),
        (flat_png(), {"width": 1000}, "width: 1000 is outside 128 to 256"),
    ],
)
async def test_what_cannot_be_upscaled_is_refused_with_its_figures(
    shared_server: Running, picture: bytes, image: dict[str, Any], words: str
):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await upscale(shared_server, picture, **image)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (caught.value.details() or "").startswith(words)


async def test_an_engine_that_draws_takes_no_upscaler(shared_server: Running):
    esrgan = pb.TransformType(upscaler=pb.UPSCALER_ESRGAN)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await upscale(shared_server, flat_png(), engine_id="atelier-painter", transform=esrgan)
    assert "only engines that upscale take an upscaler" in (caught.value.details() or "")
