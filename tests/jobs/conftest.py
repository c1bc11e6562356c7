"""Offices for the tests of this room: one whose engine is at work, and one whose engine is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.jobs.harness import Workshop
from tests.jobs.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest_asyncio.fixture(loop_scope="module")
async def closed_office(tmp_path: Path) -> AsyncGenerator[Office]:
    """An office whose engine was not launched, so that nothing can be enqueued."""
    async with Workshop(tmp_path) as workshop:
        yield Office(workshop)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def open_office(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Office]:
    async with Workshop(tmp_path_factory.mktemp("office")) as workshop:
        office = Office(workshop)
        await office.engine.launch()
        yield office
        await office.engine.close()


@pytest.fixture
def office(open_office: Office) -> Office:
    """An office with its engine at work, and an author with a fresh account."""
    open_office.workshop.guild_id += 1
    return open_office
