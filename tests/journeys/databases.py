"""A studio on SQLite and on PostgreSQL, for journeys that look things up in both."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.journeys.studio import Studio
from tests.postgres import fresh_postgres, needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

DATABASES = ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]


@asynccontextmanager
async def studio_on(database: str, folder: Path) -> AsyncGenerator[Studio]:
    """A studio on one of `DATABASES`; its log holds no traceback in the end."""
    if database == "sqlite":
        async with Studio(folder) as opened:
            yield opened
    else:
        async with fresh_postgres() as url, Studio(folder, ATELIER_DATABASE_URL=url) as opened:
            yield opened
    assert not any("Traceback" in line for line in opened.ever_said), opened.ever_said
