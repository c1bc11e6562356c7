"""Diffusers' upscalers through the bot, over the wire and through stability-sdk."""

from __future__ import annotations

import asyncio
import math
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import grpc
import grpc.aio
import pytest
import pytest_asyncio
from PIL import Image

from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.diffusers.serving import serving
from tests.inference.diffusers.test_server import SDK_PYTHON
from tests.inference.diffusers.upscales.upscalers import FACTORS, IDS, given, write_catalogue
from tests.inference.orders import pixels_of, png
from tests.journeys.studio import Studio, attachments, button, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
WITHIN_S = 90
X4 = IDS["upscaler"]
PICTURES = """
[[engine]]
id = "sd"
name = "Tiny SD"
backend = "diffusers"
price = "flat:0.5"
side_step = 8
min_side = 64
min_steps = 1
default_steps = 2
default_size = [96, 64]
filter = ""
source = "{folder}"
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def catalogue(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("upscales")
    return write_catalogue(folder, tiny_folder, PICTURES.format(folder=tiny_folder("sd15")))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def address(catalogue: Path) -> AsyncGenerator[str]:
    async with serving(catalogue) as (grpc_address, _):
        yield grpc_address


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(address: str, catalogue: Path) -> AsyncGenerator[Studio]:
    async with Studio(
        catalogue.parent, ATELIER_INFERENCE_HOST=address, ATELIER_ENGINES=str(catalogue)
    ) as opened:
        yield opened
        assert not [line for line in opened.said if "Traceback" in line], opened.said


async def sent(address: str, *texts: str, engine_id: str = X4, **image: Any) -> pb.Artifact:
    message = pb.Request(
        engine_id=engine_id,
        prompt=[
            pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=png(given(96, 64)))),
            *(pb.Prompt(text=text) for text in texts),
        ],
        image=pb.ImageParameters(**image),
    )
    async with grpc.aio.insecure_channel(address) as channel:
        answers = [answer async for answer in GenerationServiceStub(channel).Generate(message)]
    (artifact,) = [artifact for answer in answers for artifact in answer.artifacts]
    return artifact


def guided(cfg_scale: float) -> list[pb.StepParameter]:
    return [pb.StepParameter(sampler=pb.SamplerParameters(cfg_scale=cfg_scale))]


async def test_words_and_seed_count_over_the_wire(address: str) -> None:
    first = await sent(address, "a cat", seed=[7])
    assert first.seed == 7
    assert pixels_of(first.binary).shape == (256, 384, 3)
    assert (await sent(address, "a cat", seed=[7])).binary == first.binary
    assert (await sent(address, "a dog", seed=[7])).binary != first.binary
    assert (await sent(address, "a cat", seed=[8])).binary != first.binary
    # Steps of 0 and none at all are the engine's own.
    assert (await sent(address, "a cat", seed=[7], steps=0)).binary == first.binary
    assert (await sent(address, "a cat", seed=[0])).seed


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ({"steps": 99}, "steps: 99 is outside 1 to 20"),
        ({"parameters": guided(math.nan)}, "cfg: nan is outside 0 to 35"),
        ({"parameters": guided(99.0)}, "cfg: 99 is outside 0 to 35"),
        ({"width": 1000}, "width: 1000 is outside 96 to 384"),
        ({"transform": pb.TransformType(diffusion=pb.SAMPLER_DDIM)}, f"sampler: {X4} has none"),
    ],
)
async def test_what_it_does_not_do_is_refused(
    address: str, image: dict[str, Any], words: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await sent(address, "a cat", **image)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (caught.value.details() or "").startswith(words)


async def test_a_text_that_is_too_long_is_refused_with_both_figures(address: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await sent(address, "x" * 2001)
    assert "2001 characters are more than the 2000" in (caught.value.details() or "")


@pytest.mark.parametrize("name", list(FACTORS))
async def test_a_member_makes_a_picture_larger(studio: Studio, name: str) -> None:
    factor = FACTORS[name]
    drawn = await studio.result(
        await studio.imagine("a cat | a dog:-0.5 --seed 7", engine="sd"), WITHIN_S
    )
    private = await studio.driver.click(drawn["id"], buttons(drawn)["Upscale"])
    card = shown(private)
    assert f"to {96 * factor}×{64 * factor} by Tiny" in text_of(card)
    outcome = await studio.driver.click(card["id"], button(card, f"Upscale ×{factor}"))
    larger = await studio.result(outcome, WITHIN_S)
    told = text_of(larger)
    assert f"upscaled 96×64 → {96 * factor}×{64 * factor}" in told
    assert "seed 7 · 1.00 credit" in told
    async with aiohttp.ClientSession() as web, web.get(attachments(larger)[0]["url"]) as answer:
        assert Image.open(BytesIO(await answer.read())).size == (96 * factor, 64 * factor)


SDK = """
import sys
from PIL import Image
from stability_sdk import api
context = api.Context(sys.argv[1], "sk-unused", upscale_engine_id=sys.argv[2])
given = Image.open(sys.argv[3]).convert("RGB")
larger = context.upscale(given, prompt="a cat", steps=3, seed=7)
again = context.upscale(given, prompt="a cat", steps=3, seed=7)
print(*larger.size, larger.tobytes() == again.tobytes())
"""


@pytest.mark.sdk
@pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="stability-sdk 0.8.6 is missing: run 'make sdk' once"
)
@pytest.mark.parametrize("name", list(FACTORS))
async def test_the_unmodified_sdk_upscales(address: str, tmp_path: Path, name: str) -> None:
    picture = tmp_path / "given.png"
    picture.write_bytes(png(given(96, 64)))
    process = await asyncio.create_subprocess_exec(
        *(str(SDK_PYTHON), "-c", SDK, address, IDS[name], str(picture)),
        env={**os.environ, "GRPC_VERBOSITY": "ERROR"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert said.decode().split() == [str(96 * FACTORS[name]), str(64 * FACTORS[name]), "True"]
