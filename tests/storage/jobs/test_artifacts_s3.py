"""Artifacts in an S3: the same as in a folder, with lists that come page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.jobs import JobStore
from tests.databases import migrated_sqlite
from tests.storage.jobs.s3 import PAGE, PLACE, PREFIX, FakeS3, serving_s3

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.database import Transaction
    from storage.jobs.artifacts import Artifact
    from tests.storage.conftest import Clock

MORE_THAN_TWO_PAGES = 2 * PAGE + 1


@pytest.fixture
async def s3(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FakeS3]:
    async with serving_s3(monkeypatch) as serving:
        yield serving


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


@pytest.fixture
async def artifacts(database: Database, s3: FakeS3, clock: Clock, make_job) -> Artifacts:
    def unit(connection: Transaction) -> None:
        JobStore(clock).add(connection, make_job())

    await database.write(unit)
    return Artifacts(database, open_store(PLACE), clock)


async def keep(database: Database, artifacts: Artifacts, position: int) -> Artifact:
    data = b"picture %d" % position
    artifact = await artifacts.put(
        "job1", "result", position, data, mime="image/png", size=(64, 64)
    )

    await database.write(artifacts.record, artifact)
    return artifact


async def test_pictures_come_back(database: Database, artifacts: Artifacts, s3: FakeS3):
    for position in range(MORE_THAN_TWO_PAGES):
        await keep(database, artifacts, position)
    kept = await artifacts.of_job("job1")
    read = [await artifacts.read(one) for one in kept]
    assert read == [b"picture %d" % position for position in range(MORE_THAN_TWO_PAGES)]
    assert all(key.startswith(f"{PREFIX}/job1/") for key in s3.objects)


async def test_erasing_takes_all_pages_and_nothing_of_others(
    database: Database, artifacts: Artifacts, s3: FakeS3
):
    kept = [await keep(database, artifacts, position) for position in range(MORE_THAN_TWO_PAGES)]
    for job_id in ("job1", "job10"):
        await artifacts.put(job_id, "init", 0, b"no row", mime="image/png", size=(1, 1))
    assert await artifacts.erase("job1") == MORE_THAN_TWO_PAGES
    assert s3.folders == {"job10"}
    with pytest.raises(FileNotFoundError):
        await artifacts.read(kept[0])
    # A repeat finds nothing, and says nothing.
    assert await artifacts.erase("job1") == 0


async def test_a_withheld_picture_loses_its_bytes(
    database: Database, artifacts: Artifacts, s3: FakeS3
):
    await keep(database, artifacts, 0)
    await artifacts.withhold("job1", 0)
    assert s3.objects == {}


async def test_old_folders_are_found_on_all_pages(artifacts: Artifacts, s3: FakeS3):
    """One with something young in it is not old."""
    names = [f"job{number}" for number in range(MORE_THAN_TWO_PAGES)]
    for name in names:
        await artifacts.put(name, "init", 0, b"old", mime="image/png", size=(1, 1))
    instant = s3.now = s3.now + timedelta(hours=1)
    for name in (names[0], "young"):
        await artifacts.put(name, "init", 1, b"young", mime="image/png", size=(1, 1))
    assert await artifacts.folders_before(instant) == set(names[1:])
