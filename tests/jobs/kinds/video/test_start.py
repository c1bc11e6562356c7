"""Starting a film: once, under an id that is kept, and never twice without its author."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from generation.errors import Busy, GarbledAnswer, Unreachable
from jobs.errors import GivenUp, NotAnswered
from jobs.kinds.engine_wait import GARBLED_TRIES
from jobs.kinds.paid_calls import ANSWER_WITHIN
from jobs.patience import LIMIT, LONGEST_PAUSE_S
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.video.host import picture
from tests.generation.video.scripted_rest import hangs, hangs_up, refuses
from tests.jobs.harness import START_MC
from tests.jobs.kinds.video.harness import EACH_MC, VideoWorkshop, a_video_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime
    from pathlib import Path

    from tests.generation.video.scripted_rest import Script, Seen

UNTOUCHED = Balance(START_MC, 0)
AWAY = refuses(503, "unavailable", "nobody is here")


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[VideoWorkshop]:
    async with VideoWorkshop(tmp_path) as opened:
        yield opened


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncGenerator[VideoWorkshop]:
    """Against a server that knows a start that is sent again."""
    async with VideoWorkshop(tmp_path, is_ours=True) as opened:
        yield opened


def paid(count: int) -> Balance:
    return Balance(START_MC - EACH_MC * count, 0)


async def test_a_429_is_waited_for_as_long_as_it_says(workshop: VideoWorkshop):
    host = workshop.host_of_videos
    host.at_starts = [refuses(429, "rate_limit_exceeded", "slow down", retry_after="75")]
    began = workshop.clock()
    held: list[Balance] = []

    async def look() -> None:
        held.append(await workshop.balance())

    workshop.board.on_underway = look
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert workshop.clock.slept[0] == 75
    assert workshop.board.aways == [began]
    assert held == [Balance(START_MC - EACH_MC, EACH_MC)]
    assert job.waiting_since is None
    assert len(host.starts) == 1


async def test_a_429_that_lasts_gives_the_credits_back(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [refuses(429, "rate_limit_exceeded", "slow down")] * 50
    began = workshop.clock()
    job = await workshop.run_video(await workshop.accept_video())
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, Busy)
    assert workshop.clock() - began <= LIMIT
    # Nothing is sent within the minute that the API imposes.
    assert len(workshop.host_of_videos.rest.requests) <= LIMIT / timedelta(minutes=1) + 1
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED


async def test_an_engine_that_is_away_is_waited_for(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [AWAY, AWAY, AWAY]
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert len(set(workshop.board.aways)) == 1
    assert await workshop.balance() == paid(1)


async def test_after_fifteen_minutes_the_credits_come_back(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [AWAY] * 1000
    began = workshop.clock()
    job = await workshop.run_video(await workshop.accept_video())
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, Unreachable)
    assert LIMIT - timedelta(seconds=LONGEST_PAUSE_S) <= workshop.clock() - began <= LIMIT
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED


async def test_the_patience_goes_on_over_a_restart(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    await workshop.database.write(workshop.store.note_waiting, job.id, workshop.clock())
    workshop.clock.advance(minutes=14, seconds=50)
    workshop.host_of_videos.at_starts = [AWAY] * 1000
    began = workshop.clock()
    await workshop.run_video(job)
    assert workshop.clock() - began <= timedelta(seconds=10)


async def test_an_absence_that_is_over_does_not_shorten_the_next_one(workshop: VideoWorkshop):
    """Taken up with an old absence, the first part comes, and the engine is away once more."""
    job = await workshop.accept_video(a_video_order(2))
    await workshop.database.write(workshop.store.note_waiting, job.id, workshop.clock())
    workshop.clock.advance(minutes=20)
    taken_up_at = workshop.clock()
    host = workshop.host_of_videos
    host.at_starts = [host.takes, AWAY]
    job = await workshop.run_video(job)
    ((what, (made, failure)),) = workshop.board.shown
    assert (what, made, failure) == ("result", 2, None)
    (away_since,) = workshop.board.aways
    assert away_since > taken_up_at
    assert job.waiting_since is None
    assert await workshop.balance() == paid(2)


async def test_a_start_that_fails_at_the_engine_gets_a_few_tries(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [refuses(500, "internal", "oops")] * 9
    await workshop.run_video(await workshop.accept_video())
    assert len(workshop.host_of_videos.rest.requests) == GARBLED_TRIES
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, GarbledAnswer)
    assert workshop.board.questions == []


@pytest.mark.parametrize("script", [hangs_up, hangs, refuses(504, "timeout", "behind a gateway")])
async def test_a_lost_answer_is_asked_about_and_again_starts_once(
    workshop: VideoWorkshop, script: Script
):
    workshop.host_of_videos.at_starts = [script]

    async def press() -> None:
        pressed = [workshop.answer(wants_again=True) for _ in range(3)]
        assert sum(await asyncio.gather(*pressed)) == 1

    workshop.board.on_question = press
    workshop.patience = timedelta(seconds=20 if script is not hangs else 1)
    await workshop.open_videos()
    asked_at = workshop.clock()
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert workshop.board.questions == [(0, asked_at + ANSWER_WITHIN)]
    first, second = (
        one.headers["atelier-request-id"]
        for one in workshop.host_of_videos.rest.requests
        if one.method == "POST"
    )
    assert first != second
    assert len(workshop.host_of_videos.starts) == 1
    assert await workshop.balance() == paid(1)


async def test_an_answer_that_is_lost_again_is_asked_about_again(workshop: VideoWorkshop):
    host = workshop.host_of_videos
    host.at_starts = [host.takes_and_hangs_up] * 2
    answers = [True, False]

    async def press() -> None:
        assert await workshop.answer(wants_again=answers.pop(0))

    workshop.board.on_question = press
    job = await workshop.run_video(await workshop.accept_video())
    assert len(workshop.board.questions) == 2
    assert len(host.starts) == 2
    assert job.failure == {"error": GivenUp.__name__}
    assert await workshop.balance() == UNTOUCHED


async def test_who_lets_go_gets_the_credits_back(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [hangs_up]

    async def press() -> None:
        assert await workshop.answer(wants_again=False)

    workshop.board.on_question = press
    job = await workshop.run_video(await workshop.accept_video())
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", GivenUp)
    assert job.state is JobState.FAILED
    assert workshop.host_of_videos.starts == []
    assert await workshop.balance() == UNTOUCHED


async def test_an_hour_without_an_answer_ends_it(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [hangs_up]

    async def wait() -> None:
        workshop.clock.advance(minutes=59, seconds=58)

    workshop.board.on_question = wait
    began = workshop.clock()
    job = await workshop.run_video(await workshop.accept_video())
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, NotAnswered)
    assert workshop.clock() - began == ANSWER_WITHIN
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED
    assert not await workshop.answer(wants_again=True)


@pytest.mark.parametrize("was_away", [False, True])
async def test_the_time_of_a_question_is_no_absence(workshop: VideoWorkshop, was_away: bool):
    """The engine, away or not before its answer was lost, is away once more at the next start."""
    workshop.host_of_videos.at_starts = [*[AWAY] * was_away, hangs_up, AWAY]
    answered_at: list[datetime] = []

    async def press() -> None:
        workshop.clock.advance(minutes=40)
        answered_at.append(workshop.clock())
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.DELIVERED
    assert workshop.board.aways[-1] >= answered_at[0]
    assert len(workshop.board.aways) == 1 + was_away
    assert await workshop.balance() == paid(1)


async def test_the_question_is_about_the_part_that_was_lost(workshop: VideoWorkshop):
    host = workshop.host_of_videos
    host.at_starts = [host.takes, hangs_up]

    async def press() -> None:
        assert await workshop.answer(wants_again=False)

    workshop.board.on_question = press
    job = await workshop.run_video(await workshop.accept_video(a_video_order(3)))
    assert [number for number, _ in workshop.board.questions] == [1]
    ((what, (made, failure)),) = workshop.board.shown
    assert (what, made, type(failure)) == ("result", 1, GivenUp)
    assert job.state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)


async def test_a_server_that_knows_a_repeat_is_sent_it_without_asking(ours: VideoWorkshop):
    host = ours.host_of_videos
    host.at_starts = [host.takes_and_hangs_up]
    job = await ours.run_video(await ours.accept_video())
    assert job.state is JobState.DELIVERED
    assert ours.board.questions == []
    sent = [one for one in host.rest.requests if one.method == "POST"]
    assert len({one.headers["atelier-request-id"] for one in sent}) == 1
    assert len(sent) == 2
    assert len(host.starts) == 1
    assert await ours.balance() == paid(1)


async def test_a_busy_repeat_does_not_make_it_another_start(ours: VideoWorkshop):
    """The first sending may have begun what the second one was refused for."""
    host = ours.host_of_videos
    host.at_starts = [host.takes_and_hangs_up, AWAY]
    await ours.run_video(await ours.accept_video())
    assert len(host.starts) == 1
    assert await ours.balance() == paid(1)


async def test_an_id_survives_a_database_that_stumbles(workshop: VideoWorkshop):
    stumbles = 2

    def stumble(_: Any, __: Any, statement: str, *___: Any) -> None:
        nonlocal stumbles
        if statement.startswith("UPDATE segments") and "result_id=" in statement and stumbles:
            stumbles -= 1
            raise OperationalError(statement, {}, sqlite3.OperationalError("database is locked"))

    event.listen(Engine, "before_cursor_execute", stumble)
    try:
        job = await workshop.run_video(await workshop.accept_video())
    finally:
        event.remove(Engine, "before_cursor_execute", stumble)
    assert not stumbles
    assert job.state is JobState.DELIVERED
    assert len(workshop.host_of_videos.starts) == 1


async def test_cancelled_in_the_queue_nothing_is_started(workshop: VideoWorkshop):
    job = await workshop.accept_video()
    assert await workshop.cancel()
    job = await workshop.run_video(job)
    assert job.state is JobState.CANCELLED
    assert workshop.host_of_videos.rest.requests == []
    assert await workshop.balance() == UNTOUCHED


async def test_cancelled_while_the_engine_is_away_nothing_is_started(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [AWAY] * 1000
    job = await workshop.accept_video()
    running = asyncio.create_task(workshop.run_video(job))
    await workshop.board.said_away.wait()
    assert await workshop.cancel()
    assert (await running).state is JobState.CANCELLED
    assert workshop.host_of_videos.starts == []
    assert await workshop.balance() == UNTOUCHED


async def test_cancelled_between_two_parts_the_second_is_not_started(tmp_path: Path):
    """The press comes while the first part is kept."""
    async with VideoWorkshop(tmp_path, last_frame=picture(9)) as workshop:
        host = workshop.host_of_videos

        async def press(seen: Seen, writer: asyncio.StreamWriter) -> None:
            assert await workshop.cancel()
            await host.hands_out_last_frame(seen, writer)

        host.at_last_frames = [press]
        job = await workshop.run_video(await workshop.accept_video(a_video_order(2)))
        assert job.state is JobState.CANCELLED
        assert len([one for one in host.rest.requests if one.method == "POST"]) == 1
        assert await workshop.balance() == UNTOUCHED


async def test_cancelled_while_it_is_polled_for(workshop: VideoWorkshop):
    job = await workshop.accept_video()

    async def press() -> None:
        assert await workshop.cancel()

    workshop.board.on_underway = press
    job = await workshop.run_video(job)
    assert job.state is JobState.CANCELLED
    assert workshop.host_of_videos.polls == []
    assert workshop.board.shown == [("cancelled", None)]
    # Others would not know what is meant.
    assert workshop.host_of_videos.withdrawn == []
    assert await workshop.balance() == UNTOUCHED


async def test_our_own_server_is_told_of_a_cancelled_film(ours: VideoWorkshop):
    async def press() -> None:
        assert await ours.cancel()

    ours.board.on_underway = press
    ours.host_of_videos.withdrawing = hangs_up
    job = await ours.run_video(await ours.accept_video())
    assert job.state is JobState.CANCELLED
    (start,) = ours.host_of_videos.starts
    assert set(ours.host_of_videos.withdrawn) == {start.result_id}
    assert await ours.balance() == UNTOUCHED


async def test_cancelled_while_its_author_is_asked(workshop: VideoWorkshop):
    workshop.host_of_videos.at_starts = [hangs_up]

    async def press() -> None:
        assert await workshop.cancel()

    workshop.board.on_question = press
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.CANCELLED
    assert await workshop.balance() == UNTOUCHED


async def test_cancelled_while_a_start_is_under_way_its_id_is_kept(workshop: VideoWorkshop):
    host = workshop.host_of_videos

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await workshop.cancel()
        await asyncio.sleep(0)
        await host.takes(seen, writer)

    host.at_starts = [slowly]
    job = await workshop.run_video(await workshop.accept_video())
    assert job.state is JobState.CANCELLED
    (start,) = host.starts
    assert (
        await workshop.database.read(workshop.segments.get, job.id, 0)
    ).result_id == start.result_id
    assert await workshop.balance() == UNTOUCHED
