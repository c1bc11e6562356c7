"""A process dies after it has shown a card and before the job is accepted: it is repaired.

On PostgreSQL, since a lock on one table can hold up the accepting transaction there.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import AsyncConnection

from tests.journeys.studio import WITHIN_S, Studio, buttons, opened, shown, text_of
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = [pytest.mark.timeout(120), pytest.mark.postgres, needs_postgres]

LATER_MS = {"with the token": 61_000, "as the bot": 3_600_000}


@asynccontextmanager
async def no_new_jobs(url: str) -> AsyncGenerator[None]:
    """Hold up every transaction that adds a job."""
    connection = await AsyncConnection[Any].connect(url, autocommit=True)
    try:
        async with connection.transaction():
            await connection.execute("lock table jobs in exclusive mode")
            yield
    finally:
        await connection.close()


async def count(url: str, table: str) -> int:
    connection = await AsyncConnection[Any].connect(url, autocommit=True)
    try:
        found = await connection.execute(f"select count(*) from {table}".encode())
        return int((await found.fetchone() or [0])[0])
    finally:
        await connection.close()


async def grow_old(url: str, by_ms: int) -> None:
    connection = await AsyncConnection[Any].connect(url, autocommit=True)
    try:
        await connection.execute("update promises set made_at = made_at - %s", (by_ms,))
    finally:
        await connection.close()


@pytest.mark.parametrize("way", LATER_MS)
async def test_a_card_without_a_job_is_repaired(tmp_path: Path, way: str):
    async with fresh_postgres() as url, Studio(tmp_path, ATELIER_DATABASE_URL=url) as studio:
        async with no_new_jobs(url):
            outcome = await studio.imagine("a red lighthouse")
            assert "reserved" in text_of(shown(outcome))
            await studio.kill()
        assert (await count(url, "promises"), await count(url, "jobs")) == (1, 0)
        await grow_old(url, LATER_MS[way])
        await studio.start()
        card = await studio.message(shown(outcome)["id"], lambda one: "Interrupted" in text_of(one))
        assert "Nothing was charged" in text_of(card)
        async with asyncio.timeout(WITHIN_S):
            while await count(url, "promises"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        form = opened(await studio.driver.click(card["id"], buttons(card)["Edit"]))
        assert "a red lighthouse" in str(form)


@pytest.mark.campaign
async def test_a_card_is_repaired_later_where_discord_fails(tmp_path: Path):
    async with fresh_postgres() as url, Studio(tmp_path, ATELIER_DATABASE_URL=url) as studio:
        async with no_new_jobs(url):
            outcome = await studio.imagine("a red lighthouse")
            await studio.kill()
        await grow_old(url, LATER_MS["with the token"])
        # The library itself tries five times, with growing pauses.
        await studio.driver.fault("503", method="PATCH", route="/webhooks/", times=5)
        await studio.start()
        await studio.wait_until_said("is repaired later", within=60)
        assert await count(url, "promises") == 1
        await studio.restart()
        await studio.message(shown(outcome)["id"], lambda one: "Interrupted" in text_of(one))


async def test_an_accepted_and_a_refused_order_leave_no_unaccepted_card(tmp_path: Path):
    async with fresh_postgres() as url, Studio(tmp_path, ATELIER_DATABASE_URL=url) as studio:
        await studio.result(await studio.imagine("a wren"))
        outcome = await studio.imagine("a wren", count=16, size="1024x1024")
        assert outcome.ephemeral
        assert await count(url, "promises") == 0
