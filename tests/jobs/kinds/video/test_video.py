"""The workflow of a film: made in parts, joined, delivered and paid, or ended with a reason."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from generation.errors import (
    BadRequest,
    Filtered,
    GarbledAnswer,
    OutOfCredit,
    ResultGone,
    Unauthorized,
)
from generation.video.poller import GARBLED_POLLS
from jobs.errors import Interrupted, NoVideos
from jobs.kinds.video import segments
from jobs.kinds.video.segments import RESULT_LIFE
from jobs.orders.order import Input
from jobs.steps import MAX_STARTS
from media.camera import Camera, Move
from media.video import last_frame, probe
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.video.host import FRAMES, SIZE, clip, picture
from tests.generation.video.scripted_rest import gives_video, refuses, replies
from tests.jobs.harness import START_MC
from tests.jobs.kinds.video.harness import EACH_MC, SEED, TYPICAL_S, VideoWorkshop, a_video_order
from tests.media.containers import source_type
from tests.media.marking.credentials import verified
from tests.media.recipes import read_video_recipe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.generation.video.scripted_rest import Script

UNTOUCHED = Balance(START_MC, 0)


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[VideoWorkshop]:
    async with VideoWorkshop(tmp_path) as opened:
        yield opened


def paid(count: int) -> Balance:
    return Balance(START_MC - EACH_MC * count, 0)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "looked-at.mp4"
    path.write_bytes(data)
    return path


async def test_a_video_is_made_delivered_and_paid(workshop: VideoWorkshop):
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert workshop.board.shown == [("result", (1, None))]
    assert await workshop.balance() == paid(1)
    (start,) = workshop.host_of_videos.starts
    assert (start.image, start.seed, start.motion, start.cfg) == (picture(), SEED, 127, 1.8)
    (shown,) = workshop.board.clips
    facts = await asyncio.to_thread(probe, written(workshop.folder, shown))
    assert (facts.width, facts.height, facts.frames) == (*SIZE, FRAMES)
    assert list(workshop.making.iterdir()) == []


async def test_the_video_tells_how_it_was_made(workshop: VideoWorkshop):
    order = a_video_order(prompt="a fox runs", camera=Camera(move=Move.ZOOM_IN))
    await workshop.run_video(await workshop.accept_video(order))
    text = read_video_recipe(written(workshop.folder, workshop.board.clips[0]))
    assert text
    recipe: dict[str, Any] = json.loads(text)
    assert recipe["engine_id"] == order.engine_id
    assert (recipe["seed"], recipe["prompt"], recipe["segments"]) == (SEED, "a fox runs", 1)
    assert recipe["camera"]["move"] == "zoom-in"


async def test_the_kept_video_is_signed_since_it_may_be_linked(workshop: VideoWorkshop):
    camera = Camera(move=Move.ZOOM_IN)
    orders = a_video_order(), a_video_order(2), a_video_order(camera=camera)
    for number, order in enumerate(orders, start=1):
        await workshop.run_video(await workshop.accept_video(order, f"job{number}"))
        (kept,) = await workshop.kept("result", f"job{number}")
        assert source_type(kept, "video/mp4") == "trainedAlgorithmicMedia"
        told = verified(kept, "video/mp4")
        assert told.action["softwareAgent"] == {"name": order.engine_id}


async def test_each_part_goes_on_from_the_last_frame_of_the_one_before(workshop: VideoWorkshop):
    job = await workshop.run_video(await workshop.accept_video(a_video_order(3)))
    assert job.state is JobState.DELIVERED
    first, second, third = workshop.host_of_videos.starts
    for number, start in ((0, second), (1, third)):
        ended = last_frame(written(workshop.folder, clip(number)))
        assert start.image == ended
    assert [one.seed for one in (first, second, third)] == [SEED, SEED + 1, SEED + 2]
    facts = await asyncio.to_thread(probe, written(workshop.folder, workshop.board.clips[0]))
    assert facts.frames == 3 * FRAMES
    assert await workshop.balance() == paid(3)
    assert await workshop.kept("segment") == [clip(0), clip(1), clip(2)]


async def test_a_server_that_keeps_the_last_frame_is_asked_for_it(tmp_path: Path):
    lossless = picture(99)
    async with VideoWorkshop(tmp_path, last_frame=lossless) as workshop:
        await workshop.run_video(await workshop.accept_video(a_video_order(2)))
        assert [one.image for one in workshop.host_of_videos.starts] == [picture(), lossless]
        assert await workshop.balance() == paid(2)


async def test_a_last_frame_that_is_none_is_taken_from_the_video(tmp_path: Path):
    async with VideoWorkshop(tmp_path, last_frame=b"no picture") as workshop:
        await workshop.run_video(await workshop.accept_video(a_video_order(2)))
        ended = last_frame(written(workshop.folder, clip(0)))
        assert workshop.host_of_videos.starts[1].image == ended


async def test_what_came_before_a_failure_is_delivered_and_the_rest_released(
    workshop: VideoWorkshop,
):
    host = workshop.host_of_videos
    taken = [host.takes, host.takes, refuses(403, "content_moderation", "no")]
    host.at_starts = taken
    job = await workshop.run_video(await workshop.accept_video(a_video_order(3)))
    assert job.state is JobState.DELIVERED
    ((what, (made, failure)),) = workshop.board.shown
    assert (what, made, type(failure)) == ("result", 2, Filtered)
    facts = await asyncio.to_thread(probe, written(workshop.folder, workshop.board.clips[0]))
    assert facts.frames == 2 * FRAMES
    assert await workshop.balance() == paid(2)


@pytest.mark.parametrize(
    ("script", "kind", "told"),
    [
        (refuses(403, "content_moderation", "no"), Filtered, {"what": "picture"}),
        (
            refuses(400, "bad_request", "motion_bucket_id: must be at most 255, dear caller"),
            BadRequest,
            {"field": "motion", "reason": "must be at most 255, dear caller"},
        ),
        (refuses(401, "unauthorized", "bad key"), Unauthorized, {}),
        (refuses(402, "payment_required", "no credits"), OutOfCredit, {}),
    ],
)
async def test_a_start_that_is_refused_costs_nothing(
    workshop: VideoWorkshop, script: Script, kind: type[Exception], told: dict[str, Any]
):
    workshop.host_of_videos.at_starts = [script]
    job = await workshop.run_video(await workshop.accept_video())
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", kind)
    assert job.state is JobState.FAILED
    assert job.failure
    assert job.failure["error"] == kind.__name__
    assert told.items() <= job.failure.items()
    assert await workshop.balance() == UNTOUCHED
    assert bool(workshop.board.alerts) == (kind in (Unauthorized, OutOfCredit))
    assert not (await workshop.database.read(workshop.segments.get, job.id, 0)).is_lost


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (gives_video(b"", finish_reason="CONTENT_FILTERED"), Filtered),
        (refuses(404, "not_found", "no such id"), ResultGone),
        (refuses(401, "unauthorized", "bad key"), Unauthorized),
    ],
)
async def test_a_video_that_does_not_come_costs_nothing(
    workshop: VideoWorkshop, script: Script, kind: type[Exception]
):
    workshop.host_of_videos.at_polls = [script]
    job = await workshop.run_video(await workshop.accept_video())
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", kind)
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED
    assert bool(workshop.board.alerts) == (kind is Unauthorized)


async def test_a_garbled_video_is_asked_for_a_few_times(workshop: VideoWorkshop):
    broken = gives_video(clip(0)[:-200])
    workshop.host_of_videos.at_polls = [broken] * (GARBLED_POLLS - 1)
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert min(workshop.host_of_videos.gaps_s()) >= 10


async def test_a_video_that_stays_garbled_is_given_up(workshop: VideoWorkshop):
    workshop.host_of_videos.at_polls = [replies(200, b"no film")] * 9
    await workshop.run_video(await workshop.accept_video())
    assert len(workshop.host_of_videos.polls) == GARBLED_POLLS
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, GarbledAnswer)
    assert await workshop.balance() == UNTOUCHED
    assert list(workshop.making.iterdir()) == []


async def test_polls_are_ten_seconds_apart(workshop: VideoWorkshop):
    workshop.host_of_videos.polls_needed = 5
    await workshop.run_video(await workshop.accept_video())
    assert len(workshop.host_of_videos.polls) == 5
    assert min(workshop.host_of_videos.gaps_s()) >= 10


async def test_nothing_is_asked_for_after_a_day(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.note_begun, job.id, 0, "film-1")
    workshop.clock.advance(seconds=RESULT_LIFE.total_seconds())
    job = await workshop.run_video(job)
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, ResultGone)
    assert workshop.host_of_videos.polls == []
    assert await workshop.balance() == UNTOUCHED


async def test_the_card_says_when_it_will_be_ready(workshop: VideoWorkshop):
    began = workshop.clock()
    await workshop.run_video(await workshop.accept_video())
    ((ready_at, is_late),) = workshop.board.underways
    assert (ready_at, is_late) == (began + timedelta(seconds=4), False)
    # What the first film took is what the second is said to take.
    took = workshop.clock() - began
    began = workshop.clock()
    await workshop.run_video(await workshop.accept_video(job_id="job2"))
    assert workshop.board.underways[-1][0] - began == pytest.approx(took, abs=timedelta(seconds=1))


async def test_the_card_says_that_it_takes_longer(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    workshop.host_of_videos.polls_needed = 3
    start = workshop.host_of_videos.starts
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.note_begun, job.id, 0, "film-1")
    workshop.host_of_videos.at_polls = [gives_video(clip(0))]
    began = workshop.clock()
    workshop.clock.advance(minutes=5)
    await workshop.run_video(job)
    assert start == []
    assert workshop.board.underways == [(began + timedelta(seconds=4), late) for late in (0, 1)]
    assert workshop.board.dues == [True, True], "it was due before"


async def test_the_card_says_when_it_is_due(
    workshop: VideoWorkshop, monkeypatch: pytest.MonkeyPatch
):
    """Before that moment, so that no card says that the film was ready."""
    monkeypatch.setattr(segments, "DUE_BEFORE", timedelta(seconds=TYPICAL_S - 0.001))
    job = await workshop.accept_video()
    workshop.host_of_videos.polls_needed = 3
    await workshop.run_video(job)
    assert workshop.board.dues == [False, True]


async def test_a_film_of_two_parts_is_expected_once_both_are_there(workshop: VideoWorkshop):
    began = workshop.clock()
    await workshop.run_video(await workshop.accept_video(a_video_order(segments=2)))
    first, second = (ready_at for ready_at, _ in workshop.board.underways)
    assert first == began + timedelta(seconds=2 * TYPICAL_S)
    assert second >= began + timedelta(seconds=TYPICAL_S)


async def test_an_extension_goes_on_where_its_parent_ended(workshop: VideoWorkshop):
    ended = last_frame(written(workshop.folder, clip(5)))
    inputs = [
        Input(role="segment", data=clip(4), size=SIZE, position=0, mime="video/mp4"),
        Input(role="segment", data=clip(5), size=SIZE, position=1, mime="video/mp4"),
        Input(role="last", data=picture(4), size=SIZE, position=0),
        Input(role="last", data=ended, size=SIZE, position=1),
        Input(role="first", data=picture(), size=SIZE),
    ]
    job = await workshop.accept_video(a_video_order(1, earlier=2), inputs=inputs)
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    (start,) = workshop.host_of_videos.starts
    assert (start.image, start.seed) == (ended, SEED + 2)
    assert workshop.board.shown == [("result", (1, None))]
    facts = await asyncio.to_thread(probe, written(workshop.folder, workshop.board.clips[0]))
    assert facts.frames == 3 * FRAMES
    assert await workshop.balance() == paid(1)


async def test_an_extension_without_its_part_shows_no_video(workshop: VideoWorkshop):
    inputs = [
        Input(role="segment", data=clip(4), size=SIZE, position=0, mime="video/mp4"),
        Input(role="last", data=picture(4), size=SIZE, position=0),
    ]
    workshop.host_of_videos.at_starts = [refuses(403, "content_moderation", "no")]
    job = await workshop.accept_video(a_video_order(1, earlier=1), inputs=inputs)
    job = await workshop.run_video(job)
    assert job.state is JobState.FAILED
    assert workshop.board.clips == []
    assert await workshop.balance() == UNTOUCHED


@pytest.mark.parametrize("with_engine", [True, False])
async def test_a_camera_move_alone_is_free_and_starts_nothing(
    workshop: VideoWorkshop, with_engine: bool
):
    await workshop.open_videos(with_engine=with_engine)
    parts = [
        Input(role="segment", data=clip(n), size=SIZE, position=n, mime="video/mp4")
        for n in range(2)
    ]
    order = a_video_order(0, earlier=2, camera=Camera(move=Move.PAN_LEFT))
    job = await workshop.run_video(await workshop.accept_video(order, inputs=parts))
    assert job.state is JobState.DELIVERED
    assert workshop.host_of_videos.starts == []
    facts = await asyncio.to_thread(probe, written(workshop.folder, workshop.board.clips[0]))
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 2 * FRAMES)
    assert await workshop.balance() == UNTOUCHED


async def test_a_camera_move_that_failed_cuts_no_video(workshop: VideoWorkshop):
    part = Input(role="segment", data=clip(0), size=SIZE, mime="video/mp4")
    order = a_video_order(0, earlier=1, camera=Camera(move=Move.PAN_LEFT))
    job = await workshop.accept_video(order, inputs=[part])
    for _ in range(MAX_STARTS):
        await workshop.database.write(workshop.store.start, job.id)
    job = await workshop.run_video(job)
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", Interrupted)
    assert job.state is JobState.FAILED
    assert await workshop.kept("result") == []


async def test_without_an_engine_no_video_is_made(workshop: VideoWorkshop):
    await workshop.open_videos(with_engine=False)
    job = await workshop.run_video(await workshop.accept_video())
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, NoVideos)
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED


async def test_a_video_that_was_made_needs_no_engine_to_be_shown(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.video_steps.generate(job.id)
    await workshop.open_videos(with_engine=False)
    job = await workshop.run_video(job)
    assert job.state is JobState.DELIVERED
    assert workshop.board.shown == [("result", (1, None))]


async def test_a_video_that_discord_does_not_take_is_not_charged(workshop: VideoWorkshop):
    workshop.board.room_for = 0
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED


async def test_parts_that_cannot_be_cut_are_not_charged(workshop: VideoWorkshop):
    broken = Input(role="segment", data=b"no film", size=SIZE, mime="video/mp4")
    order = a_video_order(0, earlier=1, camera=Camera(move=Move.PAN_LEFT))
    job = await workshop.run_video(await workshop.accept_video(order, inputs=[broken]))
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", GarbledAnswer)
    assert job.state is JobState.FAILED


async def test_without_its_picture_a_video_cannot_begin(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.artifacts.erase(job.id)
    await workshop.run_video(job)
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, Interrupted)
    assert workshop.host_of_videos.starts == []
    assert await workshop.balance() == UNTOUCHED


async def test_a_free_engine_is_no_trouble(workshop: VideoWorkshop):
    await workshop.database.write(workshop.estimate.learn, "free", 0, timedelta(seconds=3))
    assert await workshop.database.read(workshop.estimate.duration, "free", 0) is None
