"""Worker processes on PostgreSQL: they execute and deliver, and killing any of them only delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.program import BotProgram
from tests.journeys.studio import Studio, attachments, buttons, shown, text_of
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.campaign,
    pytest.mark.timeout(300),
    pytest.mark.postgres,
    needs_postgres,
]

SWEPT_WITHIN_S = 30
HANDED_BACK_WITHIN_S = 60


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def url() -> AsyncGenerator[str]:
    async with fresh_postgres() as fresh:
        yield fresh


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    backend: Backend, url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    folder: Path = tmp_path_factory.mktemp("workers")
    host = f"127.0.0.1:{backend.port}"
    async with Studio(folder, workers=2, STABILITY_HOST=host, ATELIER_DATABASE_URL=url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def everyone(studio: Studio) -> None:
    """Each test begins with every process at work, whatever the one before left."""
    for program in (studio, *studio.workers):
        if program.process is None:
            await program.start()


async def test_a_job_is_drawn_and_shown(studio: Studio, backend: Backend):
    backend.draw_at_once()
    card = await studio.result(await studio.imagine("a wren"))
    assert len(attachments(card)) == 1
    await studio.settled()


async def test_what_a_killed_process_was_at_is_taken_over(studio: Studio, backend: Backend):
    """Whoever has the job is killed while the engine draws; another one finishes it."""
    released = backend.hold_back()
    ordered = [await studio.imagine(f"wren {n}") for n in range(3)]
    await backend.draws(3)
    victims = studio.workers
    for worker in victims:
        await worker.kill()
    released.set()
    for outcome in ordered:
        card = await studio.result(outcome, within=SWEPT_WITHIN_S)
        assert len(attachments(card)) == 1
    for worker in victims:
        await worker.start()
    await studio.settled()


async def test_one_worker_is_enough_to_finish_what_all_others_left(
    studio: Studio, backend: Backend
):
    """Also without a gateway: what is drawn is shown over REST."""
    survivor, other = studio.workers
    # It comes when all jobs are taken, so that it has none of its own.
    await survivor.stop()
    released = backend.hold_back()
    ordered = [await studio.imagine(f"curlew {n}") for n in range(3)]
    await backend.draws(3)
    await survivor.start()
    for program in (studio, other):
        await program.kill()
    released.set()
    for outcome in ordered:
        await studio.result(outcome, within=SWEPT_WITHIN_S)
    assert any("were taken over" in line for line in survivor.said), survivor.said
    for program in (studio, other):
        await program.start()
    await studio.settled()


async def test_a_worker_that_is_stopped_hands_its_jobs_back(studio: Studio, backend: Backend):
    released = backend.hold_back()
    ordered = [await studio.imagine(f"robin {n}") for n in range(3)]
    await backend.draws(3)
    for worker in studio.workers:
        assert await worker.stop() == 0
    released.set()
    for outcome in ordered:
        await studio.result(outcome, within=HANDED_BACK_WITHIN_S)
    for worker in studio.workers:
        assert not [line for line in worker.said if "Traceback" in line], worker.said
        await worker.start()


async def test_a_job_in_whatever_process_can_be_cancelled(studio: Studio, backend: Backend):
    released = backend.hold_back()
    outcome = await studio.imagine("a heron")
    await backend.engine.called.wait()
    message_id = shown(outcome)["id"]
    await studio.driver.click(message_id, buttons(shown(outcome))["Cancel"])
    await studio.message(message_id, lambda one: "Cancelled" in text_of(one))
    assert "25" in await studio.settled()
    released.set()


async def test_what_a_worker_cannot_work_with_is_said(studio: Studio):
    for name, value, says in (
        ("ATELIER_DATABASE_URL", "", "--worker needs PostgreSQL"),
        ("STABILITY_HOST", "", "--worker needs STABILITY_HOST"),
    ):
        worker = BotProgram(
            lambda name=name, value=value: {**studio.environment, name: value},
            "--worker",
            ready="Atelier worker ready",
        )
        with pytest.raises(AssertionError, match=says):
            await worker.start()
        assert await worker.stop() == 1


async def test_a_database_that_was_away_for_a_moment_is_no_matter(
    studio: Studio, backend: Backend, url: str
):
    """All its connections end, as when it is started again; jobs that run go on."""
    released = backend.hold_back()
    ordered = [await studio.imagine(f"plover {n}") for n in range(3)]
    await backend.draws(3)
    admin = await AsyncConnection[Any].connect(url, autocommit=True)
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid != pg_backend_pid()"
    )
    await admin.close()
    released.set()
    for outcome in ordered:
        await studio.result(outcome, within=SWEPT_WITHIN_S)
    await studio.result(await studio.imagine("an avocet"), within=SWEPT_WITHIN_S)
    await studio.settled()
    for program in (studio, *studio.workers):
        assert program.process
        assert program.process.returncode is None
