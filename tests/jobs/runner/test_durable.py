"""The durable engine: every job runs to its end, a few at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from jobs.runner.durable import WorkflowRunner
from storage.database import Database
from tests.databases import migrated_sqlite
from tests.jobs.runner.tracks import MEMBER_CONCURRENCY, STEPS, Points, Track, over, running, start

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from storage.database import Transaction

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Database]:
    path = tmp_path_factory.mktemp("engine") / "atelier.sqlite"
    opened = await Database.open(await migrated_sqlite(path))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def at_work(database: Database) -> AsyncGenerator[tuple[WorkflowRunner, Points]]:
    points = Points()
    async with running(database, points) as engine:
        yield engine, points


@pytest.fixture
def engine(at_work: tuple[WorkflowRunner, Points]) -> WorkflowRunner:
    return at_work[0]


@pytest.fixture
def track(at_work: tuple[WorkflowRunner, Points]) -> Track:
    """A fresh track for the engine that all tests share."""
    at_work[1].track = Track()
    return at_work[1].track


async def test_each_step_is_taken_once(database: Database, engine: WorkflowRunner, track: Track):
    await start(database, engine, "ada-1")
    await over(engine, "ada-1")
    assert track.taken == Counter((step, "ada-1") for step in STEPS)
    assert track.closed == {"ada-1": (None, 1)}


async def test_a_job_that_is_over_takes_no_further_step(
    database: Database, engine: WorkflowRunner, track: Track
):
    track.outcome = {"over": True}
    await start(database, engine, "bea-1")
    await over(engine, "bea-1")
    assert track.closed == {}


async def test_a_job_is_not_over_while_it_waits_or_works(
    database: Database, engine: WorkflowRunner, track: Track
):
    jobs = ("cleo-1", "cleo-2", "cleo-3")
    track.hold("generate")
    await start(database, engine, *jobs)
    await track.until(lambda: len(track.taken) == MEMBER_CONCURRENCY)
    assert await engine.over_among([*jobs, "cleo-4"]) == ["cleo-4"]
    track.release("generate")
    await over(engine, *jobs)


async def test_a_transaction_that_fails_enqueues_nothing(
    database: Database, engine: WorkflowRunner, track: Track
):
    async def break_off() -> None:
        def unit(connection: Transaction) -> None:
            engine.enqueue(connection, "image", "dora-1", "dora")
            raise RuntimeError

        await database.write(unit)

    with pytest.raises(RuntimeError):
        await break_off()
    assert await engine.over_among(["dora-1"])
    await start(database, engine, "dora-2")
    await over(engine, "dora-2")
    assert ("generate", "dora-1") not in track.taken


async def test_a_member_has_a_few_at_a_time_and_holds_up_nobody(
    database: Database, engine: WorkflowRunner, track: Track
):
    jobs = [f"eva-{n}" for n in range(6)]
    track.hold("generate")
    await start(database, engine, *jobs, "finn-1")
    await track.until(lambda: track.at_once["finn"] == 1 and track.at_once["eva"] == 2)
    track.release("generate")
    await over(engine, *jobs, "finn-1")
    assert track.most_at_once["eva"] == MEMBER_CONCURRENCY


@pytest.mark.parametrize(
    ("step", "closed"),
    [("generate", ({"error": "Interrupted"}, 1)), ("deliver", (None, 0)), ("close", None)],
)
async def test_a_step_that_breaks_off_still_leads_to_the_end(
    database: Database,
    engine: WorkflowRunner,
    track: Track,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    closed: tuple[Any, int] | None,
):
    """What could not be closed is left to the reconciliation."""
    monkeypatch.setattr("jobs.workflow.CLOSE_PAUSE_S", 0)
    track.trouble[step] = ZeroDivisionError("a mistake of ours")
    job_id = f"gina-{step}"
    await start(database, engine, job_id)
    await over(engine, job_id)
    assert track.closed.get(job_id) == closed
    assert "a mistake of ours" in caplog.text
    assert (job_id in track.given_up) == (step == "deliver")


async def test_a_close_that_stumbles_is_repeated(
    database: Database, engine: WorkflowRunner, track: Track, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("jobs.workflow.CLOSE_PAUSE_S", 0.01)
    track.stumbles["close"] = 3
    await start(database, engine, "hugo-1")
    await over(engine, "hugo-1")
    assert track.closed["hugo-1"] == (None, 1)


async def test_a_job_of_the_version_before_is_finished(
    database: Database, engine: WorkflowRunner, track: Track
):
    """Enqueued as it was then: on the one queue that there was, with the version pinned to 1."""
    client = DBOSClient(
        system_database_engine=database.blocking_engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name="atelier",
    )
    options: EnqueueOptions = {
        "workflow_name": "image",
        "queue_name": "images",
        "workflow_id": "ines-1",
        "queue_partition_key": "ines",
        "app_version": "1",
    }
    await client.enqueue_async(options, "ines-1")
    await over(engine, "ines-1")
    await asyncio.to_thread(client.destroy)
    assert track.closed == {"ines-1": (None, 1)}
