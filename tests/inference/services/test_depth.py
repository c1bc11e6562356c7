"""Depth over the wire: maps, what moves by them, and what is refused."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import numpy as np
import pytest
import pytest_asyncio

from generation.catalogue.engine import DEPTH, Engine
from generation.wire import engines_pb2
from generation.wire import generation_pb2 as pb
from generation.wire.engines_pb2_grpc import (
    EnginesServiceStub,
    add_EnginesServiceServicer_to_server,
)
from generation.wire.generation_pb2_grpc import (
    GenerationServiceStub,
    add_GenerationServiceServicer_to_server,
)
from inference.backends.failure import DrawingFailed
from inference.backends.painter.pool import PainterPool
from inference.journal import Journal
from inference.metrics.measurements import Measurements, Outcome
from inference.registry import EngineRegistry, ServedEngine
from inference.scheduler import Scheduler
from inference.services.catalogue import CatalogueService
from inference.services.depth import DepthService
from inference.services.generation import DrawingService
from inference.services.transforms import TransformService
from inference.transforms.camera import identity, product, projection, ray_matrix
from inference.transforms.depth_warps import warp_by_depth
from inference.transforms.orders import Border, DepthWarp
from inference.transforms.tensors import depth_tensor
from tests.inference.orders import flat_png, pixels_of, png
from tests.inference.services.test_chains import stage, transformed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from numpy.typing import NDArray

    from inference.backends.backend import DrawContext
    from inference.depth.order import DepthOrder
    from inference.transforms.camera import Matrix

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIDE = 32
HEARTBEAT = timedelta(seconds=30)
LENS = projection(30.0)
STEP = [[1.0, 0.0, 0.0, 0.05], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]


def scene() -> NDArray[np.uint8]:
    """Brighter from left to right."""
    return np.broadcast_to(np.arange(SIDE)[None, :, None] * 7, (SIDE, SIDE, 3)).astype(np.uint8)


class Ramp(PainterPool):
    """A backend to which everything is nearer the farther down it is."""

    fails = False

    def estimate_depth(self, order: DepthOrder, context: DrawContext) -> bytes:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self.fails:
            raise DrawingFailed("the network gives values that are no depth")
        rows = np.arange(order.height, dtype="<f4")[:, None]
        return np.broadcast_to(rows, (order.height, order.width)).tobytes()


class House:
    """A server with that backend."""

    def __init__(self, channel: grpc.aio.Channel, backend: Ramp, measured: Measurements) -> None:
        self.stub = GenerationServiceStub(channel)
        self.engines = EnginesServiceStub(channel)
        self.backend = backend
        self.measured = measured

    async def artifacts(self, request: pb.Request) -> list[pb.Artifact]:
        """What a request is answered with."""
        answers = [answer async for answer in self.stub.Generate(request)]
        return [artifact for answer in answers for artifact in answer.artifacts]

    async def refusal(self, request: pb.Request) -> tuple[grpc.StatusCode, str]:
        """Status and words of a request that is refused."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.artifacts(request)
        return caught.value.code(), caught.value.details() or ""


@asynccontextmanager
async def opened() -> AsyncGenerator[House]:
    backend, measured = Ramp(), Measurements()
    engines = [Engine("painter", backend="painter"), Engine("ramp", kind=DEPTH, backend="painter")]
    registry = EngineRegistry([ServedEngine(engine, backend) for engine in engines])
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with Scheduler(workers=1, max_calls=4) as scheduler:
        depth = DepthService(registry, scheduler, HEARTBEAT, measured)
        transforms = TransformService(depth)
        drawing = DrawingService(registry, scheduler, Journal(1), HEARTBEAT, transforms, measured)
        add_GenerationServiceServicer_to_server(drawing, server)
        add_EnginesServiceServicer_to_server(CatalogueService(registry), server)
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield House(channel, backend, measured)
        finally:
            await server.stop(None)
            await transforms.close()
            backend.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house() -> AsyncGenerator[House]:
    async with opened() as running:
        yield running


def figures(matrix: Matrix) -> list[float]:
    """Row by row, as they travel."""
    return list(chain.from_iterable(matrix))


def depth_request(data: bytes | None = None, **fields: Any) -> pb.Request:
    request = transformed(png(scene()) if data is None else data)
    request.transform.depth_calc.CopyFrom(pb.TransformDepthCalc(blend_weight=0.3, **fields))
    return request


