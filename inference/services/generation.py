"""GenerationService: requests in, pictures out."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NoReturn, cast
from uuid import uuid4

import grpc
import grpc.aio

from generation.adapters import LORAS_KEY
from generation.codec import (
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
from inference.filters.picture_filter import FilteredDrawing
from inference.lanes import Drawn, Terms
from inference.metrics.measurements import Measurements
from inference.services.call_record import CallRecord
from inference.services.chains import Chain
from inference.services.depth import Caller
from inference.services.orders import make, read_order
from inference.services.transforms import ENGINES as TRANSFORM_ENGINES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from inference.backends.backend import Backend, DrawContext
    from inference.journal import Journal
    from inference.lanes import Result
    from inference.registry import EngineRegistry, ServedEngine
    from inference.scheduler import Scheduler
    from inference.services.orders import DrawingOrder
    from inference.services.transforms import TransformService

    Context = grpc.aio.ServicerContext[pb.Request, pb.Answer]
    ChainContext = grpc.aio.ServicerContext[pb.ChainRequest, pb.Answer]
    AnyContext = Context | ChainContext

logger = logging.getLogger(__name__)


class DrawingService(GenerationServiceServicer):
    """Draws with the registered engines, through the scheduler."""

    def __init__(
        self,
        registry: EngineRegistry,
        scheduler: Scheduler,
        journal: Journal,
        heartbeat: timedelta,
        transforms: TransformService,
        measurements: Measurements | None = None,
    ) -> None:
        self._registry = registry
        self._measurements = measurements or Measurements()
        self._scheduler = scheduler
        self._journal = journal
        self._heartbeat = heartbeat
        self._transforms = transforms

    async def Generate(self, request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        """One answer for each picture, in the order in which they get ready."""
        key = self._journal.key_of(request)
        if known := self._journal.find(key):
            await context.send_initial_metadata(((JOURNAL, "hit"),))
            for answer in known:
                yield answer
            return
        answers = await self._open(request, context)
        await context.send_initial_metadata(((JOURNAL, "miss"),))
        results: list[pb.Answer] = []
        async with aclosing(answers):
            async for answer in answers:
                if any(artifact.type in _RESULTS for artifact in answer.artifacts):
                    results.append(answer)
                yield answer
        self._journal.keep(key, results)

    async def ChainGenerate(
        self, request: pb.ChainRequest, context: ChainContext
    ) -> AsyncIterator[pb.Answer]:
        """The stages one after another; what is to be returned, as it gets ready.

        Nothing is remembered of a chain: stability-sdk gives all of a kind the same id.
        """
        number = 0
        try:
            chain = Chain(request)
            stages = iter(chain)
            while (stage := next(stages, None)) is not None:
                answers = await self._open(stage.request, context)
                async with aclosing(answers):
                    async for answer in answers:
                        returned = chain.take(stage, answer.artifacts)
                        if answer.artifacts and not returned:
                            continue
                        number += 1
                        yield _chain_answer(request.request_id, number, answer, returned)
        except BadRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    async def _open(
        self, request: pb.Request, context: AnyContext
    ) -> AsyncGenerator[pb.Answer, None]:
        """The answers to one request, which was read to its end and is not begun yet."""
        received_at = datetime.now(UTC)
        if request.engine_id in TRANSFORM_ENGINES:
            return self._transform(request, context, received_at)
        if LORAS_KEY in request.extras.fields:
            await asyncio.to_thread(self._registry.refresh_adapters)
        served = await self._find_engine(request, context)
        order = await self._read(request, served, context)
        call = _Call(request.request_id or str(uuid4()), served, order, received_at)
        record = CallRecord(self._measurements, served.engine.id, request.request_id, order)
        return self._draw(call, record, context)

    async def _draw(
        self, call: _Call, record: CallRecord, context: AnyContext
    ) -> AsyncGenerator[pb.Answer, None]:
        terms = _terms(context)
        drawing = self._scheduler.draw(
            context.peer(), call.samples, call.draw, self._heartbeat, call.backend, terms
        )
        async with aclosing(drawing):
            async for result in _or_abort(record.following(drawing), terms, context):
                yield call.answer(result and call.artifact(result))

    async def _transform(
        self, request: pb.Request, context: AnyContext, received_at: datetime
    ) -> AsyncGenerator[pb.Answer, None]:
        """One answer with all pictures that were made of those in the request."""
        terms = _terms(context)
        caller = Caller(context.peer(), request.request_id, terms)
        async with _aborting(terms, context):
            artifacts = await self._transforms.artifacts(request, caller)
        yield encode_answer(
            request.request_id or str(uuid4()),
            1,
            artifacts,
            engine_id=request.engine_id,
            received_at=received_at,
            created_at=datetime.now(UTC),
        )

    async def _find_engine(self, request: pb.Request, context: AnyContext) -> ServedEngine:
        try:
            served = self._registry.find(request.engine_id)
        except UnknownEngine as error:
            hint = f" Did you mean {error.nearest}?" if error.nearest else ""
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"The specified engine (ID {error.engine_id}) was not found.{hint}"
                f" This server draws with {_names(self._registry.drawing)}"
                f" and upscales with {_names(self._registry.upscaling)}.",
            )
            raise
        if served.makes_videos:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"{served.engine.id} makes films, which are asked for over REST"
                " (POST /v2beta/image-to-video)",
            )
        if served.estimates_depth:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"{served.engine.id} tells how far away things are, which is asked of"
                f" {TRANSFORM_ENGINES[0]} (transform.depth_calc)",
            )
        return served

    async def _read(
        self, request: pb.Request, served: ServedEngine, context: AnyContext
    ) -> DrawingOrder:
        """The request with everything checked that can be checked before drawing."""
        wanted = request.WhichOneof("params")
        if (wanted and wanted != "image") or request.requested_type not in _KINDS:
            kind = wanted if wanted != "image" else pb.ArtifactType.Name(request.requested_type)
            await context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{served.engine.id} makes pictures from image parameters only, not {kind};"
                f" the engines for pictures that are there are {', '.join(TRANSFORM_ENGINES)}",
            )
        try:
            request = await self._transforms.with_pictures(request)
            order = await read_order(request, served, self._scheduler.pictures)
        except BadRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Busy as error:
            await _abort_busy(error, context)
        logger.debug("%s: %s", request.request_id, order)
        return order


_KINDS = (pb.ARTIFACT_NONE, pb.ARTIFACT_IMAGE)
_RESULTS = (pb.ARTIFACT_IMAGE, pb.ARTIFACT_MASK, pb.ARTIFACT_TENSOR, pb.ARTIFACT_DEPTH)


class _Call:
    """What every answer of one call has in common."""

    def __init__(
        self, request_id: str, served: ServedEngine, order: DrawingOrder, received_at: datetime
    ) -> None:
        self._request_id = request_id
        self._served = served
        self._order = order
        self._seeds = order.seeds
        self._received_at = received_at
        self._number = 0
        self._drawing = FilteredDrawing(
            partial(make, served.backend, order), None if order.unfiltered else served.filter
        )

    @property
    def samples(self) -> int:
        """How many pictures are wanted."""
        return self._order.samples

    @property
    def backend(self) -> Backend:
        """What draws them."""
        return self._served.backend

    def draw(self, index: int, context: DrawContext) -> bytes:
        """The picture of that index; runs in a worker."""
        return self._drawing.draw(index, context)

    def artifact(self, result: Result) -> pb.Artifact:
        """The picture, or how far it is, as it travels."""
        if isinstance(result, Drawn):
            return picture_artifact(
                result.data,
                index=result.index,
                seed=self._seeds[result.index],
                filtered=self._drawing.is_withheld(result.index),
            )
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


def _chain_answer(
    request_id: str, number: int, answer: pb.Answer, artifacts: Sequence[pb.Artifact]
) -> pb.Answer:
    """The answer of a stage as one of its chain, with those of its artifacts only."""
    return pb.Answer(
        answer_id=f"{request_id}-{number}",
        request_id=request_id,
        received=answer.received,
        created=answer.created,
        meta=answer.meta,
        artifacts=artifacts,
    )


def _names(engines: Sequence[ServedEngine]) -> str:
    return ", ".join(map(str, engines)) or "nothing"


def _terms(context: AnyContext) -> Terms:
    """What the client has said about the whole call."""
    wish = dict(context.invocation_metadata() or ()).get(PROGRESS)
    # Its stubs say float, but without a deadline it is None.
    left_s = cast("float | None", context.time_remaining())
    allowed_s = math.inf if left_s is None else left_s
    return Terms(
        deadline=time.monotonic() + allowed_s,
        allowed_s=allowed_s,
        wants_steps=wish in (STEPS, PREVIEWS),
        wants_previews=wish == PREVIEWS,
    )


async def _abort_busy(error: Busy, context: AnyContext) -> NoReturn:
    wait = error.retry_after or timedelta(seconds=1)
    await context.abort(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        f"{error.detail}; try again in {wait.total_seconds():g} s",
        (("retry-after", f"{wait.total_seconds():g}"),),
    )


async def _abort_stopped(terms: Terms, context: AnyContext) -> NoReturn:
    """End a call that was drawn for nobody any more, or that the server had to leave."""
    if terms.is_over:
        await context.abort(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            f"not everything was drawn within the {round(terms.allowed_s, 2):g} s that the call"
            " allowed; allow more, or ask for fewer pictures, fewer steps or a smaller size",
        )
    await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is being stopped")


async def _or_abort(
    drawing: AsyncGenerator[Result | None, None], terms: Terms, context: AnyContext
) -> AsyncIterator[Result | None]:
    """What is drawn; a failure ends the call with a status that says what to do next."""
    async with _aborting(terms, context):
        async for result in drawing:
            yield result


@asynccontextmanager
async def _aborting(terms: Terms, context: AnyContext) -> AsyncGenerator[None]:
    """What goes wrong in the block ends the call with a status that says what to do next."""
    try:
        yield
    except Busy as error:
        await _abort_busy(error, context)
    except BadRequest as error:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except DrawingFailed as error:
        logger.warning("A picture failed: %s.", error)
        await context.abort(grpc.StatusCode.INTERNAL, str(error))
    except Stopped:
        await _abort_stopped(terms, context)
    except Exception as error:
        logger.exception("A picture failed.")
        await context.abort(
            grpc.StatusCode.INTERNAL, f"the picture failed ({type(error).__name__})"
        )
