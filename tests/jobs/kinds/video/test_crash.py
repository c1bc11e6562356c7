"""A film goes on after its process ended, wherever that was: never started twice, shown once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from generation.errors import Busy
from jobs.delivery import Shown
from jobs.errors import GivenUp, NotAnswered
from jobs.kinds.paid_calls import ANSWER_WITHIN
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.video.host import picture
from tests.generation.video.scripted_rest import gives_video, hangs
from tests.jobs.harness import START_MC
from tests.jobs.kinds.video.harness import EACH_MC, VideoWorkshop, a_video_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.generation.video.scripted_rest import Seen

UNTOUCHED = Balance(START_MC, 0)
VIDEO_ID = "film-1"


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[VideoWorkshop]:
    async with VideoWorkshop(tmp_path) as opened:
        yield opened


def paid(count: int) -> Balance:
    return Balance(START_MC - EACH_MC * count, 0)


async def ended(running: asyncio.Task[object]) -> None:
    """The process ends in good order: its tasks are cancelled."""
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_before_it_was_sent_it_is_just_begun_again(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    assert await workshop.database.write(workshop.store.start, job.id)
    await workshop.open_videos()
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert workshop.board.questions == []
    assert len(workshop.host_of_videos.starts) == 1


async def test_after_it_was_sent_its_author_is_asked(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    assert await workshop.database.write(workshop.store.start, job.id)
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)

    async def press() -> None:
        assert workshop.host_of_videos.rest.requests == []
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert len(workshop.board.questions) == 1
    assert len(workshop.host_of_videos.starts) == 1
    assert await workshop.balance() == paid(1)


async def test_after_it_was_sent_our_own_server_is_sent_the_same_again(tmp_path: Path):
    async with VideoWorkshop(tmp_path, is_ours=True) as workshop:
        job = await workshop.accept_video()
        part = await workshop.database.write(workshop.segments.note_sent, job.id, 0)
        job = await workshop.run_video(job)
        assert job.state is JobState.DELIVERED
        assert workshop.board.questions == []
        (start,) = workshop.host_of_videos.starts
        assert start.request_id == f"{job.id}-0-{part.starts}"


async def test_who_was_asked_before_the_crash_has_the_rest_of_the_hour(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    asked = await workshop.database.write(workshop.segments.ask, job.id, 0)
    workshop.clock.advance(minutes=40)

    async def wait() -> None:
        workshop.clock.advance(minutes=19, seconds=58)

    workshop.board.on_question = wait
    job = await workshop.run_video(job)
    assert asked.asked_at
    assert workshop.board.questions == [(0, asked.asked_at + ANSWER_WITHIN)]
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, NotAnswered)
    assert await workshop.balance() == UNTOUCHED


async def test_who_answered_before_the_crash_is_not_asked_again(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.ask, job.id, 0)
    assert await workshop.answer(wants_again=False)
    job = await workshop.run_video(job)
    assert workshop.board.questions == []
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, GivenUp)


async def test_when_the_hour_passed_meanwhile_nobody_is_asked(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.ask, job.id, 0)
    workshop.clock.advance(hours=3)
    await workshop.run_video(job)
    assert workshop.board.questions == []
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, NotAnswered)


async def test_after_its_id_was_kept_the_polls_go_on(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.note_begun, job.id, 0, VIDEO_ID)
    due_at = workshop.clock() + timedelta(seconds=9)
    await workshop.database.write(workshop.segments.note_next_poll, VIDEO_ID, due_at)
    workshop.host_of_videos.at_polls = [gives_video(b"", finish_reason="CONTENT_FILTERED")]
    await workshop.run_video(job)
    ((asked, instant),) = workshop.host_of_videos.polls
    assert asked == VIDEO_ID
    assert instant >= due_at.timestamp()
    assert workshop.host_of_videos.starts == []


async def test_the_ten_seconds_hold_over_a_crash(workshop: VideoWorkshop):
    """It happens while the answer to a poll is on its way."""
    host = workshop.host_of_videos
    came = asyncio.Event()

    async def never(seen: Seen, writer: asyncio.StreamWriter) -> None:
        came.set()
        await hangs(seen, writer)

    host.at_polls = [never]
    job = await workshop.accept_video()
    running = asyncio.create_task(workshop.run_video(job))
    await came.wait()
    await ended(running)
    await workshop.open_videos()
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert len(host.starts) == 1
    assert min(host.gaps_s()) >= 10
    assert await workshop.balance() == paid(1)


async def test_a_part_that_is_kept_is_not_made_again(workshop: VideoWorkshop):
    host = workshop.host_of_videos
    came = asyncio.Event()

    async def never(seen: Seen, writer: asyncio.StreamWriter) -> None:
        came.set()
        await hangs(seen, writer)

    host.at_polls = []
    job = await workshop.accept_video(a_video_order(2))
    host.at_starts = [host.takes, never]
    running = asyncio.create_task(workshop.run_video(job))
    await came.wait()
    await ended(running)
    assert len(await workshop.kept("segment")) == len(await workshop.kept("last")) == 1

    async def press() -> None:
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    await workshop.open_videos()
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert [one.image for one in host.starts].count(picture()) == 1
    assert len(host.starts) == 2
    assert [number for number, _ in workshop.board.questions] == [1]
    assert await workshop.balance() == paid(2)


async def test_a_shutdown_keeps_the_id_of_a_start_under_way(workshop: VideoWorkshop):
    host = workshop.host_of_videos
    came, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        came.set()
        await go_on.wait()
        await host.takes(seen, writer)

    host.at_starts = [slowly]
    job = await workshop.accept_video()
    running = asyncio.create_task(workshop.run_video(job))
    await came.wait()
    running.cancel()
    go_on.set()
    await ended(running)
    assert (
        await workshop.database.read(workshop.segments.get, job.id, 0)
    ).result_id == host.starts[0].result_id
    await workshop.open_videos()
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert len(host.starts) == 1
    assert workshop.board.questions == []


async def test_a_shutdown_sends_nothing_that_still_waits_for_its_turn(workshop: VideoWorkshop):
    waits, go_on = asyncio.Event(), asyncio.Event()

    class EngineSlots:
        async def wait(self) -> None:
            waits.set()
            await go_on.wait()

        async def hold_off(self, pause: timedelta) -> None:
            raise Busy

    workshop.pace = EngineSlots()
    await workshop.open_videos()
    job = await workshop.accept_video()
    running = asyncio.create_task(workshop.run_video(job))
    await waits.wait()
    running.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    # Its turn would come within the moment that a start under way is given.
    go_on.set()
    await ended(running)
    assert workshop.host_of_videos.rest.requests == []
    assert not (await workshop.database.read(workshop.segments.get, job.id, 0)).is_lost


async def test_a_cancel_before_a_crash_counts_after_it(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.note_begun, job.id, 0, VIDEO_ID)
    assert await workshop.database.write(workshop.store.start, job.id)
    assert await workshop.cancel()
    job = await workshop.run_video(job)
    assert job.state is JobState.CANCELLED
    assert workshop.host_of_videos.polls == []
    assert await workshop.balance() == UNTOUCHED


async def test_a_delivery_that_broke_off_shows_the_same_video_again(workshop: VideoWorkshop):
    job = await workshop.accept_video(a_video_order(2))
    steps = workshop.video_steps
    outcome = await steps.generate(job.id)
    workshop.board.go_on.clear()
    delivering = asyncio.create_task(steps.deliver(job.id, outcome.get("failure")))
    await workshop.board.before_result.wait()
    await ended(delivering)
    workshop.board.go_on.set()
    (cut,) = await workshop.artifacts.of_job(job.id)
    await workshop.open_videos()
    assert (await workshop.video_steps.deliver(job.id, outcome.get("failure"))).count == 2
    assert await workshop.artifacts.of_job(job.id) == [cut]
    assert len(workshop.board.clips) == 1
    await workshop.video_steps.close(job.id, None, Shown(count=2))
    assert await workshop.balance() == paid(2)


async def test_once_the_delivery_began_nobody_cancels(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    outcome = await workshop.video_steps.generate(job.id)
    assert (await workshop.video_steps.deliver(job.id, outcome.get("failure"))).count == 1
    assert not await workshop.cancel()
    await workshop.video_steps.close(job.id, None, Shown(count=1))
    assert await workshop.balance() == paid(1)


async def test_a_video_is_closed_once(workshop: VideoWorkshop):
    job = await workshop.run_video(await workshop.accept_video())
    for _ in range(2):
        await workshop.video_steps.close(job.id, None, Shown(count=1))
    assert (await workshop.job()).state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)
