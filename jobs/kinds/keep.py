"""Keeping a picture that was paid for, also where there is no room for it at the moment."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.errors import NoSpace
from storage.jobs.artifacts import NotKept

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from storage.jobs.artifacts import Artifact

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=20)


async def keep_with_retry(
    put: Callable[[], Awaitable[Artifact]],
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Artifact:
    """What `put` keeps, tried again while there is no room.

    Raises:
        NoSpace: there was none for 15 minutes.
    """
    until, pause = now() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            return await put()
        except NotKept as error:
            log.error("a picture could not be kept: %s", error)
            if now() + pause > until:
                raise NoSpace from error
        await sleep(pause.total_seconds())
        pause = min(LONGEST_PAUSE, pause * 2)
