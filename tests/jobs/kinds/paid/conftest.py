"""A workshop of paid pictures on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.databases import migrated_postgres
from tests.jobs.kinds.paid.harness import PaidWorkshop
from tests.postgres import needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
async def workshop(request: Any, tmp_path: Path) -> AsyncGenerator[PaidWorkshop]:
    if request.param == "sqlite":
        async with PaidWorkshop(tmp_path) as opened:
            yield opened
        return
    async with (
        migrated_postgres() as url,
        PaidWorkshop(tmp_path, database_url=url) as opened,
    ):
        yield opened
