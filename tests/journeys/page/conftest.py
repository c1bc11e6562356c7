"""The page of the playground, open in one browser for a module's journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.journeys.browser import open_page

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

    from tests.journeys.studio import Studio


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(studio: Studio) -> AsyncGenerator[Page]:
    async with open_page(studio.playground.url) as opened:
        yield opened
