"""What the operator sees: spending since an instant, open jobs, and what is kept for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage import overview
from storage.jobs import retention
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import JobStore
    from tests.storage.conftest import Clock
    from tests.storage.ledger.books import Books

SIZE = 9


async def keep(books: Books, artifacts: Artifacts, job_id: str) -> None:
    """Keep a picture of a job."""
    artifact = await artifacts.put(
        job_id, "result", 0, b"a picture", mime="image/png", size=(64, 64)
    )

    await books.database.write(artifacts.record, artifact)


async def finish(books: Books, store: JobStore, job_id: str) -> None:
    await books.database.write(store.finish, job_id, JobState.DELIVERED)


async def test_spending_counts_from_an_instant_also_what_was_refunded(
    database: Database, books: Books, clock: Clock
):
    """Members have it back, but the operator has paid for it."""
    await books.spend(2, 700, "early")
    clock.advance(days=1)
    since = clock()
    await books.spend(2, 500, "one")
    await books.spend(3, 300, "two")
    await books.database.write(books.ledger.refund, "two", 9)
    assert await database.read(overview.spent_mc, 1, since) == 800
    assert await database.read(overview.spent_mc, 1, since - timedelta(days=1)) == 1500
    assert await database.read(overview.spent_mc, 2, since) == 0


async def test_open_jobs_are_counted_by_state(database: Database, books: Books, store: JobStore):
    await books.order(2, 100, "one")
    await books.order(2, 100, "two")
    await database.write(store.start, "two")
    counted = await database.read(overview.open_jobs)
    assert counted == {JobState.WAITING: 1, JobState.RUNNING: 1, JobState.DELIVERING: 0}


async def test_jobs_that_are_over_are_found_oldest_first(
    database: Database,
    books: Books,
    store: JobStore,
    artifacts: Artifacts,
    clock: Clock,
):
    for job_id in ("one", "two", "open"):
        job = await books.order(2, 100, job_id)
        await keep(books, artifacts, job_id)
        if job_id != "open":
            await books.close(job, 100)
            await finish(books, store, job_id)
        clock.advance(days=1)
    assert await database.read(overview.kept_bytes) == 3 * SIZE
    assert await database.read(retention.over_since, clock(), limit=9) == ["one", "two"]
    assert await database.read(retention.over_since, clock(), limit=1) == ["one"]
    assert await database.read(retention.over_since, clock() - timedelta(days=2), limit=9) == [
        "one"
    ]
    await artifacts.erase("one")
    assert await database.read(retention.over_since, clock(), limit=9) == ["two"]
    assert await database.read(overview.kept_bytes) == 2 * SIZE
    assert await database.read(retention.without_rows, ["one", "two", "unknown"]) == {
        "one",
        "unknown",
    }


async def test_folders_are_told_by_their_age(books: Books, artifacts: Artifacts, clock: Clock):
    await books.order(2, 100, "one")
    await keep(books, artifacts, "one")
    assert await artifacts.folders_before(clock() + timedelta(days=36_500)) == {"one"}
    assert await artifacts.folders_before(clock() - timedelta(days=36_500)) == set()
