"""The smallest upgrade: the old version is killed, on SQLite; `make chaos` does the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.versions.old_version import COMMIT, OldVersionUnavailable, why_missing
from tests.chaos.versions.upgrade import Upgrade

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaign

MISSING = why_missing(COMMIT)
BUTTONS = 20
"""So many at least are used."""


@pytest.mark.timeout(420)
@pytest.mark.skipif(bool(MISSING), reason=f"upgrade: {MISSING}")
async def test_work_and_buttons_of_the_version_before(tmp_path: Path):
    try:
        async with Upgrade(tmp_path, ending="kill") as upgrade:
            found = await upgrade.run()
    except OldVersionUnavailable as missing:
        pytest.skip(f"upgrade: {missing}")
    assert found.faults == [], found.table()
    assert found.figures["buttons and forms used"] >= BUTTONS, found.table()
