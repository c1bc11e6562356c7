"""The kinds of jobs, put together from their parts, and what all of them need."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.clock import now
from bot.delivery.provenance import finish, finish_video
from generation.catalogue.catalogue import Catalogue
from generation.catalogue.engine import EDIT, IMAGE, UPSCALE
from generation.pricing import segment_price_mc
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from jobs.kinds.assembly import Assembly
from jobs.kinds.blend import BlendKind
from jobs.kinds.edit import EditKind
from jobs.kinds.image import ImageKind
from jobs.kinds.kind import JobEnvironment
from jobs.kinds.morph import MorphKind
from jobs.kinds.paid_pictures import PaidPictures
from jobs.kinds.sampling import Sampling
from jobs.kinds.upscale import UpscaleKind
from jobs.kinds.video.kind import VideoKind
from jobs.kinds.video.segments import SegmentEngines, SegmentMaker
from jobs.kinds.video.start import VideoStart
from jobs.runner.cancellation import CancellationScope
from jobs.runner.estimate import Estimate
from jobs.runner.queues import queue_limits_of
from jobs.runner.slots import EngineSlots
from jobs.settlement import Settlement
from jobs.steps import JobSteps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AsyncExitStack
    from datetime import timedelta
    from pathlib import Path

    from bot.wiring.engines import Engines
    from bot.wiring.stores import Stores
    from bot.wiring.video_service import VideoService
    from generation.catalogue.catalogue import Engine
    from generation.video.client import Video
    from jobs.delivery import Delivery
    from jobs.kinds.kind import Kind
    from jobs.runner.queues import QueueLimits
    from media.marking.marks import Marks
    from media.pool import MediaPool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTools:
    """What finishes and shows the results of all kinds; `folder` is for videos under way.

    `redelivery` shows what is due again: by the same means, without waiting for Discord.
    """

    delivery: Delivery
    redelivery: Delivery
    pool: MediaPool
    marks: Marks
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDependencies:
    """What the kinds are built from."""

    stores: Stores
    engines: Engines
    tools: DeliveryTools
    queue_limits: QueueLimits
    environment: JobEnvironment
    settlement: Settlement


def open_kind_dependencies(
    stores: Stores, engines: Engines, tools: DeliveryTools
) -> KindDependencies:
    """Everything that more than one kind needs."""
    sampled = [engine for engine in engines.known if engine.kind in (IMAGE, UPSCALE, EDIT)]
    queue_limits = queue_limits_of(Catalogue(sampled))
    environment = JobEnvironment(
        database=stores.for_jobs,
        store=stores.jobs,
        artifacts=stores.artifacts.with_database(stores.for_jobs),
        delivery=tools.delivery,
        cancellation=CancellationScope(),
        estimate=Estimate(queue_limits),
        slotted_engines=queue_limits.engines,
        now=now,
    )
    return KindDependencies(
        stores=stores,
        engines=engines,
        queue_limits=queue_limits,
        environment=environment,
        settlement=Settlement(
            stores.for_jobs, stores.jobs, stores.ledger, tools.delivery, engines.is_metered, now
        ),
        tools=tools,
    )


async def open_kinds(dependencies: KindDependencies, stack: AsyncExitStack) -> Sequence[Kind[Any]]:
    """The kinds of jobs."""
    finish_picture = partial(finish, marks=dependencies.tools.marks)
    hosts = dependencies.engines.hosts
    sampling = Sampling(
        hosts,
        finish=finish_picture,
        paid=PaidPictures(hosts, dependencies.stores.segments, finish_picture),
        slots=EngineSlots(dependencies.queue_limits.engines, dependencies.stores.leases),
    )
    assembly = Assembly(
        dependencies.tools.pool,
        finish=partial(finish_video, pool=dependencies.tools.pool, marks=dependencies.tools.marks),
        folder=dependencies.tools.folder,
    )
    # Without a service films are still ended that were begun with one.
    videos = dependencies.engines.videos
    segment_maker = await _segment_maker(dependencies, videos, stack) if videos else None
    return (
        ImageKind(sampling),
        VideoKind(segment_maker, assembly),
        MorphKind(sampling, assembly),
        UpscaleKind(sampling),
        BlendKind(sampling),
        EditKind(sampling),
    )


def steps_of(
    kinds: Sequence[Kind[Any]], dependencies: KindDependencies, delivery: Delivery
) -> Mapping[str, JobSteps]:
    """The steps of each kind of job, by its name, shown by that delivery."""
    environment = replace(dependencies.environment, delivery=delivery)
    return {
        kind.order_type.kind: JobSteps(kind, environment, dependencies.settlement) for kind in kinds
    }


async def _segment_maker(
    dependencies: KindDependencies, videos: VideoService, stack: AsyncExitStack
) -> SegmentMaker:
    typical_s = {engine.id: await _typical_s(dependencies, engine) for engine in videos.priced}
    return SegmentMaker(
        client=videos.client,
        poller=await stack.enter_async_context(_poller(dependencies, videos, typical_s)),
        start=VideoStart(dependencies.stores.segments, videos.client),
        pool=dependencies.tools.pool,
        engines=SegmentEngines(
            typical_s, frozenset(engine.id for engine in videos.priced if engine.backend)
        ),
    )


async def _typical_s(dependencies: KindDependencies, engine: Engine) -> float:
    """How long a segment takes, learned before the last restart by all processes together."""
    estimate = dependencies.environment.estimate
    learned = await dependencies.stores.database.read(
        estimate.duration, engine.id, segment_price_mc(engine)
    )
    return learned.total_seconds() if learned else engine.typical_s


def _poller(
    dependencies: KindDependencies, videos: VideoService, typical_s: Mapping[str, float]
) -> Poller[Video]:
    async def ask(result_id: str) -> Video | None:
        folder = dependencies.tools.folder
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        return await videos.client.fetch(result_id, folder / f"{result_id}.mp4")

    async def remember(result_id: str, wait: timedelta) -> None:
        await dependencies.stores.database.write(
            dependencies.stores.segments.note_next_poll, result_id, now() + wait
        )

    queue = PollQueue(typical_s, videos.requests_per_s, videos.poll_spacing_s)
    return Poller(ask, queue, pace=videos.pace, remember=remember)
