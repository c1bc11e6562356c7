"""The workflow of films: the workshop's rooms, and the real client against a scripted host."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.delivery.provenance import finish_video
from generation.video.client import Video, VideoClient, VideoEndpoint, VideoTimeouts
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from jobs.delivery import NOTHING_MADE
from jobs.kinds.assembly import Assembly
from jobs.kinds.video.kind import VideoKind
from jobs.kinds.video.segments import SegmentEngines, SegmentMaker
from jobs.kinds.video.start import VideoStart
from jobs.orders.video import VideoOrder
from media.pool import MediaPool
from media.video import probe
from storage.jobs.jobs import Job, JobState
from storage.jobs.segments import Segments
from storage.ledger.accounts import Policy
from tests.generation.video.host import FRAMES, RATE, SIZE, VideoHost, picture
from tests.generation.video.scripted_rest import KEY, serving
from tests.jobs.harness import CHANNEL, MEMBER, Board, Workshop
from tests.media.signing import marks_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from generation.image.calls import Pace
    from jobs.delivery import Progress, Result
    from jobs.orders.order import Input
    from storage.database import Transaction

ENGINE_ID = "stable-video-diffusion"
TYPICAL_S = 4.0
EACH_MC = 2_000
SEED = 7


class VideoBoard(Board):
    """Shows films to a test; `on_question` is what their author does when asked."""

    def __init__(self) -> None:
        super().__init__()
        self.underways: list[tuple[datetime, bool]] = []
        self.dues: list[bool] = []
        self.questions: list[tuple[int, datetime]] = []
        self.on_question: Callable[[], Any] | None = None
        self.on_underway: Callable[[], Any] | None = None

    async def progress(self, job: Job, progress: Progress) -> None:
        assert progress.ready_at
        self.underways.append((progress.ready_at, progress.is_late))
        self.dues.append(progress.is_due)
        if self.on_underway and not progress.is_late:
            await self.on_underway()

    async def question(
        self,
        job: Job,
        number: int,
        until: datetime,
        count: int = 1,
        result: Result = NOTHING_MADE,
    ) -> bool:
        self.questions.append((number, until))
        if self.on_question:
            await self.on_question()
        return True


class VideoWorkshop(Workshop):
    """Everything that a film's workflow needs, in a folder of its own."""

    board: VideoBoard

    def __init__(self, folder: Path, *, is_ours: bool = False, **host: Any) -> None:
        super().__init__(folder)
        self.board = VideoBoard()
        self.is_ours = is_ours
        self.host_of_videos = VideoHost(clock=self.seconds, has_journal=is_ours, **host)
        self._rooms = AsyncExitStack()
        self.base = ""
        self.patience = timedelta(seconds=20)
        self.pace: Pace | None = None

    def seconds(self) -> float:
        return self.clock().timestamp()

    async def __aexit__(self, *problem: object) -> None:
        await self._rooms.aclose()
        await super().__aexit__(*problem)

    async def open(self) -> None:
        await super().open()
        self.pool = await self._stack.enter_async_context(MediaPool())
        self.base = await self._stack.enter_async_context(serving(self.host_of_videos.rest))
        await self.open_videos()

    async def open_videos(self, *, with_engine: bool = True) -> None:
        """Open what makes films, as a fresh process would."""
        await self._rooms.aclose()
        self._rooms = AsyncExitStack()
        self.making = self.folder / "making"
        self.making.mkdir(exist_ok=True)
        self.segments = Segments(self.clock)
        self.client = await self._rooms.enter_async_context(
            VideoClient(
                VideoEndpoint(self.base, KEY),
                check=partial(self.pool.run, probe),
                pace=self.pace,
                timeouts=VideoTimeouts(answer=self.patience, idle=self.patience),
                repeats_are_safe=self.is_ours,
                clock=self.seconds,
            )
        )
        finish = partial(finish_video, pool=self.pool, marks=marks_in(self.folder))
        assembly = Assembly(self.pool, finish, self.making)
        maker = await self._segment_maker() if with_engine else None
        self.video_steps = self.steps_of(VideoKind(maker, assembly))

    async def _segment_maker(self) -> SegmentMaker:
        async def ask(result_id: str) -> Video | None:
            return await self.client.fetch(result_id, self.making / f"{result_id}.mp4")

        async def remember(result_id: str, wait: timedelta) -> None:
            await self.database.write(self.segments.note_next_poll, result_id, self.clock() + wait)

        poller = Poller(
            ask,
            PollQueue({ENGINE_ID: TYPICAL_S}),
            remember=remember,
            clock=self.seconds,
            sleep=self.clock.sleep,
        )
        return SegmentMaker(
            client=self.client,
            poller=await self._rooms.enter_async_context(poller),
            start=VideoStart(self.segments, self.client),
            pool=self.pool,
            engines=SegmentEngines({ENGINE_ID: TYPICAL_S}, frozenset()),
        )

    async def accept_video(
        self, order: VideoOrder | None = None, job_id: str = "job1", inputs: Sequence[Input] = ()
    ) -> Job:
        """A film's job with its hold and its pictures, as `Jobs.submit` leaves it."""
        order = order or a_video_order()
        job = a_video_job(order, self.clock(), job_id, self.guild_id)
        kept = [
            await self.artifacts.put(
                job_id, one.role, one.position, one.data, mime=one.mime, size=one.size
            )
            for one in inputs
        ]
        if not inputs:
            kept = [
                await self.artifacts.put(job_id, "first", 0, picture(), mime="image/png", size=SIZE)
            ]

        def unit(connection: Transaction) -> None:
            assert self.store.add(connection, job)
            for one in kept:
                self.artifacts.record(connection, one)
            self.ledger.open(connection, self.account, Policy())
            self.ledger.hold(connection, self.account, job.price_mc, job.id, order.title)

        await self.database.write(unit)
        return job

    async def run_video(self, job: Job) -> Job:
        """The film's whole workflow, step by step; the job as it is then."""
        return await self.run(job, self.video_steps)

    async def kept(self, role: str, job_id: str = "job1") -> list[bytes]:
        """The bytes of a job's artifacts, in order."""
        found = await self.artifacts.of_job(job_id, role)
        return [await self.artifacts.read(one) for one in found]

    async def answer(self, *, wants_again: bool, job_id: str = "job1") -> bool:
        """What the author presses when asked."""
        return await self.database.write(self.segments.answer, job_id, wants_again=wants_again)


def a_video_order(segments: int = 1, **values: Any) -> VideoOrder:
    """An order of so many parts."""
    known: dict[str, Any] = {
        "title": "a fox",
        "engine_id": ENGINE_ID,
        "width": SIZE[0],
        "height": SIZE[1],
        "seed": SEED,
        "cfg_scale": 1.8,
        "motion_bucket_id": 127,
        "segments": segments,
        "segment_s": FRAMES / RATE,
    }
    return VideoOrder(**{**known, **values})


def a_video_job(order: VideoOrder, accepted_at: datetime, job_id: str, guild_id: int) -> Job:
    return Job(
        id=job_id,
        key=f"key-{job_id}",
        kind=order.kind,
        state=JobState.WAITING,
        guild_id=guild_id,
        channel_id=CHANNEL,
        message_id=100,
        member_id=MEMBER,
        interaction_token="token",
        engine_id=ENGINE_ID,
        spec=order.to_json(),
        price_mc=EACH_MC * order.segments,
        accepted_at=accepted_at,
    )