def warp_request(depth: NDArray[np.float32] | None = None) -> pb.Request:
    """A step to the right; with a depth map at the end of the prompt."""
    request = transformed(png(scene()))
    resample = request.transform.resample
    resample.transform.data.extend(figures(product(LENS, STEP)))
    resample.prev_transform.data.extend(figures(LENS))
    resample.depth_warp = 1.0
    resample.export_mask = True
    if depth is not None:
        add_depth(request, depth)
    return request


def add_depth(request: pb.Request, depth: NDArray[np.float32]) -> None:
    height, width = depth.shape
    tensor = depth_tensor(width, height, depth.astype("<f4").tobytes())
    artifact = request.prompt.add().artifact
    artifact.type = pb.ARTIFACT_TENSOR
    artifact.tensor.CopyFrom(tensor)


def ramp() -> NDArray[np.float32]:
    """The depth map of what `Ramp` says."""
    rows = 1 - np.arange(SIDE)[:, None] / (SIDE - 1)
    return np.broadcast_to(rows, (SIDE, SIDE)).astype(np.float32)


@pytest.mark.parametrize("kind", [pb.ARTIFACT_NONE, pb.ARTIFACT_DEPTH])
async def test_a_depth_map_is_a_grey_picture(house: House, kind: pb.ArtifactType) -> None:
    request = depth_request()
    request.requested_type = kind
    (found,) = await house.artifacts(request)
    assert (found.type, found.mime) == (pb.ARTIFACT_DEPTH, "image/png")
    levels = pixels_of(found.binary)[..., 0]
    assert np.abs(levels - 255 * ramp()).max() <= 0.5
    (turned,) = await house.artifacts(depth_request(reverse=True))
    assert np.abs(pixels_of(turned.binary)[..., 0] - (255 - 255 * ramp())).max() <= 0.5


async def test_a_depth_map_travels_as_floats(house: House) -> None:
    request = depth_request()
    request.requested_type = pb.ARTIFACT_TENSOR
    (found,) = await house.artifacts(request)
    assert list(found.tensor.shape) == [1, SIDE, SIDE, 1]
    depths = np.frombuffer(found.tensor.data, "<f4").reshape(SIDE, SIDE)
    assert depths == pytest.approx(ramp(), abs=1e-6)


async def test_a_chain_moves_a_picture_by_its_own_depth(house: House) -> None:
    """As stability-sdk's Context.transform_3d sends it."""
    first = stage("depth_calc", "resample")
    first.request.CopyFrom(depth_request())
    first.request.requested_type = pb.ARTIFACT_TENSOR
    last = stage("resample", returns=True)
    last.request.CopyFrom(warp_request())
    asked = pb.ChainRequest(request_id="resample_3d_chain", stage=[first, last])
    (answer,) = [answer async for answer in house.stub.ChainGenerate(asked)]
    picture, mask = answer.artifacts
    order = DepthWarp(ray_matrix(product(LENS, STEP)), ray_matrix(LENS), Border.REFLECT)
    wanted, wanted_mask = warp_by_depth(scene(), ramp(), order)
    assert (pixels_of(picture.binary) == wanted).all()
    assert (pixels_of(mask.binary)[..., 0] == wanted_mask).all()
    flat = await house.artifacts(warp_request())
    assert (pixels_of(flat[0].binary) != wanted).any()


async def test_a_camera_sees_the_depth(house: House) -> None:
    request = transformed(png(scene()))
    pose = request.transform.camera_pose
    pose.world_to_view_matrix.data.extend(figures(STEP))
    pose.camera_parameters.fov = 30.0
    add_depth(request, ramp())
    picture, mask = await house.artifacts(request)
    order = DepthWarp(
        ray_matrix(product(LENS, STEP)), ray_matrix(LENS), Border.ZERO, is_rendered=True
    )
    wanted, wanted_mask = warp_by_depth(scene(), ramp(), order)
    assert mask.type == pb.ARTIFACT_MASK
    assert (pixels_of(picture.binary) == wanted).all()
    assert (pixels_of(mask.binary)[..., 0] == wanted_mask).all()


async def test_engines_of_depth_are_counted_but_not_listed(house: House) -> None:
    await house.artifacts(depth_request())
    ends = house.measured.counted().outcomes
    assert ends["ramp", Outcome.FINISHED] >= 1
    listed = await house.engines.ListEngines(engines_pb2.ListEnginesRequest())
    assert [engine.id for engine in listed.engine] == ["painter"]


