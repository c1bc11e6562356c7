"""Favourites: found by the list of results, kept by retention, gone with their files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage import export, forgetting
from storage.jobs import favourites, history, retention
from storage.jobs.history import HistoryFilter
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Account
from tests.storage.sql import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore
    from tests.storage.conftest import Clock

MINA = Account(1, 2)


@pytest.fixture
async def add(
    database: Database,
    store: JobStore,
    artifacts: Artifacts,
    clock: Clock,
    make_job: Callable[..., Job],
) -> Callable[..., Any]:
    """Adds a delivered job with two pictures."""

    async def added(number: int, words: str = "a fox", **values: Any) -> None:
        at = clock() + timedelta(minutes=number)
        over = {"state": JobState.DELIVERED, "finished_at": at, "spec": {"title": words}}
        job = make_job(f"job{number}", accepted_at=at, **{**over, **values})

        def unit(connection: Transaction) -> None:
            assert store.add(connection, job)
            history.note_words(connection, job, words)

        await database.write(unit)
        for position in range(2):
            artifact = await artifacts.put(
                job.id, "result", position, b"a picture", mime="image/png", size=(64, 64)
            )
            await database.write(artifacts.record, artifact)

    return added


async def mark(database: Database, number: int, position: int = 0, *, on: bool = True) -> bool:
    return await database.write(favourites.mark, f"job{number}", position, is_favourite=on)


async def listed(database: Database, limit: int = 9, **filters: Any) -> list[int]:
    asked = HistoryFilter(is_favourite=True, **filters)
    page = await database.read(history.page_of, MINA, asked, limit)
    return [int(job.id.removeprefix("job")) for job in page.jobs]


async def test_a_result_is_listed_while_one_of_its_pictures_is_marked(database: Database, add: Any):
    for number in range(3):
        await add(number)
    assert await listed(database) == []
    assert await mark(database, 1, 0)
    assert await mark(database, 1, 1)
    # Pressed twice, it stays so.
    assert await mark(database, 1, 1)
    assert await listed(database) == [1]
    assert await mark(database, 1, 0, on=False)
    assert await listed(database) == [1]
    assert await mark(database, 1, 1, on=False)
    assert await listed(database) == []
    assert not await mark(database, 1, 7)
    assert not await mark(database, 9)


async def test_other_filters_narrow_them(database: Database, add: Any):
    await add(0, "a red fox")
    await add(1, "a red hare", kind="morph")
    await add(2, "a blue fox", engine_id="other")
    await add(3, "a red fox")
    for number in range(3):
        await mark(database, number)
    assert await listed(database, words="red") == [1, 0]
    assert await listed(database, words="FOX red") == [0]
    assert await listed(database, kind="morph") == [1]
    assert await listed(database, engine_id="other") == [2]
    assert await listed(database, words="unicorn") == []
    # The mark is no word that anybody can type.
    page = await database.read(history.page_of, MINA, HistoryFilter(words=favourites.MARK), 9)
    assert page.jobs == []


async def test_pages_of_them_lead_to_the_oldest_and_back(database: Database, add: Any):
    asked = HistoryFilter(is_favourite=True)
    for number in range(7):
        await add(number)
        if number != 3:
            await mark(database, number)
    first = await database.read(history.page_of, MINA, asked, 3)
    second = await database.read(history.page_of, MINA, asked, 3, older_than=first.older)
    assert [job.id for job in first.jobs] == ["job6", "job5", "job4"]
    assert [job.id for job in second.jobs] == ["job2", "job1", "job0"]
    back = await database.read(history.page_of, MINA, asked, 3, newer_than=second.newer)
    assert [job.id for job in back.jobs] == ["job6", "job5", "job4"]


async def test_the_mark_goes_with_the_picture(database: Database, artifacts: Artifacts, add: Any):
    for number in range(2):
        await add(number)
    await mark(database, 0, 1)
    await mark(database, 1, 0)
    await artifacts.erase_one("job0", 0)
    assert await listed(database) == [1, 0]
    await artifacts.erase_one("job0", 1)
    assert await listed(database) == [1]
    await artifacts.erase("job1")
    assert await listed(database) == []
    assert favourites.MARK not in [
        row.word for row in await rows(database, "select word from job_words")
    ]


async def test_retention_leaves_them_while_there_is_room(
    database: Database, add: Any, clock: Clock
):
    for number in range(2):
        await add(number)
    await mark(database, 0)
    before = clock() + timedelta(days=1)
    assert await database.read(retention.over_since, before, 9) == ["job1"]
    apart = await database.read(retention.over_since, before, 9, has_favourites=True)
    assert apart == ["job0"]
    assert await database.write(retention.forget_words, before, 9) == 1
    assert await listed(database, words="fox") == [0]
    await mark(database, 0, on=False)
    assert await database.write(retention.forget_words, before, 9) == 1


async def test_they_are_exported_and_forgotten(database: Database, artifacts: Artifacts, add: Any):
    await add(0)
    await add(1)
    await mark(database, 0, 1)
    told = await database.read(export.data_of, MINA)
    assert {job["id"]: job["favourites"] for job in told["jobs"]} == {"job0": [2], "job1": []}
    assert (await database.read(forgetting.kept_of, MINA)).favourites == 1
    for number in range(2):
        await artifacts.erase(f"job{number}")
    assert (await database.read(forgetting.kept_of, MINA)).favourites == 0
