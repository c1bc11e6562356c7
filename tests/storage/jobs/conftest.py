"""Results that follow from one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.jobs import parents
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from tests.storage.conftest import Clock


@pytest.fixture
async def add_child(
    database: Database, store: JobStore, clock: Clock, make_job: Callable[..., Job]
) -> Callable[..., Any]:
    """Adds a result that follows from others, later than those before it."""

    async def added(job_id: str, *parent_ids: str, **values: Any) -> Job:
        clock.advance(minutes=1)
        delivered = {"state": JobState.DELIVERED, "accepted_at": clock()}
        job = make_job(job_id, **{**delivered, **values})

        def unit(connection: Transaction) -> None:
            assert store.add(connection, job)
            parents.note(connection, job, parent_ids)

        await database.write(unit)
        return job

    return added
