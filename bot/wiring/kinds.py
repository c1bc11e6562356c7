"""The roads of all kinds of jobs, put together from their parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.clock import now
from bot.delivery.pictures import PictureDelivery
from bot.delivery.provenance import finish, finish_video
from bot.delivery.videos import VideoShowing
from generation.pricing import segment_price_mc
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from jobs.kinds.assembly import Assembly
from jobs.kinds.image import ImageKind
from jobs.kinds.morph import MorphKind
from jobs.kinds.sampling import Sampling
from jobs.kinds.video.kind import VideoKind
from jobs.kinds.video.segments import SegmentMaker
from jobs.kinds.video.start import VideoStart
from jobs.orders.image import ImageOrder
from jobs.orders.morph import MorphOrder
from jobs.orders.video import VideoOrder
from jobs.runner.cancellation import CancellationScope
from jobs.runner.estimate import Estimate
from jobs.runner.queues import queue_limits_of
from jobs.runner.slots import EngineSlots
from jobs.settlement import Settlement
from storage.jobs.engine_speeds import EngineSpeeds
from storage.jobs.queue_position import QueuePosition

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from bot.delivery.file_limits import FileLimits
    from bot.delivery.status_cards import JobStatusCards
    from bot.settings import Settings
    from bot.wiring.engines import Engines
    from bot.wiring.stores import Stores
    from bot.wiring.video_service import VideoEngine
    from generation.video.client import Video
    from jobs.runner.durable import Kind
    from jobs.runner.queues import QueueLimits
    from media.marking.marks import Marks
    from media.pool import MediaPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the roads are built from; `folder` is for films that are on their way."""

    stores: Stores
    engines: Engines
    queue_limits: QueueLimits
    estimate: Estimate
    pool: MediaPool
    marks: Marks
    running: CancellationScope
    settlement: Settlement
    status_cards: JobStatusCards
    file_limits: FileLimits
    video_showing: VideoShowing
    folder: Path


def open_studio(
    settings: Settings,
    stores: Stores,
    engines: Engines,
    status_cards: JobStatusCards,
    file_limits: FileLimits,
    pool: MediaPool,
    marks: Marks,
) -> Studio:
    """Everything that more than one road needs."""
    queue_limits = queue_limits_of(engines.offered)
    folder = settings.atelier_state / "making"
    folder.mkdir(parents=True, exist_ok=True)
    return Studio(
        stores=stores,
        engines=engines,
        queue_limits=queue_limits,
        estimate=Estimate(
            EngineSpeeds(stores.database), QueuePosition(stores.database), queue_limits
        ),
        pool=pool,
        marks=marks,
        running=CancellationScope(stores.jobs, status_cards),
        settlement=Settlement(stores.database, stores.jobs, stores.ledger, status_cards),
        status_cards=status_cards,
        file_limits=file_limits,
        video_showing=VideoShowing(
            status_cards,
            file_limits,
            stores.artifacts,
            pool,
            marks,
            catalogue=engines.offered,
            engine=engines.video_engine,
            folder=folder,
            link_base=settings.atelier_artifacts_link,
        ),
        folder=folder,
    )


async def open_kinds(studio: Studio, stack: AsyncExitStack) -> dict[str, Kind]:
    """The road of each kind of job."""
    sampling = _sampling(studio)
    assembly = Assembly(
        database=studio.stores.database,
        artifacts=studio.stores.artifacts,
        pool=studio.pool,
        finish=partial(finish_video, pool=studio.pool, marks=studio.marks),
        folder=studio.folder,
        now=now,
    )
    return {
        ImageOrder.kind: _image_kind(studio, sampling),
        VideoOrder.kind: await _video_kind(studio, assembly, stack),
        MorphOrder.kind: _morph_kind(studio, sampling, assembly),
    }


def _sampling(studio: Studio) -> Sampling:
    return Sampling(
        database=studio.stores.database,
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        client=studio.engines.client,
        shown=studio.status_cards,
        running=studio.running,
        finish=partial(finish, marks=studio.marks),
        slots=EngineSlots(studio.queue_limits.engines, studio.stores.leases),
        now=now,
    )


def _image_kind(studio: Studio, sampling: Sampling) -> ImageKind:
    delivery = PictureDelivery(
        studio.status_cards,
        studio.file_limits,
        studio.engines.offered,
        studio.pool,
        studio.marks,
        video_engine=studio.engines.video_engine,
        now=now,
    )
    return ImageKind(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        sampling=sampling,
        shown=studio.status_cards,
        delivery=delivery,
        running=studio.running,
        settlement=studio.settlement,
        estimate=studio.estimate,
        now=now,
    )


def _morph_kind(studio: Studio, sampling: Sampling, assembly: Assembly) -> MorphKind:
    """The road of walks between prompts: their frames are drawn like pictures."""
    return MorphKind(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        sampling=sampling,
        assembly=assembly,
        shown=studio.status_cards,
        delivery=studio.video_showing,
        running=studio.running,
        settlement=studio.settlement,
        estimate=studio.estimate,
        now=now,
    )


async def _video_kind(studio: Studio, assembly: Assembly, stack: AsyncExitStack) -> VideoKind:
    """The road of films; without a service it only ends those that were begun with one."""
    videos = studio.engines.videos
    return VideoKind(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        segment_maker=await _segment_maker(studio, videos, stack) if videos else None,
        assembly=assembly,
        shown=studio.status_cards,
        delivery=studio.video_showing,
        running=studio.running,
        settlement=studio.settlement,
    )


async def _segment_maker(
    studio: Studio, videos: VideoEngine, stack: AsyncExitStack
) -> SegmentMaker:
    start = VideoStart(
        jobs=studio.stores.jobs,
        segments=studio.stores.segments,
        client=videos.client,
        shown=studio.status_cards,
        delivery=studio.video_showing,
        running=studio.running,
        now=now,
    )
    engine = videos.engine
    # Learned before the last restart, by all processes together.
    learned = await studio.estimate.duration(engine.id, segment_price_mc(engine))
    typical = learned or timedelta(seconds=engine.typical_s)
    return SegmentMaker(
        database=studio.stores.database,
        artifacts=studio.stores.artifacts,
        client=videos.client,
        poller=await stack.enter_async_context(_poller(studio, videos, typical)),
        start=start,
        delivery=studio.video_showing,
        running=studio.running,
        estimate=studio.estimate,
        pool=studio.pool,
        typical=typical,
        now=now,
    )


def _poller(studio: Studio, videos: VideoEngine, typical: timedelta) -> Poller[Video]:
    async def ask(result_id: str) -> Video | None:
        return await videos.client.fetch(result_id, studio.folder / f"{result_id}.mp4")

    async def remember(result_id: str, wait: timedelta) -> None:
        await studio.stores.segments.note_next_poll(result_id, now() + wait)

    queue = PollQueue({videos.engine.id: typical.total_seconds()}, videos.requests_per_s)
    return Poller(ask, queue, pace=videos.pace, remember=remember)
