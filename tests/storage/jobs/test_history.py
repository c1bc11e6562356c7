"""A member's own results: the right ones, each once, in both directions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.jobs import history
from storage.jobs.history import HistoryFilter, HistoryPage
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from tests.storage.conftest import Clock

MINA = Account(1, 2)
ALL = HistoryFilter()


@pytest.fixture
async def add(
    database: Database, store: JobStore, clock: Clock, make_job: Callable[..., Job]
) -> Callable[..., Any]:
    async def added(number: int, words: str = "a fox", state: str = "delivered", **values: Any):
        at = clock() + timedelta(minutes=number)
        job = make_job(f"job{number}", accepted_at=at, state=JobState(state), **values)

        def unit(connection: Transaction) -> None:
            assert store.add(connection, job)
            history.note_words(connection, job, words)

        await database.write(unit)

    return added


async def page(
    database: Database, filters: HistoryFilter = ALL, limit: int = 3, **where: str
) -> HistoryPage:
    return await database.read(history.page_of, MINA, filters, limit, **where)


def numbers(found: HistoryPage) -> list[int]:
    return [int(job.id.removeprefix("job")) for job in found.jobs]


async def test_pages_lead_to_the_oldest_and_back(database: Database, add: Any):
    for number in range(8):
        await add(number)
    first = await page(database)
    assert (numbers(first), first.newer) == ([7, 6, 5], "")
    second = await page(database, older_than=first.older)
    third = await page(database, older_than=second.older)
    assert (numbers(second), numbers(third), third.older) == ([4, 3, 2], [1, 0], "")
    back = await page(database, newer_than=third.newer)
    assert (numbers(back), back.newer) == ([4, 3, 2], "job4")
    newest = await page(database, newer_than=back.newer)
    assert (numbers(newest), newest.newer) == ([7, 6, 5], "")


async def test_jobs_of_one_instant_are_shown_once_each(database: Database, add: Any, clock: Clock):
    for number in range(5):
        await add(number)
        clock.advance(minutes=-1)
    first = await page(database, limit=2)
    second = await page(database, limit=2, older_than=first.older)
    third = await page(database, limit=2, older_than=second.older)
    assert sorted([*numbers(first), *numbers(second), *numbers(third)]) == [0, 1, 2, 3, 4]


async def test_only_ones_own_results_that_are_kept(database: Database, add: Any, clock: Clock):
    await add(0)
    await add(1, state="failed")
    await add(2, state="running")
    await add(3, member_id=3)
    await add(4, guild_id=9)
    await add(5)
    await database.write(history.note_erased, "job5", clock())
    for filters in (ALL, HistoryFilter(words="fox"), HistoryFilter(kind="image")):
        assert numbers(await page(database, filters, limit=9)) == [0]


async def test_filters_narrow_together(database: Database, add: Any):
    await add(0, "a red fox in snow")
    await add(1, "a red hare", kind="morph")
    await add(2, "a red fox", engine_id="other")
    await add(3, "a blue fox")
    engine = (await page(database, limit=1)).jobs[0].engine_id
    found = [
        numbers(await page(database, values, limit=9))
        for values in (
            HistoryFilter(kind="morph"),
            HistoryFilter(engine_id=engine),
            HistoryFilter(words="FOX red"),
            HistoryFilter(words="fox", engine_id=engine),
            HistoryFilter(words="fox", kind="morph"),
            HistoryFilter(words="fox unicorn"),
        )
    ]
    assert found == [[1], [3, 1, 0], [2, 0], [3, 0], [], []]


async def test_rare_pairs_of_common_words_are_found_page_by_page(
    database: Database, add: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(history, "MOST_LOOKED_AT", 3)
    await add(0, "red fox")
    for number in range(1, 8):
        await add(number, "red" if number % 2 else "fox")
    await add(8, "red fox")
    filters, seen, start = HistoryFilter(words="red fox"), [], ""
    for _ in range(9):
        found = await page(database, filters, older_than=start)
        seen += numbers(found)
        if not (start := found.older):
            break
    assert seen == [8, 0]


async def test_forgotten_words_find_nothing(database: Database, add: Any, clock: Clock):
    from storage.jobs.retention import forget_words

    await add(0, finished_at=clock(), spec={"title": "a fox"})
    assert await database.write(forget_words, clock() + timedelta(days=1), 10) == 1
    assert numbers(await page(database, HistoryFilter(words="fox"))) == []


async def test_posts_are_remembered(database: Database, add: Any, clock: Clock):
    await add(0)
    await database.write(history.add_post, "job0", 77, 10, clock())
    (post,) = await database.read(history.posts_of, "job0")
    assert (post.message_id, post.channel_id) == (77, 10)


async def test_open_jobs_and_those_of_the_guild(database: Database, add: Any, clock: Clock):
    await add(0, state="running")
    await add(1, state="waiting")
    await add(2, finished_at=clock())
    await add(3, member_id=3)
    ours = await database.read(history.open_jobs_of, MINA, 5)
    assert [job.id for job in ours] == ["job0", "job1"]
    everybody = await database.read(history.newest_of_guild, 1, 3)
    assert [job.id for job in everybody] == ["job3", "job2", "job1"]
