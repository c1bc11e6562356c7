"""One contract suite over every database: SQLite always, PostgreSQL where one answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.database import Database, sqlite_url
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.drafts import Drafts
from storage.jobs.jobs import Job, JobState, JobStore
from storage.ledger.ledger import Ledger
from tests.databases import migrated_postgres, migrated_sqlite
from tests.postgres import fresh_postgres, needs_postgres
from tests.storage.ledger.books import Books

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **duration: float) -> None:
        self.instant += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return request.param


@pytest.fixture
async def url(dialect: str, tmp_path: Path) -> AsyncGenerator[str]:
    """The address of a database with nothing in it."""
    if dialect == "sqlite":
        yield sqlite_url(tmp_path / "atelier.sqlite")
        return
    async with fresh_postgres() as fresh:
        yield fresh


@pytest.fixture
async def migrated_url(dialect: str, tmp_path: Path) -> AsyncGenerator[str]:
    """The address of a database with nothing but the schema in it."""
    if dialect == "sqlite":
        yield await migrated_sqlite(tmp_path / "atelier.sqlite")
        return
    async with migrated_postgres() as fresh:
        yield fresh


@pytest.fixture
async def database(migrated_url: str) -> AsyncGenerator[Database]:
    opened = await Database.open(migrated_url)
    yield opened
    await opened.close()


@pytest.fixture
async def ledger(
    database: Database, clock: Clock, request: pytest.FixtureRequest
) -> AsyncGenerator[Ledger]:
    """A ledger whose books are verified after the test."""
    ledger = Ledger(clock)
    yield ledger
    if "wrong_books" not in request.keywords:
        assert await database.read(ledger.verify) == []


@pytest.fixture
def store(database: Database, clock: Clock) -> JobStore:
    return JobStore(clock)


@pytest.fixture
def drafts(database: Database, clock: Clock) -> Drafts:
    return Drafts(clock)


@pytest.fixture
def artifacts(database: Database, clock: Clock, tmp_path: Path) -> Artifacts:
    return Artifacts(database, open_store(str(tmp_path / "artifacts")), clock)


@pytest.fixture
def make_job(clock: Clock):
    def make(job_id: str = "job1", **values: Any) -> Job:
        known: dict[str, Any] = {
            "id": job_id,
            "key": f"key-{job_id}",
            "kind": "image",
            "state": JobState.WAITING,
            "guild_id": 1,
            "channel_id": 10,
            "message_id": 100,
            "member_id": 2,
            "interaction_token": "token",
            "engine_id": "atelier-painter",
            "spec": {"prompt": "a fox"},
            "price_mc": 200,
            "accepted_at": clock(),
        }
        return Job(**{**known, **values})

    return make


@pytest.fixture
def books(database: Database, ledger: Ledger, store: JobStore, make_job) -> Books:
    return Books(database, ledger, store, make_job)
