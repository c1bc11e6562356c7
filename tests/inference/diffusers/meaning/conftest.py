"""The server with the trained model, asked over its gRPC."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import grpc.aio
import pytest
import pytest_asyncio

from generation.codec import encode_request
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.conftest import LIMITS
from tests.inference.diffusers.meaning.requests import CATALOGUE
from tests.inference.orders import pixels_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from generation.request import ImageRequest
    from tests.inference.diffusers.meaning.requests import Draw


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def draw(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Draw]:
    catalogue = tmp_path_factory.mktemp("catalogue") / "engines.toml"
    catalogue.write_text(CATALOGUE)
    options = Options(grpc_port=0, http_port=0, engines=catalogue, max_calls=64)
    async with (
        serve(options) as running,
        grpc.aio.insecure_channel(running.grpc_address, LIMITS) as channel,
    ):
        stub = GenerationServiceStub(channel)

        async def draw_one(request: ImageRequest) -> NDArray[np.uint8]:
            message = encode_request(request, str(uuid4()))
            answers = [answer async for answer in stub.Generate(message)]
            (picture,) = (
                artifact
                for answer in answers
                for artifact in answer.artifacts
                if artifact.type == pb.ARTIFACT_IMAGE
            )
            return pixels_of(picture.binary)

        async def draw_all(requests: Iterable[ImageRequest]) -> list[NDArray[np.uint8]]:
            return await asyncio.gather(*(draw_one(request) for request in requests))

        yield draw_all
