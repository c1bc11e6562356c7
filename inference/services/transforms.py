"""Answers what is asked of pictures that are there already, in worker processes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple
from uuid import uuid4

from generation.codec import picture_artifact
from generation.errors import BadRequest, Busy
from generation.wire import generation_pb2 as pb
from inference.services.depth import NO_DEPTH
from inference.transforms.messages import read_blend, read_transform
from inference.transforms.orders import DepthCalculation
from inference.transforms.tensors import (
    depth_size,
    depth_tensor,
    is_depth,
    picture_tensor,
    tensor_size,
)
from inference.transforms.work import (
    DepthMap,
    blend_pictures,
    calculate_depth_map,
    picture_of_pixels,
    transform_picture,
)
from quarantine.errors import Ending, WorkFailed
from quarantine.pool import Confinement, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.wire import tensors_pb2
    from inference.services.depth import Caller, DepthService
    from inference.transforms.work import Made

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TRANSFORMS = ("transform-server-v1", "transform-server-v1-cpu")
INTERPOLATION = "interpolation-server-v1"
ENGINES = (*TRANSFORMS, INTERPOLATION)
"""The engines that need no model; the names are those that stability-sdk asks for."""

MAX_PICTURES = 16
WORKERS = 2
LIMIT = timedelta(seconds=30)
PATIENCE = timedelta(seconds=20)
MAY_USE = Confinement(memory_bytes=3 << 30, cpu_limit=timedelta(seconds=20), niceness=2)


class TransformService:
    """Transforms and blends pictures; nothing is started before the first.

    Without `depth` it tells nothing of that.
    """

    def __init__(
        self,
        depth: DepthService | None = None,
        workers: int = WORKERS,
        may_use: Confinement = MAY_USE,
    ) -> None:
        self._depth = depth
        self._pool = WorkerPool(workers, LIMIT, may_use)

    async def close(self) -> None:
        """End the processes; takes at most about a second."""
        await self._pool.close()

    async def artifacts(self, request: pb.Request, caller: Caller) -> list[pb.Artifact]:
        """The pictures that were asked for, and then a mask where one was.

        Raises:
            BadRequest: names the field and what would be right.
            Busy: the pictures of others are being worked on.
            DrawingFailed: a model of depth failed.
            Stopped: the server is being stopped.
        """
        wanted = "interpolate" if request.engine_id == INTERPOLATION else "transform"
        if request.WhichOneof("params") != wanted:
            given = request.WhichOneof("params") or "none at all"
            raise BadRequest(wanted, f"{request.engine_id} needs {wanted} parameters, not {given}")
        is_depth_asked = request.transform.WhichOneof("transform") == "depth_calc"
        kinds = _KINDS["depth_calc" if is_depth_asked else wanted]
        if request.requested_type not in kinds:
            names = " or ".join(pb.ArtifactType.Name(kind) for kind in kinds[1:])
            raise BadRequest("requested_type", f"{request.engine_id} answers with {names} only")
        if wanted == "interpolate":
            return await self._blend(request)
        return await self._transform(request, caller)

    async def with_pictures(self, request: pb.Request) -> pb.Request:
        """The request with a picture in the place of each tensor of its prompt.

        Raises:
            BadRequest: a tensor holds no picture.
            Busy: the pictures of others are being worked on.
        """
        if not any(_is_tensor(prompt) for prompt in request.prompt):
            return request
        changed = pb.Request()
        changed.CopyFrom(request)
        for prompt in filter(_is_tensor, changed.prompt):
            tensor = prompt.artifact.tensor
            width, height = tensor_size(tensor)
            data = await self._run("tensor", picture_of_pixels, width, height, tensor.data)
            prompt.artifact.type = pb.ARTIFACT_IMAGE
            prompt.artifact.binary = data
        return changed

    async def _transform(self, request: pb.Request, caller: Caller) -> list[pb.Artifact]:
        request, depth = _without_depth(request)
        order = read_transform(request, has_depth=depth is not None)
        as_tensor = request.requested_type == pb.ARTIFACT_TENSOR
        pictures = await self._pictures(request)
        if isinstance(order, DepthCalculation):
            maps = [await self._depth_of(data, order, caller, as_tensor) for data in pictures]
            return [_depth_artifact(one, index, as_tensor) for index, one in enumerate(maps)]
        found: list[pb.Artifact] = []
        mask = b""
        for index, data in enumerate(pictures):
            made = await self._run("image", transform_picture, data, order, depth, as_tensor)
            found.append(_artifact(made, index, as_tensor))
            mask = mask or made[3]
        return [*found, _mask_artifact(mask)] if mask else found

    async def _depth_of(
        self, data: bytes, order: DepthCalculation, caller: Caller, as_tensor: bool
    ) -> DepthMap:
        """The depth map of a picture; its data is a PNG unless a tensor is wanted."""
        if self._depth is None:
            raise BadRequest("depth_calc", NO_DEPTH)
        nearness = await self._depth.estimate(data, caller)
        made = await self._run("image", calculate_depth_map, nearness, order, as_tensor)
        return DepthMap(nearness.size, made)

    async def _blend(self, request: pb.Request) -> list[pb.Artifact]:
        order = read_blend(request)
        pictures = await self._pictures(request)
        if len(pictures) != 2:
            raise BadRequest("prompt", f"it holds {len(pictures)} pictures; send two")
        first, second = pictures
        found: list[pb.Artifact] = []
        for index, ratio in enumerate(order.ratios):
            data = await self._run("image", blend_pictures, first, second, ratio)
            found.append(picture_artifact(data, index=index, seed=0))
        return found

    async def _pictures(self, request: pb.Request) -> list[bytes]:
        readable = await self.with_pictures(request)
        for number, prompt in enumerate(readable.prompt, 1):
            if prompt.artifact.type != pb.ARTIFACT_IMAGE or not prompt.artifact.binary:
                raise BadRequest("prompt", f"part {number} is no picture; send IMAGE or TENSOR")
        if not 1 <= len(readable.prompt) <= MAX_PICTURES:
            reason = f"it holds {len(readable.prompt)} pictures; send 1 to {MAX_PICTURES}"
            raise BadRequest("prompt", reason)
        return [prompt.artifact.binary for prompt in readable.prompt]

    async def _run(self, field: str, function: Callable[[*Ts], T], *args: *Ts) -> T:
        try:
            return await self._pool.run(function, *args, patience=PATIENCE)
        except WorkFailed as error:
            if error.ending is Ending.BUSY:
                raise Busy("the pictures of other requests are being worked on") from error
            slow = error.ending is Ending.TOO_SLOW
            reason = "it takes too long" if slow else "it cannot be worked on"
            raise BadRequest(field, f"{reason}; send a smaller picture") from error


_PICTURES = (pb.ARTIFACT_NONE, pb.ARTIFACT_IMAGE)
_KINDS = {
    "interpolate": _PICTURES,
    "transform": (*_PICTURES, pb.ARTIFACT_TENSOR),
    "depth_calc": (pb.ARTIFACT_NONE, pb.ARTIFACT_DEPTH, pb.ARTIFACT_TENSOR),
}


def _is_tensor(prompt: pb.Prompt) -> bool:
    return prompt.artifact.type == pb.ARTIFACT_TENSOR


def _without_depth(request: pb.Request) -> tuple[pb.Request, DepthMap | None]:
    """The request without the depth map in its prompt, and that.

    Raises:
        BadRequest: there are several, or its sizes are wrong.
    """
    maps = [
        number
        for number, prompt in enumerate(request.prompt)
        if _is_tensor(prompt) and is_depth(prompt.artifact.tensor)
    ]
    if not maps:
        return request, None
    if len(maps) > 1:
        raise BadRequest("prompt", f"it holds {len(maps)} depth maps; send one")
    tensor = request.prompt[maps[0]].artifact.tensor
    depth = DepthMap(depth_size(tensor), tensor.data)
    bare = pb.Request()
    bare.CopyFrom(request)
    del bare.prompt[maps[0]]
    return bare, depth


def _artifact(made: Made, index: int, as_tensor: bool) -> pb.Artifact:
    width, height, data, _ = made
    if not as_tensor:
        return picture_artifact(data, index=index, seed=0)
    return _tensor_artifact(picture_tensor(width, height, data), index)


def _depth_artifact(made: DepthMap, index: int, as_tensor: bool) -> pb.Artifact:
    if as_tensor:
        return _tensor_artifact(depth_tensor(*made.size, made.data), index)
    artifact = picture_artifact(made.data, index=index, seed=0)
    artifact.type = pb.ARTIFACT_DEPTH
    return artifact


def _tensor_artifact(tensor: tensors_pb2.Tensor, index: int) -> pb.Artifact:
    return pb.Artifact(
        type=pb.ARTIFACT_TENSOR,
        mime="application/octet-stream",
        tensor=tensor,
        size=len(tensor.data),
        index=index,
        uuid=str(uuid4()),
    )


def _mask_artifact(data: bytes) -> pb.Artifact:
    artifact = picture_artifact(data, index=0, seed=0)
    artifact.type = pb.ARTIFACT_MASK
    return artifact
