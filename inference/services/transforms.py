"""Answers what is asked of pictures that are there already, in worker processes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple
from uuid import uuid4

from generation.codec import picture_artifact
from generation.errors import BadRequest, Busy
from generation.wire import generation_pb2 as pb
from inference.transforms.messages import read_blend, read_transform
from inference.transforms.tensors import picture_tensor, tensor_size
from inference.transforms.work import blend_pictures, picture_of_pixels, transform_picture
from quarantine.errors import Ending, WorkFailed
from quarantine.pool import Confinement, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.transforms.orders import Transform
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
    """Transforms and blends pictures; nothing is started before the first."""

    def __init__(self, workers: int = WORKERS, may_use: Confinement = MAY_USE) -> None:
        self._pool = WorkerPool(workers, LIMIT, may_use)

    async def close(self) -> None:
        """End the processes; takes at most about a second."""
        await self._pool.close()

    async def artifacts(self, request: pb.Request) -> list[pb.Artifact]:
        """The pictures that were asked for, and then a mask where one was.

        Raises:
            BadRequest: names the field and what would be right.
            Busy: the pictures of others are being worked on.
        """
        wanted = "interpolate" if request.engine_id == INTERPOLATION else "transform"
        if request.WhichOneof("params") != wanted:
            given = request.WhichOneof("params") or "none at all"
            raise BadRequest(wanted, f"{request.engine_id} needs {wanted} parameters, not {given}")
        if request.requested_type not in _KINDS[wanted]:
            names = " or ".join(pb.ArtifactType.Name(kind) for kind in _KINDS[wanted][1:])
            raise BadRequest("requested_type", f"{request.engine_id} answers with {names} only")
        if wanted == "interpolate":
            return await self._blend(request)
        return await self._transform(request)

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

    async def _transform(self, request: pb.Request) -> list[pb.Artifact]:
        order = read_transform(request)
        as_tensor = request.requested_type == pb.ARTIFACT_TENSOR
        found: list[pb.Artifact] = []
        mask = b""
        for index, data in enumerate(await self._pictures(request)):
            made = await self._made(data, order, as_tensor)
            found.append(_artifact(made, index, as_tensor))
            mask = mask or made[3]
        return [*found, _mask_artifact(mask)] if mask else found

    async def _made(self, data: bytes, order: Transform, as_tensor: bool) -> Made:
        return await self._run("image", transform_picture, data, order, as_tensor)

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
_KINDS = {"interpolate": _PICTURES, "transform": (*_PICTURES, pb.ARTIFACT_TENSOR)}


def _is_tensor(prompt: pb.Prompt) -> bool:
    return prompt.artifact.type == pb.ARTIFACT_TENSOR


def _artifact(made: Made, index: int, as_tensor: bool) -> pb.Artifact:
    width, height, data, _ = made
    if not as_tensor:
        return picture_artifact(data, index=index, seed=0)
    return pb.Artifact(
        type=pb.ARTIFACT_TENSOR,
        mime="application/octet-stream",
        tensor=picture_tensor(width, height, data),
        size=len(data),
        index=index,
        uuid=str(uuid4()),
    )


def _mask_artifact(data: bytes) -> pb.Artifact:
    artifact = picture_artifact(data, index=0, seed=0)
    artifact.type = pb.ARTIFACT_MASK
    return artifact
