"""The poller against a storm of 429s, measured where the requests arrive, in a time of its own."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from generation.errors import Busy, ResultGone
from generation.video.client import VideoClient, VideoEndpoint
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from tests.generation.video.scripted_rest import (
    KEY,
    ScriptedRest,
    gives_video,
    mp4,
    refuses,
    replies_json,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from generation.video.client import Video
    from tests.generation.video.scripted_rest import Seen

VIDEOS = [f"{number:064x}" for number in range(40)]
TYPICAL_S = 41.0


class Time:
    """Goes on by what is slept, but only while no request is on its way."""

    def __init__(self) -> None:
        self.now = 0.0
        self._requests = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        await self._is_idle.wait()
        self.now += seconds

    def begin_request(self) -> None:
        self._requests += 1
        self._is_idle.clear()

    def end_request(self) -> None:
        self._requests -= 1
        if not self._requests:
            self._is_idle.set()


class Storm:
    """Films are ready after 300 s and more; in the storms every request is refused."""

    def __init__(self, time: Time, **headers: str) -> None:
        self.time = time
        self.headers = headers
        self.came: list[tuple[float, str, int]] = []

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        video_id = seen.path.rpartition("/")[2]
        now = self.time.now
        if 30 <= now < 250 or 400 <= now < 402:
            status, script = 429, refuses(429, "rate_limit_exceeded", "slow down", **self.headers)
        elif now < 300 + VIDEOS.index(video_id) * 5:
            told = {"id": video_id, "status": "in-progress"}
            status, script = 202, replies_json(202, told)
        else:
            status, script = 200, gives_video(mp4())
        self.came.append((now, video_id, status))
        await script(seen, writer)

    def gaps_of_each(self) -> list[float]:
        by_id: dict[str, list[float]] = defaultdict(list)
        for now, video_id, _ in self.came:
            by_id[video_id].append(now)
        return [later - one for times in by_id.values() for one, later in pairwise(times)]

    def waits_after_refusals(self) -> list[float]:
        refused = {now for now, _, status in self.came if status == 429}
        times = sorted({now for now, _, _ in self.came})
        return [later - now for now, later in pairwise(times) if now in refused]


@asynccontextmanager
async def polling(time: Time, storm: Storm, folder: Path) -> AsyncGenerator[Poller[Video]]:
    async with (
        serving(ScriptedRest(storm)) as base,
        VideoClient(VideoEndpoint(base, KEY), clock=time) as client,
    ):

        async def remember(_video_id: str, _wait: timedelta) -> None:
            time.begin_request()
            # As long as a database takes: time enough for another film's 429.
            for _ in range(int(_video_id, 16)):
                await asyncio.sleep(0)

        async def ask(video_id: str) -> Video | None:
            try:
                return await client.fetch(video_id, folder / f"{video_id}.mp4")
            finally:
                time.end_request()

        queue = PollQueue({"svd": TYPICAL_S}, polls_per_s=15)
        async with Poller(ask, queue, remember=remember, clock=time, sleep=time.sleep) as poller:
            yield poller


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [({}, 60), ({"retry_after": "5"}, 60), ({"retry_after": "90"}, 90)],
)
async def test_a_time_out_is_kept_and_every_video_arrives(
    tmp_path: Path, headers: dict[str, str], pause_s: float
):
    time = Time()
    storm = Storm(time, **headers)
    async with polling(time, storm, tmp_path) as poller:
        videos = await asyncio.gather(*(poller.result(video_id, "svd") for video_id in VIDEOS))
    assert [video.path.name for video in videos] == [f"{video_id}.mp4" for video_id in VIDEOS]
    waits = storm.waits_after_refusals()
    assert len(waits) >= 3
    assert min(waits) >= pause_s
    assert min(storm.gaps_of_each()) >= 10


async def test_a_poll_that_had_its_turn_before_the_refusal_is_not_sent_after_it(tmp_path: Path):
    """Its instant was still being written down when another film's 429 came."""
    time, refused = Time(), asyncio.Event()
    backend = ScriptedRest(refuses(429, "rate_limit_exceeded"), gives_video(mp4()))
    first, second = VIDEOS[:2]
    asked_at: list[float] = []
    async with serving(backend) as base:
        client = VideoClient(VideoEndpoint(base), clock=time)

        async def remember(video_id: str, _wait: timedelta) -> None:
            time.begin_request()
            if video_id == second:
                await refused.wait()

        async def ask(video_id: str) -> Video | None:
            try:
                return await client.fetch(video_id, tmp_path / video_id)
            except Busy:
                refused.set()
                raise
            finally:
                asked_at.append(time.now)
                time.end_request()

        queue = PollQueue({"svd": TYPICAL_S})
        poller = Poller(ask, queue, remember=remember, clock=time, sleep=time.sleep)
        async with client, poller:
            age = timedelta(hours=1)
            await asyncio.gather(*(poller.result(one, "svd", age) for one in (first, second)))
    assert [now < 60 for now in asked_at] == [True, True, False, False]
    assert len(backend.requests) == 3


async def test_what_a_clock_jump_spoilt_is_polled_all_the_same(tmp_path: Path):
    """A film that began in the future, and one that may not be asked for until next month."""
    time = Time()
    time.now = 1000.0
    storm = Storm(time)
    month, hour = timedelta(days=30), timedelta(hours=1)
    async with polling(time, storm, tmp_path) as poller:
        await asyncio.gather(
            poller.result(VIDEOS[0], "svd", age=-month),
            poller.result(VIDEOS[1], "svd", age=month),
            poller.result(VIDEOS[2], "svd", wait=-month),
            poller.result(VIDEOS[3], "svd", wait=month),
        )
    came = {video_id: now - 1000 for now, video_id, _ in storm.came}
    assert came[VIDEOS[0]] < 60
    assert came[VIDEOS[1]] < 60
    assert came[VIDEOS[2]] < 60
    assert came[VIDEOS[3]] <= hour.total_seconds()


async def test_a_video_that_is_gone_ends_alone(tmp_path: Path):
    time = Time()

    class Gone(Storm):
        async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
            if seen.path.endswith(VIDEOS[0]):
                await refuses(404, "not_found", "id: expired")(seen, writer)
            else:
                await super().__call__(seen, writer)

    async with polling(time, Gone(time), tmp_path) as poller:
        gone = asyncio.create_task(poller.result(VIDEOS[0], "svd"))
        video = await poller.result(VIDEOS[1], "svd")
        with pytest.raises(ResultGone, match="expired"):
            await gone
    assert video.path.exists()
