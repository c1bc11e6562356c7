"""One studio for a module's journeys: they share the bot, as members do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.studio import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _right_books() -> AsyncGenerator[None]:
    """Verify the books after every journey, also while jobs are under way."""
    yield
    for studio in Studio.opened:
        await studio.verify_books()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Studio]:
    async with Studio(tmp_path_factory.mktemp("studio")) as opened:
        yield opened
        status, said = await opened.operator("ledger", "verify")
        assert status == 0, said
        assert await opened.problems() == []
        assert not any("Traceback" in line for line in opened.ever_said), "\n".join(
            opened.ever_said
        )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def web() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
