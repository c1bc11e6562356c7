"""Rows that somebody planted in the engine's tables: never obeyed, told of, their jobs released."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Transaction

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text

from jobs.runner.durable import WorkflowRunner
from storage.database import Database
from tests.databases import migrated_postgres, migrated_sqlite
from tests.jobs.runner.test_serializer import trapped
from tests.jobs.runner.tracks import Track, over, running, start
from tests.postgres import needs_postgres

PLACES = {
    "operation_outputs": (
        "insert into {}operation_outputs (workflow_uuid, function_id, function_name, output,"
        " serialization, retention_timestamp) values (:job, 1, 'generate', :text, :form, 0)"
    ),
    "operation_outputs (error)": (
        "insert into {}operation_outputs (workflow_uuid, function_id, function_name, error,"
        " serialization, retention_timestamp) values (:job, 1, 'generate', :text, :form, 0)"
    ),
    "notifications": (
        "insert into {}notifications (destination_uuid, topic, message, message_uuid,"
        " serialization, created_at_epoch_ms) values (:job, null, :text, :job, :form, 0)"
    ),
    "workflow_events": (
        "insert into {}workflow_events (workflow_uuid, key, value, serialization)"
        " values (:job, 'k', :text, :form)"
    ),
    "workflow_events_history": (
        "insert into {}workflow_events_history (workflow_uuid, key, value, function_id,"
        " serialization) values (:job, 'k', :text, 1, :form)"
    ),
    "streams": (
        'insert into {}streams (workflow_uuid, key, value, "offset", function_id, serialization)'
        " values (:job, 'k', :text, 0, 1, :form)"
    ),
    "workflow_status": (
        "update {}workflow_status set inputs = :text, serialization = :form"
        " where workflow_uuid = :job"
    ),
    "workflow_status (output)": (
        "update {}workflow_status set output = :text, error = :text, serialization = :form"
        " where workflow_uuid = :job"
    ),
}
ALL = list(enumerate(PLACES))


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    if request.param == "sqlite":
        opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
        yield opened
        await opened.close()
        return
    async with migrated_postgres() as url:
        opened = await Database.open(url)
        yield opened
        await opened.close()


async def plant(
    database: Database, place: str, job_id: str, marker: Path, form: str = "py_pickle"
) -> None:
    schema = "" if database.is_sqlite else "dbos."
    values = {"job": job_id, "text": trapped(marker), "form": form}

    def unit(connection: Transaction) -> None:
        connection.execute(text(PLACES[place].format(schema)), values)

    await database.write(unit)


async def leave_jobs(database: Database, *job_ids: str) -> None:
    """Jobs that a process has accepted, and begun in part, when it ends."""
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, *job_ids)
        await track.until(lambda: bool(track.taken))


@pytest.mark.parametrize("form", ["py_pickle", "custom\nserializer"])
async def test_planted_rows_are_refused_at_the_start(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str
):
    planted = [f"eve-{number}" for number, _ in ALL]
    await leave_jobs(database, *planted, "ada-1", "bea-1")
    marker = tmp_path / "marker"
    for number, place in ALL:
        await plant(database, place, f"eve-{number}", marker, form)
    track = Track()
    async with running(database, track) as engine:
        await over(engine, *planted, "ada-1", "bea-1")
        await start(database, engine, "cleo-1")
        await over(engine, "cleo-1")
        # What ends without its close is what the reconciliation releases.
        assert await engine.over_among(planted) == planted
    assert not marker.exists()
    assert set(track.closed) == {"ada-1", "bea-1", "cleo-1"}
    for table in {place.partition(" ")[0] for place in PLACES}:
        (line,) = [one for one in caplog.messages if f"table {table} are refused" in one]
        assert ascii(form) in line
        assert "\n" not in line
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("form", ["py_pickle", "superjson"])
async def test_rows_planted_at_run_time_are_refused(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str
):
    """The first waits behind its member's others, the second is being executed."""
    marker, track = tmp_path / "marker", Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "eve-1", "eve-2", "eve-3", "ada-1")
        await track.until(lambda: len(track.taken) == 3)
        (waits,) = {"eve-1", "eve-2", "eve-3"} - {job_id for _, job_id in track.taken}
        await plant(database, "workflow_status", waits, marker, form)
        track.release("generate")
        await over(engine, "ada-1", *({"eve-1", "eve-2", "eve-3"} - {waits}))
        await _until_over(engine, waits)
    assert not marker.exists()
    assert waits not in track.closed
    assert len(track.closed) == 3
    assert repr(waits) in caplog.text


