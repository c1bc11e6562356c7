"""Chains: the order of the stages, what is passed on, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
import pytest_asyncio

from generation.errors import BadRequest
from generation.wire import generation_pb2 as pb
from generation.wire import tensors_pb2
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.services.chains import Chain
from tests.inference.orders import flat_png, pixels_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from inference.server import Running

PASS, RETURN = pb.STAGE_ACTION_PASS, pb.STAGE_ACTION_RETURN


def stage(name: str, target: str = "", *, returns: bool = False) -> pb.Stage:
    """A stage that passes to the target, or returns."""
    made = pb.Stage(id=name)
    if target:
        made.on_status.add(action=[PASS], target=target)
    if returns:
        made.on_status.add(action=[RETURN])
    return made


def picture(kind: pb.ArtifactType = pb.ARTIFACT_IMAGE, **more: object) -> pb.Artifact:
    artifact = pb.Artifact(type=kind, binary=b"picture")
    for name, value in more.items():
        setattr(artifact, name, value)
    return artifact


def test_stages_run_after_what_feeds_them():
    chain = Chain(pb.ChainRequest(stage=[stage("last", returns=True), stage("first", "last")]))
    order: list[str] = []
    for one in chain:
        order.append(one.id)
        returned = chain.take(one, [picture()])
        assert len(returned) == (one.id == "last")
        assert len(one.request.prompt) == (one.id == "last")
    assert order == ["first", "last"]


def test_a_stage_that_gets_nothing_is_left_out():
    first = stage("first")
    first.on_status.add(action=[PASS], target="last", reason=[pb.NULL])
    chain = Chain(pb.ChainRequest(stage=[first, stage("last", returns=True)]))
    seen: list[str] = []
    for one in chain:
        seen.append(one.id)
        chain.take(one, [picture(finish_reason=pb.FILTER)])
    assert seen == ["first"]


def test_types_of_artifact_are_chosen():
    one = pb.Stage(id="one")
    rule = one.on_status.add(action=[RETURN])
    rule.artifact_type.exclude.append(pb.ARTIFACT_MASK)
    chain = Chain(pb.ChainRequest(stage=[one]))
    kinds = [picture(), picture(pb.ARTIFACT_MASK)]
    assert [found.type for found in chain.take(one, kinds)] == [pb.ARTIFACT_IMAGE]


@pytest.mark.parametrize(
    ("stages", "field"),
    [
        ([], "stage"),
        ([stage("a")] * 2, "stage"),
        ([stage(str(number)) for number in range(17)], "stage"),
        ([stage("a", "b")], "target"),
        ([stage("a", "b"), stage("b", "a")], "target"),
    ],
)
def test_a_chain_that_cannot_run_is_refused(stages: list[pb.Stage], field: str):
    with pytest.raises(BadRequest) as caught:
        list(Chain(pb.ChainRequest(stage=stages)))
    assert caught.value.field == field


@pytest_asyncio.fixture(loop_scope="module")
async def stub(shared_server: Running) -> AsyncGenerator[GenerationServiceStub]:
    async with grpc.aio.insecure_channel(shared_server.grpc_address) as channel:
        yield GenerationServiceStub(channel)


def transformed(*pictures: bytes, engine: str = "transform-server-v1") -> pb.Request:
    """A request that changes nothing yet."""
    made = pb.Request(engine_id=engine)
    for data in pictures:
        made.prompt.add().artifact.CopyFrom(pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=data))
    made.transform.color_adjust.SetInParent()
    return made


@pytest.mark.asyncio(loop_scope="module")
async def test_a_chain_answers_under_its_own_id(stub: GenerationServiceStub):
    first = stage("a", "b")
    first.request.CopyFrom(transformed(flat_png((10, 20, 30))))
    first.request.requested_type = pb.ARTIFACT_TENSOR
    last = stage("b", returns=True)
    last.request.CopyFrom(transformed())
    asked = pb.ChainRequest(request_id="mine", stage=[first, last])
    (answer,) = [answer async for answer in stub.ChainGenerate(asked)]
    assert (answer.request_id, answer.answer_id) == ("mine", "mine-1")
    assert pixels_of(answer.artifacts[0].binary)[5, 5].tolist() == [10, 20, 30]


def lightness(request: pb.Request) -> None:
    request.transform.color_adjust.lightness = float("nan")


def no_picture(request: pb.Request) -> None:
    request.prompt[0].artifact.binary = b"no picture"


def no_prompt(request: pb.Request) -> None:
    del request.prompt[:]


def flat_matrix(request: pb.Request) -> None:
    request.transform.resample.transform.data[:] = [0.0] * 9


def endless_matrix(request: pb.Request) -> None:
    request.transform.resample.transform.data[:] = [float("inf")] * 9


def odd_matrix(request: pb.Request) -> None:
    request.transform.resample.transform.data[:] = [1.0] * 8


def false_tensor(request: pb.Request) -> None:
    request.prompt[0].artifact.type = pb.ARTIFACT_TENSOR
    tensor = request.prompt[0].artifact.tensor
    tensor.dtype = tensors_pb2.DT_UINT8
    tensor.shape[:] = [1, 64, 64, 3]
    tensor.data = b"short"


def drawing(request: pb.Request) -> None:
    request.image.SetInParent()


def one_of_two(request: pb.Request) -> None:
    request.engine_id = "interpolation-server-v1"
    request.interpolate.ratios[:] = [0.5]


def far_ratio(request: pb.Request) -> None:
    request.engine_id = "interpolation-server-v1"
    request.interpolate.ratios[:] = [1.5]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lightness, "lightness: nan"),
        (no_picture, "image: it cannot be read"),
        (no_prompt, "prompt: it holds 0 pictures"),
        (flat_matrix, "transform: the matrix flattens"),
        (endless_matrix, "transform: one of its figures"),
        (odd_matrix, "transform: it has 8 figures"),
        (false_tensor, "tensor: it holds 5 bytes"),
        (drawing, "transform: transform-server-v1 needs transform parameters"),
        (one_of_two, "prompt: it holds 1 pictures"),
        (far_ratio, "ratios: 1.5 is not from 0 to 1"),
    ],
)
async def test_bad_input_is_named(
    stub: GenerationServiceStub, change: Callable[[pb.Request], None], field: str
):
    request = transformed(flat_png(size=(64, 64)))
    change(request)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        _ = [answer async for answer in stub.Generate(request)]
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in (caught.value.details() or "")
