"""kill -9 at random moments under thirty jobs: nothing is lost, doubled or left over."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, drawn, serving_backend
from tests.journeys.studio import Studio, attachments, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from generation.wire import generation_pb2 as pb

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

KILLS = 10
MEMBERS = ("mina", "jun", "rowan")
LONGEST_LIFE_S = 0.9
SLOWEST_PICTURE_S = 0.6
DONE_WITHIN_S = 60


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


def states(folder: Path) -> dict[str, str]:
    """The state of every job by its id, read beside the bot."""
    path = folder / "state" / "atelier.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("select id, state from jobs").fetchall())


async def test_thirty_jobs_survive_ten_kills(backend: Backend, tmp_path: Path):
    async def draw(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await asyncio.sleep(random.uniform(0, SLOWEST_PICTURE_S))
        yield drawn(0)

    backend.play(draw)
    async with Studio(tmp_path, STABILITY_HOST=f"127.0.0.1:{backend.port}") as studio:
        orders: list[asyncio.Task[Any]] = []
        for _ in range(KILLS):
            orders += [
                asyncio.create_task(studio.imagine(f"wren {len(orders) + n}.", member=member))
                for n, member in enumerate(MEMBERS)
            ]
            await asyncio.sleep(random.uniform(0.05, LONGEST_LIFE_S))
            await studio.kill()
            await studio.start()
        await asyncio.gather(*orders)
        await until_done(studio, tmp_path)
        await check(studio, tmp_path)


async def until_done(studio: Studio, folder: Path) -> None:
    over = {"delivered", "failed", "cancelled"}
    async with asyncio.timeout(DONE_WITHIN_S):
        while not set(states(folder).values()) <= over:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
    for member in MEMBERS:
        await studio.settled(member)


async def check(studio: Studio, folder: Path) -> None:
    jobs = states(folder)
    # An order may die before it is accepted, but not most of them.
    assert len(jobs) > KILLS * len(MEMBERS) / 2
    assert set(jobs.values()) == {"delivered"}
    shown = [
        found[1]
        for one in await studio.driver.messages()
        if attachments(one) and (found := re.search(r"job (\w+)", text_of(one)))
    ]
    assert sorted(shown) == sorted(jobs)
    status, said = await studio.operator("ledger", "verify")
    assert status == 0, said
    with closing(sqlite3.connect(folder / "state" / "atelier.sqlite")) as connection:
        closed = connection.execute("select job_id, delivered_mc, released_mc from closes")
        assert {row[0] for row in closed if row[1] > 0 and row[2] == 0} == set(jobs)
