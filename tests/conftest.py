"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("atelier", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("atelier")

MEMORY = Path("/dev/shm")
"""The folder in memory that Linux has."""
ENOUGH_BYTES = 4 << 30


def pytest_configure() -> None:
    """Keep temporary folders in memory where there is room: a disk takes 4 ms for each commit."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys, which take longest: else one worker is left alone with them."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)