async def test_an_engine_of_depth_draws_nothing(house: House) -> None:
    code, words = await house.refusal(pb.Request(engine_id="ramp"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "asked of transform-server-v1 (transform.depth_calc)" in words
    code, words = await house.refusal(pb.Request(engine_id="ram"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert "Did you mean" not in words


def nine_figures(request: pb.Request) -> None:
    request.transform.resample.transform.data[:] = figures(identity(3))
    request.transform.resample.ClearField("prev_transform")


def second_map(request: pb.Request) -> None:
    add_depth(request, ramp())


def small_map(request: pb.Request) -> None:
    del request.prompt[1]
    add_depth(request, ramp()[:16])


def short_map(request: pb.Request) -> None:
    request.prompt[1].artifact.tensor.data = b"short"


def odd_shape(request: pb.Request) -> None:
    request.prompt[1].artifact.tensor.shape[:] = [2, SIDE, SIDE, 1]


def no_number(request: pb.Request) -> None:
    del request.prompt[1]
    add_depth(request, np.full((SIDE, SIDE), np.nan, np.float32))


def far_warp(request: pb.Request) -> None:
    request.transform.resample.depth_warp = 1.6


def coloured(request: pb.Request) -> None:
    request.transform.color_adjust.SetInParent()


def odd_mode(request: pb.Request) -> None:
    request.transform.camera_pose.world_to_view_matrix.data.extend(figures(identity(4)))
    request.transform.camera_pose.render_mode = 7  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (nine_figures, "transform: it has 9 figures; with a depth map send 16"),
        (second_map, "prompt: it holds 2 depth maps; send one"),
        (small_map, "tensor: the depth map is 32×16, and the picture 32×32"),
        (short_map, "tensor: it holds 5 bytes, not 32×32×4"),
        (odd_shape, "tensor: (2, 32, 32, 1) is the shape of no depth map"),
        (no_number, "tensor: a depth in it is not from 0 to 1"),
        (far_warp, "depth_warp: 1.6 is not from 0 to 1.5"),
        (coloured, "tensor: a depth map does nothing for color_adjust"),
        (odd_mode, "render_mode: number 7 is no render mode"),
    ],
)
async def test_a_depth_map_that_does_not_fit_is_named(
    house: House, change: Callable[[pb.Request], None], words: str
) -> None:
    request = warp_request(ramp())
    change(request)
    code, said = await house.refusal(request)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert said.startswith(words)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (depth_request(b"no picture"), "image: it cannot be read"),
        (depth_request(flat_png(size=(90, 10))), "image: of 90×10 one side is more than 8 times"),
        (depth_request(flat_png(size=(2049, 2049))), "image: 2049×2049 has more than 4,194,304"),
        (depth_request(blur_radius=65), "blur_radius: 65 is not from 0 to 64"),
    ],
)
async def test_what_has_no_depth_here_is_named(
    house: House, request_: pb.Request, words: str
) -> None:
    code, said = await house.refusal(request_)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert said.startswith(words)


async def test_a_weight_beyond_1_and_another_kind_of_answer_are_refused(house: House) -> None:
    request = depth_request()
    request.transform.depth_calc.blend_weight = float("nan")
    assert (await house.refusal(request))[1].startswith("blend_weight: nan is not from 0 to 1")
    request = depth_request()
    request.requested_type = pb.ARTIFACT_IMAGE
    _, words = await house.refusal(request)
    assert "answers with ARTIFACT_DEPTH or ARTIFACT_TENSOR only" in words


async def test_a_model_that_fails_says_so_in_a_sentence(house: House) -> None:
    house.backend.fails = True
    try:
        code, words = await house.refusal(depth_request())
    finally:
        house.backend.fails = False
    assert code is grpc.StatusCode.INTERNAL
    assert words == "the network gives values that are no depth"


async def test_without_a_model_depth_is_refused_by_name() -> None:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    registry = EngineRegistry([])
    async with Scheduler(workers=1, max_calls=1) as scheduler:
        depth = DepthService(registry, scheduler, HEARTBEAT, Measurements())
        transforms = TransformService(depth)
        drawing = DrawingService(registry, scheduler, Journal(1), HEARTBEAT, transforms)
        add_GenerationServiceServicer_to_server(drawing, server)
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                _ = [one async for one in GenerationServiceStub(channel).Generate(depth_request())]
        await server.stop(None)
        await transforms.close()
    assert (caught.value.details() or "").startswith(
        "depth_calc: this server has no model of depth"
    )
