"""A small campaign of films; `make chaos ARGS=films` runs the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.campaign import Size
from tests.chaos.videos import VideoCampaign

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

KILLS, JOBS, SEED = 4, 8, 7


@pytest.mark.timeout(420)
async def test_kills_around_videos(tmp_path: Path):
    size = Size(kills=KILLS, jobs=JOBS, seed=SEED, is_patient=False)
    async with VideoCampaign(tmp_path, size) as campaign:
        found = await campaign.run()
    assert found.faults == [], found.table()
    assert found.figures["jobs accepted"] >= JOBS / 2, found.table()
