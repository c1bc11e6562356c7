"""Worker processes on PostgreSQL: they execute and deliver, and killing any of them only delays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import Studio, attachments
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
    pytest.mark.postgres,
    needs_postgres,
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    folder: Path = tmp_path_factory.mktemp("workers")
    host = f"127.0.0.1:{backend.port}"
    async with (
        fresh_postgres() as url,
        Studio(folder, workers=2, STABILITY_HOST=host, ATELIER_DATABASE_URL=url) as opened,
    ):
        yield opened


async def test_a_job_is_drawn_and_shown(studio: Studio, backend: Backend):
    backend.draw_at_once()
    card = await studio.result(await studio.imagine("a wren"))
    assert len(attachments(card)) == 1
    await studio.settled()
