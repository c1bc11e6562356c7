"""Real-ESRGAN by the weights of its package: over a real socket, and its networks themselves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from generation.headers import PROGRESS, PROGRESS_MIME, STEPS
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.backends.backend import DrawContext, Progress
from inference.backends.cancellation import Stopped
from inference.catalogue import load_entries
from inference.options import Options
from inference.server import MESSAGE_LIMIT, serve
from inference.upscaling.order import UpscaleOrder
from inference.weights.engines import find_engine
from tests.inference.installed import HAS_REAL_ESRGAN
from tests.inference.orders import difference, flat_png, painted, pixels_of, png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from inference.server import Running

ROOT = Path(__file__).parents[3]
CATALOGUE = ROOT / "inference" / "engines.toml"
SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
X2 = "esrgan-v1-x2plus"

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not HAS_REAL_ESRGAN,
        reason="the extra upscale is not installed: run 'make inference' once",
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncGenerator[Running, None]:
    async with serve(Options(grpc_port=0, http_port=0, workers=1)) as running:
        yield running


def message(picture: bytes, engine_id: str = X2) -> pb.Request:
    return pb.Request(
        engine_id=engine_id,
        prompt=[pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=picture))],
        image=pb.ImageParameters(),
    )


def order(width: int, height: int, engine_id: str = X2, factor: int = 2) -> UpscaleOrder:
    return UpscaleOrder(
        engine_id=engine_id,
        image=png(painted("an old town in the rain", width=width, height=height)),
        size=(width, height),
        factor=factor,
        width=width * factor,
        height=height * factor,
    )


def backend_of(*engine_ids: str):
    # Imported here, so that the module is skipped without the library.
    from inference.backends.real_esrgan.backend import RealEsrganBackend

    entries = {entry.engine.id: entry for entry in load_entries(CATALOGUE)}
    return RealEsrganBackend([find_engine(entries[engine_id]) for engine_id in engine_ids])


async def test_the_sdks_engine_is_real_esrgan_where_that_is_here(house: Running):
    given = painted("a red lighthouse", width=128, height=192)
    received: list[pb.Artifact] = []
    limits = (("grpc.max_receive_message_length", MESSAGE_LIMIT),)
    async with grpc.aio.insecure_channel(house.grpc_address, limits) as channel:
        call = GenerationServiceStub(channel).Generate(
            message(png(given)), metadata=((PROGRESS, STEPS),)
        )
        async for answer in call:
            assert answer.meta.engine_id == X2
            received += answer.artifacts
    (made,) = [artifact for artifact in received if artifact.type == pb.ARTIFACT_IMAGE]
    assert any(artifact.mime == PROGRESS_MIME for artifact in received)
    larger = Image.fromarray(pixels_of(made.binary))
    assert larger.size == (256, 384)
    back = np.asarray(larger.resize((128, 192), Image.Resampling.BOX), dtype=np.uint8)
    assert difference(back, given) < 8


async def test_a_picture_too_large_is_refused_before_anything_is_loaded(house: Running):
    async with grpc.aio.insecure_channel(house.grpc_address) as channel:
        picture = png(np.zeros((600, 600, 3), np.uint8))
        call = GenerationServiceStub(channel).Generate(message(picture, "real-esrgan-x4plus"))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert "600×600 has more than the 262,144 pixels" in (caught.value.details() or "")


async def test_tiles_of_the_compact_network_leave_no_seam():
    backend, steps = backend_of(X2), list[Progress]()
    wanted = DrawContext(lambda: False, report=steps.append)
    tiled = pixels_of(await asyncio.to_thread(backend.upscale, order(384, 128), wanted))
    assert steps == [Progress(1, 2), Progress(2, 2)]
    from inference.backends.real_esrgan.network import Network

    located = backend_of(X2)._engines[X2].located  # pyright: ignore[reportPrivateUsage]
    assert located is not None
    whole = Network(located.source).enlarge(pixels_of(order(384, 128).image))
    assert np.abs(tiled.astype(int) - whole.astype(int)).max() <= 1


@pytest.mark.parametrize("engine_id", ["real-esrgan-x4", "real-esrgan-x4plus"])
async def test_four_times_as_large(engine_id: str):
    asked = order(64, 64, engine_id, factor=4)
    wanted = DrawContext(lambda: False)
    data = await asyncio.to_thread(backend_of(engine_id).upscale, asked, wanted)
    made = Image.fromarray(pixels_of(data))
    assert made.size == (256, 256)
    back = np.asarray(made.resize((64, 64), Image.Resampling.BOX), dtype=np.uint8)
    assert difference(back, pixels_of(asked.image)) < 12


async def test_it_stops_between_two_tiles_and_when_it_is_closed():
    backend, done = backend_of(X2), list[Progress]()
    stopping = DrawContext(lambda: bool(done), report=done.append)
    with pytest.raises(Stopped):
        await asyncio.to_thread(backend.upscale, order(384, 128), stopping)
    assert len(done) == 1
    assert backend.problem(X2) == ""
    backend.close()
    with pytest.raises(Stopped):
        backend.upscale(order(64, 64), DrawContext(lambda: False))


async def test_the_list_of_models_tells_that_they_are_here():
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "inference", "models", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "HF_HOME": "/nonexistent"},
        )

    listed = await asyncio.to_thread(run)
    (row,) = [line for line in listed.stdout.splitlines() if line.startswith(X2)]
    assert row.split()[-2:] == ["yes", "BSD-3-Clause"]
    refused = await asyncio.to_thread(run, "get", X2)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{X2} ships in a package: ")


SDK = """
import sys
from PIL import Image
from stability_sdk import api
given = Image.open(sys.argv[2]).convert("RGB")
larger = api.Context(sys.argv[1], "sk-unused").upscale(given)
print(*larger.size, *larger.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))
"""


@pytest.mark.sdk
@pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="stability-sdk 0.8.6 is missing: run 'make sdk' once"
)
async def test_the_unmodified_sdk_upscales_with_it(house: Running, tmp_path: Path):
    picture = tmp_path / "given.png"
    picture.write_bytes(flat_png((40, 90, 160), (96, 64)))
    process = await asyncio.create_subprocess_exec(
        *(str(SDK_PYTHON), "-c", SDK, house.grpc_address, str(picture)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 50)
    width, height, *colour = map(int, out.split())
    assert (width, height) == (192, 128)
    assert np.abs(np.subtract(colour, (40, 90, 160))).max() <= 4
