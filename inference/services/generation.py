"""GenerationService: requests in, pictures out."""

from __future__ import annotations

import logging
import math
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn, cast
from uuid import uuid4

import grpc
import grpc.aio

from generation.codec import (
    decode_request,
    encode_answer,
    picture_artifact,
    preview_artifact,
    progress_artifact,
)
from generation.errors import BadRequest, Busy, UnknownEngine
from generation.headers import JOURNAL, PREVIEWS, PROGRESS, STEPS
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceServicer
from inference.backends.cancellation import Stopped
from inference.backends.failure import DrawingFailed
from inference.lanes import Drawn, Terms
from inference.metrics.measurements import Measurements
from inference.services.call_record import CallRecord

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from generation.request import ImageRequest
    from inference.backends.backend import DrawContext
    from inference.journal import Journal
    from inference.lanes import Result
    from inference.registry import EngineRegistry, ServedEngine
    from inference.scheduler import Scheduler

    Context = grpc.aio.ServicerContext[pb.Request, pb.Answer]
    ChainContext = grpc.aio.ServicerContext[pb.ChainRequest, pb.Answer]

logger = logging.getLogger(__name__)


class DrawingService(GenerationServiceServicer):
    """Draws with the registered engines, through the scheduler."""

    def __init__(
        self,
        registry: EngineRegistry,
        scheduler: Scheduler,
        journal: Journal,
        heartbeat: timedelta,
        measurements: Measurements | None = None,
    ) -> None:
        self._registry = registry
        self._measurements = measurements or Measurements()
        self._scheduler = scheduler
        self._journal = journal
        self._heartbeat = heartbeat

    async def Generate(self, request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        """One answer for each picture, in the order in which they get ready."""
        received_at = datetime.now(UTC)
        key = self._journal.key_of(request)
        if known := self._journal.find(key):
            await context.send_initial_metadata(((JOURNAL, "hit"),))
            for answer in known:
                yield answer
            return
        served = await self._find_engine(request, context)
        order = await self._read(request, served, context)
        await context.send_initial_metadata(((JOURNAL, "miss"),))
        call = _Call(request.request_id or str(uuid4()), served, order, received_at)
        record = CallRecord(self._measurements, served.engine.id, request.request_id, order)
        pictures: list[pb.Answer] = []
        drawing = self._scheduler.draw(
            context.peer(),
            order.samples,
            call.draw,
            self._heartbeat,
            served.backend,
            _terms(context),
        )
        async with aclosing(drawing):
            async for result in _or_abort(record.following(drawing), context):
                answer = call.answer(result and call.artifact(result))
                if isinstance(result, Drawn):
                    pictures.append(answer)
                yield answer
        self._journal.keep(key, pictures)

    async def ChainGenerate(
        self, request: pb.ChainRequest, context: ChainContext
    ) -> AsyncIterator[pb.Answer]:
        """Not offered."""
        await context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "chains are not offered by this server; send each stage to Generate instead",
        )
        yield pb.Answer()

    async def _find_engine(self, request: pb.Request, context: Context) -> ServedEngine:
        try:
            served = self._registry.find(request.engine_id)
        except UnknownEngine as error:
            hint = f" Did you mean {error.nearest}?" if error.nearest else ""
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"The specified engine (ID {error.engine_id}) was not found.{hint}"
                f" This server draws with {', '.join(map(str, self._registry.drawing))}.",
            )
            raise
        if served.makes_videos:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"{served.engine.id} makes films, which are asked for over REST"
                " (POST /v2beta/image-to-video)",
            )
        return served

    async def _read(
        self, request: pb.Request, served: ServedEngine, context: Context
    ) -> ImageRequest:
        """The request with everything checked that can be checked before drawing."""
        wanted = request.WhichOneof("params")
        if (wanted and wanted != "image") or request.requested_type not in _KINDS:
            kind = wanted if wanted != "image" else pb.ArtifactType.Name(request.requested_type)
            await context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{served.engine.id} makes pictures from image parameters only, not {kind}",
            )
        try:
            order = decode_request(request, served.engine)
            await self._scheduler.pictures.check_request(order)
        except BadRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Busy as error:
            await _abort_busy(error, context)
        logger.debug("%s: %s", request.request_id, order)
        return order


_KINDS = (pb.ARTIFACT_NONE, pb.ARTIFACT_IMAGE)


class _Call:
    """What every answer of one call has in common."""

    def __init__(
        self, request_id: str, served: ServedEngine, order: ImageRequest, received_at: datetime
    ) -> None:
        self._request_id = request_id
        self._served = served
        self._order = order
        self._seeds = order.seeds
        self._received_at = received_at
        self._number = 0

    def draw(self, index: int, context: DrawContext) -> bytes:
        """The picture of that index; runs in a worker."""
        return self._served.backend.draw(self._order, self._seeds[index], context)

    def artifact(self, result: Result) -> pb.Artifact:
        """The picture, or how far it is, as it travels."""
        if isinstance(result, Drawn):
            return picture_artifact(result.data, index=result.index, seed=self._seeds[result.index])
        progress = result.progress
        if progress.preview:
            return preview_artifact(progress.preview, index=result.index)
        return progress_artifact(index=result.index, step=progress.step, steps=progress.steps)

    def answer(self, artifact: pb.Artifact | None) -> pb.Answer:
        """The next answer: with an artifact, or only a sign of life."""
        self._number += 1
        return encode_answer(
            self._request_id,
            self._number,
            [] if artifact is None else [artifact],
            engine_id=self._served.engine.id,
            received_at=self._received_at,
            created_at=datetime.now(UTC),
        )


def _terms(context: Context) -> Terms:
    """What the client has said about the whole call."""
    wish = dict(context.invocation_metadata() or ()).get(PROGRESS)
    # Its stubs say float, but without a deadline it is None.
    left_s = cast("float | None", context.time_remaining())
    return Terms(
        deadline=math.inf if left_s is None else time.monotonic() + left_s,
        wants_steps=wish in (STEPS, PREVIEWS),
        wants_previews=wish == PREVIEWS,
    )


async def _abort_busy(error: Busy, context: Context) -> NoReturn:
    wait = error.retry_after or timedelta(seconds=1)
    await context.abort(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        f"{error.detail}; try again in {wait.total_seconds():g} s",
        (("retry-after", f"{wait.total_seconds():g}"),),
    )


async def _or_abort(
    drawing: AsyncGenerator[Result | None, None], context: Context
) -> AsyncIterator[Result | None]:
    """What is drawn; a failure ends the call with a status that says what to do next."""
    try:
        async for result in drawing:
            yield result
    except Busy as error:
        await _abort_busy(error, context)
    except BadRequest as error:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except DrawingFailed as error:
        logger.warning("A picture failed: %s.", error)
        await context.abort(grpc.StatusCode.INTERNAL, str(error))
    except Stopped:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is being stopped")
    except Exception as error:
        logger.exception("A picture failed.")
        await context.abort(
            grpc.StatusCode.INTERNAL, f"the picture failed ({type(error).__name__})"
        )
