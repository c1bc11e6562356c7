"""Whether the bot is connected: it renews a file, and `python -m bot.health` looks at its age."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from bot.client import Atelier

RENEWED_EVERY_S = 10
STALE_AFTER_S = 45


async def show_health(client: Atelier, folder: Path) -> None:
    """Renew the file for as long as the gateway answers."""
    file = _file(folder)
    while True:
        if client.ws and math.isfinite(client.latency) and not client.is_closed():
            file.touch()
        await asyncio.sleep(RENEWED_EVERY_S)


def is_healthy(folder: Path) -> bool:
    """Whether the file was renewed lately."""
    try:
        return time.time() - _file(folder).stat().st_mtime < STALE_AFTER_S
    except OSError:
        return False


def _file(folder: Path) -> Path:
    return folder / "connected"


if __name__ == "__main__":
    sys.exit(0 if is_healthy(Settings.read().atelier_state) else 1)
