"""Results are found by how they look: near ones, of one guild, that are still there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from storage.jobs import fingerprints
from storage.jobs.artifacts import Artifact
from storage.jobs.fingerprints import MAX_DISTANCE
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore

SEEN = 0x0F1E_2D3C_4B5A_6978
SIZE = (512, 384)


@pytest.fixture
async def add(
    database: Database, store: JobStore, artifacts: Artifacts, make_job: Callable[..., Job]
) -> Callable[..., Any]:
    async def added(
        job_id: str,
        seen: int | None = None,
        position: int = 0,
        size: tuple[int, int] = SIZE,
        mime: str = "image/png",
        **values: Any,
    ) -> Artifact:
        kept = await artifacts.put(job_id, "result", position, b"x", mime=mime, size=size)
        job = make_job(job_id, **{"state": JobState.DELIVERED, **values})

        def unit(connection: Transaction) -> None:
            store.add(connection, job)
            artifacts.record(connection, kept)
            if seen is not None:
                fingerprints.note_seen(connection, kept, seen)

        await database.write(unit)
        return kept

    return added


async def alike(
    database: Database, seen: int = SEEN, size: tuple[int, int] = SIZE
) -> list[tuple[str, int, int]]:
    found = await database.read(fingerprints.find_alike, 1, seen, size)
    return [(one.job.id, one.position, one.distance) for one in found]


async def test_the_most_alike_come_first(database: Database, add: Any):
    await add("near", SEEN ^ 0b111)
    await add("same", SEEN)
    await add("far", SEEN ^ 0xFF)
    await add("several", SEEN ^ 0b11111, position=0)
    await add("several", SEEN ^ 0b1, position=2)
    assert await alike(database) == [("same", 0, 0), ("several", 2, 1), ("near", 0, 3)]


async def test_every_difference_that_is_small_enough_is_found(database: Database, add: Any):
    dice = random.Random(7)
    for number in range(40):
        bits = dice.sample(range(64), MAX_DISTANCE)
        await add(f"job{number}", SEEN ^ sum(1 << bit for bit in bits))
        found = await alike(database)
        assert len(found) == min(number + 1, fingerprints.MAX_FOUND)
        assert found[0] == (f"job{number}", 0, MAX_DISTANCE)


async def test_what_is_not_to_be_shown_is_not_found(
    database: Database, artifacts: Artifacts, add: Any
):
    await add("elsewhere", SEEN, guild_id=2)
    await add("running", SEEN, state=JobState.RUNNING)
    await add("square", SEEN, size=(512, 512))
    await add("erased", SEEN)
    await artifacts.erase("erased")
    await add("withheld", SEEN)
    await artifacts.withhold("withheld", 0)
    await add("unseen")
    assert await alike(database) == []


async def test_the_newest_are_looked_at_first(database: Database, add: Any):
    first, second, film = await add("a"), await add("b"), await add("c", mime="video/mp4")
    unseen = await database.read(fingerprints.find_unseen, 5)
    assert unseen == [film, second, first]
    await database.write(fingerprints.note_seen, film, 0)
    await database.write(fingerprints.note_seen, second, SEEN)
    assert await database.read(fingerprints.find_unseen, 5) == [first]
    assert await alike(database) == [("b", 0, 0)]


async def test_no_look_reads_every_picture(database: Database, add: Any):
    """Every query of a look uses an index, on both databases."""
    await add("same", SEEN)
    plans: list[str] = []

    def unit(connection: Transaction) -> None:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            # A table of one row is read as it is, whatever its indexes.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

        def explain(raw: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
            if statement.startswith("SELECT"):
                word = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
                asked = raw.connection.dbapi_connection.cursor()
                asked.execute(f"{word} {statement}", given)
                plans.append("\n".join(str(row) for row in asked.fetchall()))

        event.listen(connection, "before_cursor_execute", explain)
        fingerprints.find_alike(connection, 1, SEEN, SIZE)
        fingerprints.find_unseen(connection, 5)
        event.remove(connection, "before_cursor_execute", explain)

    await database.write(unit)
    assert len(plans) == 7
    assert not [plan for plan in plans if "SCAN artifacts" in plan and "INDEX" not in plan]
    assert not [plan for plan in plans if "Seq Scan on artifacts" in plan]
