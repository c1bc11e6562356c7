"""The parts of films: each row's life from its start to its polls, and the author's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Transaction

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.segments import Segment, Segments
from tests.storage.conftest import Clock

ID = "a6dc6c6e20acda010fe14d71f180658f"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def segments(
    database: Database, clock: Clock, store: JobStore, make_job: Callable[..., Job]
) -> Segments:
    def unit(connection: Transaction) -> None:
        store.add(connection, make_job("job1", kind="video"))
        store.add(connection, make_job("job2", kind="video"))

    await database.write(unit)
    return Segments(clock)


async def test_a_part_that_nothing_was_done_for_has_no_row(database: Database, segments: Segments):
    part = await database.read(segments.get, "job1", 2)
    assert part == Segment(job_id="job1", number=2)
    assert not part.is_lost
    assert part.next_start == 1


async def test_the_life_of_a_part(database: Database, segments: Segments, clock: Clock):
    sent = await database.write(segments.note_sent, "job1", 0)
    assert (sent.sent_at, sent.starts, sent.is_lost) == (clock(), 1, True)
    clock.advance(seconds=3)
    begun = await database.write(segments.note_begun, "job1", 0, ID)
    assert (begun.result_id, begun.begun_at) == (ID, clock())
    assert not begun.is_lost
    due_at = clock() + MINUTE
    await database.write(segments.note_next_poll, ID, due_at)
    part = await database.read(segments.get, "job1", 0)
    assert part.next_poll_at == due_at
    assert part.sent_at == clock() - timedelta(seconds=3)


async def test_the_parts_of_videos_are_apart(database: Database, segments: Segments, clock: Clock):
    for job_id, number in (("job1", 0), ("job1", 1), ("job2", 0)):
        await database.write(segments.note_sent, job_id, number)
        await database.write(segments.note_begun, job_id, number, f"{ID}-{job_id}-{number}")
    await database.write(segments.note_next_poll, f"{ID}-job1-1", clock() + MINUTE)
    due = [
        (await database.read(segments.get, *one)).next_poll_at for one in (("job1", 0), ("job2", 0))
    ]
    assert due == [None, None]
    assert (await database.read(segments.get, "job1", 1)).next_poll_at == clock() + MINUTE


async def test_a_poll_of_an_unknown_id_is_noted_nowhere(
    database: Database, segments: Segments, clock: Clock
):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.note_next_poll, "unknown", clock())
    assert (await database.read(segments.get, "job1", 0)).next_poll_at is None


async def test_a_refused_start_is_taken_back_and_the_next_is_another(
    database: Database, segments: Segments
):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.take_back, "job1", 0)
    part = await database.read(segments.get, "job1", 0)
    assert not part.is_lost
    assert (part.starts, part.next_start) == (1, 2)
    assert (await database.write(segments.note_sent, "job1", 0)).starts == 2


async def test_what_was_never_sent_can_be_taken_back(database: Database, segments: Segments):
    await database.write(segments.take_back, "job1", 0)
    assert await database.read(segments.get, "job1", 0) == Segment(job_id="job1", number=0)


async def test_a_lost_start_that_is_sent_again_stays_the_same(
    database: Database, segments: Segments, clock: Clock
):
    first = await database.write(segments.note_sent, "job1", 0)
    assert first.next_start == 1
    await database.write(segments.ask, "job1", 0)
    clock.advance(seconds=5)
    again = await database.write(segments.note_sent, "job1", 0)
    assert (again.starts, again.next_start, again.asked_at) == (1, 1, None)
    assert again.sent_at == clock()


async def test_the_hour_counts_from_the_first_question(
    database: Database, segments: Segments, clock: Clock
):
    await database.write(segments.note_sent, "job1", 0)
    asked_at = (await database.write(segments.ask, "job1", 0)).asked_at
    assert asked_at == clock()
    clock.advance(minutes=20)
    assert (await database.write(segments.ask, "job1", 0)).asked_at == asked_at


async def test_without_a_question_there_is_no_answer(database: Database, segments: Segments):
    assert not await database.write(segments.answer, "job1", wants_again=True)
    await database.write(segments.note_sent, "job1", 0)
    assert not await database.write(segments.answer, "job1", wants_again=True)
    assert not await database.write(segments.answer, "job1", wants_again=False)
    await database.write(segments.ask, "job1", 0)
    await database.write(segments.note_begun, "job1", 0, ID)
    assert not await database.write(segments.answer, "job1", wants_again=False)


async def test_again_makes_the_next_start_another_one(database: Database, segments: Segments):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.ask, "job1", 0)
    assert await database.write(segments.answer, "job1", wants_again=True)
    part = await database.read(segments.get, "job1", 0)
    assert not part.is_lost
    assert (part.next_start, part.asked_at, part.is_given_up) == (2, None, False)
    assert part.lost_starts == 1
    assert not await database.write(segments.answer, "job1", wants_again=True)


async def test_giving_up_is_final(database: Database, segments: Segments):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.ask, "job1", 0)
    assert await database.write(segments.answer, "job1", wants_again=False)
    assert (await database.read(segments.get, "job1", 0)).is_given_up
    assert not await database.write(segments.answer, "job1", wants_again=True)
    assert not await database.write(segments.answer, "job1", wants_again=False)


async def test_an_answer_is_for_the_part_that_was_asked_about(
    database: Database, segments: Segments
):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.note_begun, "job1", 0, ID)
    await database.write(segments.note_sent, "job1", 1)
    await database.write(segments.ask, "job1", 1)
    await database.write(segments.note_sent, "job2", 0)
    await database.write(segments.ask, "job2", 0)
    assert await database.write(segments.answer, "job1", wants_again=False)
    given_up = [
        (await database.read(segments.get, "job1", 0)),
        (await database.read(segments.get, "job2", 0)),
    ]
    assert [one.is_given_up for one in given_up] == [False, False]
    assert (await database.read(segments.get, "job1", 1)).is_given_up


async def test_of_many_answers_at_once_one_counts(database: Database, segments: Segments):
    await database.write(segments.note_sent, "job1", 0)
    await database.write(segments.ask, "job1", 0)
    answers = [database.write(segments.answer, "job1", wants_again=bool(n % 2)) for n in range(10)]
    counted = await asyncio.gather(*answers)
    assert sum(counted) == 1
    part = await database.read(segments.get, "job1", 0)
    assert part.is_given_up == (not counted.index(True) % 2)
    assert part.is_lost == part.is_given_up


async def test_only_jobs_have_parts(database: Database, segments: Segments):
    with pytest.raises(IntegrityError):
        await database.write(segments.note_sent, "unknown", 0)
