"""Kills around pictures that are paid by submit; `make chaos ARGS=stability` runs more."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chaos.campaign import Size
from tests.chaos.stability import StabilityCampaign
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

KILLS, JOBS, SEED = 8, 16, 7


@pytest.mark.timeout(420)
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
async def test_kills_around_submits(database: str, tmp_path: Path):
    size = Size(kills=KILLS, jobs=JOBS, seed=SEED, is_patient=False)
    async with AsyncExitStack() as stack:
        if database == "postgres":
            url = await stack.enter_async_context(fresh_postgres())
            size = replace(size, database_url=url, workers=1)
        found = await (await stack.enter_async_context(StabilityCampaign(tmp_path, size))).run()
    assert found.faults == [], found.table()
    assert found.figures["jobs accepted"] >= JOBS / 2, found.table()
