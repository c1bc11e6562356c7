"""The database of the operator's commands: a folder where there was none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings
from bot.wiring.database import operators_database

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio
TOLD_BY = "bot.wiring.database"
"""Whose lines are looked at: a slow database says so too."""


async def test_a_folder_without_a_database_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    settings = Settings(atelier_state=tmp_path / "elsewhere")
    async with operators_database(settings):
        pass
    (said,) = [record.getMessage() for record in caplog.records if record.name == TOLD_BY]
    assert str(tmp_path / "elsewhere") in said
    assert "ATELIER_STATE" in said
    caplog.clear()
    async with operators_database(settings):
        pass
    assert not [record for record in caplog.records if record.name == TOLD_BY]
