"""What the tests of every kind of job stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.harness import Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with Workshop(tmp_path) as opened:
        yield opened
