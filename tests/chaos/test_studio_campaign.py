"""A small campaign of all that is done with a picture; `make chaos ARGS=studio` is the long one."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.chaos.campaign import Size
from tests.chaos.studio import StudioCampaign
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

KILLS, JOBS, SEED = 2, 10, 7


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
async def test_kills_around_every_kind(database: str, tmp_path: Path):
    async with AsyncExitStack() as stack:
        url, workers = "", 0
        if database == "postgres":
            url, workers = await stack.enter_async_context(fresh_postgres()), 1
        size = Size(
            kills=KILLS,
            jobs=JOBS,
            seed=SEED,
            database_url=url,
            workers=workers,
            is_patient=False,
        )
        campaign = await stack.enter_async_context(StudioCampaign(tmp_path, size))
        found = await campaign.run()
    assert found.faults == [], found.table()
    assert found.figures["jobs accepted"] >= JOBS / 2, found.table()
