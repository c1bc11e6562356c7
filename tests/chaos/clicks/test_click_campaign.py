"""A small campaign; `python -m tests.chaos clicks` runs the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.clicks.campaign import ClickCampaign, ClickSize

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

MEMBERS, CLICKS, SEED = 12, 100, 7


@pytest.mark.timeout(600)
async def test_random_clicks(tmp_path: Path):
    size = ClickSize(members=MEMBERS, clicks=CLICKS, seed=SEED)
    async with ClickCampaign(tmp_path, size) as campaign:
        found = await campaign.run()
    assert found.faults == [], found.table()
    assert found.figures["kinds of action"] >= 20, found.table()
