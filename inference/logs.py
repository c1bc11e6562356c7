"""What is written to the log, so that nobody outside can fill it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_S, MOST = 60.0, 10
_MOST_KINDS = 1000


class Throttle(logging.Filter):
    """Lets ten lines of a kind through each minute, and none about requests that are no HTTP.

    Such a request is answered with 400; aiohttp writes a traceback for each.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._since = now()
        self._seen: dict[tuple[str, int, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            return False
        if self._now() - self._since > EVERY_S or len(self._seen) > _MOST_KINDS:
            self._since = self._now()
            self._seen.clear()
        kind = (record.name, record.levelno, str(record.msg))
        self._seen[kind] = self._seen.get(kind, 0) + 1
        return self._seen[kind] <= MOST
