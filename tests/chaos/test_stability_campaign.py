"""Kills around pictures that are paid by submit; `make chaos ARGS=stability` runs more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.campaign import Size
from tests.chaos.stability import StabilityCampaign

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

KILLS, JOBS, SEED = 8, 16, 7


@pytest.mark.timeout(420)
async def test_kills_around_submits(tmp_path: Path):
    size = Size(kills=KILLS, jobs=JOBS, seed=SEED, is_patient=False)
    async with StabilityCampaign(tmp_path, size) as campaign:
        found = await campaign.run()
    assert found.faults == [], found.table()
    assert found.figures["jobs accepted"] >= JOBS / 2, found.table()