async def test_a_job_that_is_executed_is_left_to_itself(database: Database, tmp_path: Path):
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "eve-1")
        await track.until(lambda: bool(track.taken))
        await plant(database, "workflow_events", "eve-1", tmp_path / "marker")
        await engine.refuse_foreign_rows()
        assert not await engine.over_among(["eve-1"])
        track.release("generate")
        await over(engine, "eve-1")
    assert track.closed == {"eve-1": (None, 1)}
    assert not (tmp_path / "marker").exists()


async def test_a_step_that_is_planted_at_run_time_is_never_read(database: Database, tmp_path: Path):
    marker, track = tmp_path / "marker", Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "eve-1")
        await track.until(lambda: bool(track.taken))
        values = {"job": "eve-1", "text": trapped(marker), "form": "py_pickle"}
        schema = "" if database.is_sqlite else "dbos."
        second = PLACES["operation_outputs"].replace("1, 'generate'", "2, 'deliver'")

        def unit(connection: Transaction) -> None:
            connection.execute(text(second.format(schema)), values)

        await database.write(unit)
        track.release("generate")
        await over(engine, "eve-1")
    assert not marker.exists()
    assert track.given_up == []
    assert track.closed == {"eve-1": (None, 1)}


async def test_nothing_is_said_of_our_own_rows(
    database: Database, caplog: pytest.LogCaptureFixture
):
    await leave_jobs(database, "ada-1", "bea-1")
    track = Track()
    async with running(database, track) as engine:
        await over(engine, "ada-1", "bea-1")
        await engine.refuse_foreign_rows()
    assert set(track.closed) == {"ada-1", "bea-1"}
    assert "job engine" not in caplog.text


async def _until_over(engine: WorkflowRunner, job_id: str) -> None:
    async with asyncio.timeout(10):
        while not await engine.over_among([job_id]):
            await engine.refuse_foreign_rows()
            await asyncio.sleep(0.05)


async def test_a_job_whose_row_names_no_format_is_ended(
    database: Database, caplog: pytest.LogCaptureFixture
):
    await leave_jobs(database, "eve-1", "ada-1")
    schema, track = "" if database.is_sqlite else "dbos.", Track()

    def unit(connection: Transaction) -> None:
        connection.execute(
            text(
                f"update {schema}workflow_status set serialization = null"
                " where workflow_uuid = 'eve-1'"
            )
        )

    await database.write(unit)
    async with running(database, track) as engine:
        await over(engine, "eve-1", "ada-1")
        assert await engine.over_among(["eve-1"]) == ["eve-1"]
    assert set(track.closed) == {"ada-1"}
    assert any("written as ''" in one for one in caplog.messages)


async def test_planted_schedules_are_paused(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    await leave_jobs(database, "ada-1")
    schema = "" if database.is_sqlite else "dbos."
    marker, track = tmp_path / "marker", Track()

    def unit(connection: Transaction) -> None:
        connection.execute(
            text(
                f"insert into {schema}workflow_schedules (schedule_id, schedule_name,"
                " workflow_name, schedule, status, context, automatic_backfill)"
                " values ('s', 'eve\n', 'image', '* * * * * *', 'ACTIVE', :context, false)"
            ),
            {"context": trapped(marker)},
        )

    await database.write(unit)
    async with running(database, track) as engine:
        await over(engine, "ada-1")
        await engine.refuse_foreign_rows()
    assert not marker.exists()
    assert set(track.closed) == {"ada-1"}
    (line,) = [one for one in caplog.messages if "schedules" in one]
    assert "'eve\\n'" in line
    assert "Traceback" not in caplog.text
