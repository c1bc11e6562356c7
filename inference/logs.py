"""What is written to the log and how, so that nobody outside can fill or forge it."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_S, MOST = 60.0, 10
_MOST_KINDS = 1000


_MOST_CHARS = 200
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; everything else was given with `extra`."""


def open_log(level: str, log_format: str) -> None:
    """Write lines of that level (debug, info or warning) and above to standard error.

    The formats are text, and json with one object a line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else Lines())
    if level != "debug":
        handler.addFilter(Throttle())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    if level == "info":
        # A line of theirs for each request, which ours says better.
        for library in ("aiohttp", "grpc", "asyncio"):
            logging.getLogger(library).setLevel(logging.WARNING)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    """What was said of a record beside its text, cut to a sane length."""
    return {
        name: value[:_MOST_CHARS] if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _PLAIN
    }


class Lines(logging.Formatter):
    """A line of text, with what was said beside it as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line; strings are quoted, so that none of them looks like another field or line."""
        told = "".join(f" {name}={json.dumps(value)}" for name, value in _extras(record).items())
        return super().formatMessage(record) + told


class JsonLines(logging.Formatter):
    """A JSON object in one line: time, level, logger, message, and what was said beside it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


class Throttle(logging.Filter):
    """Lets ten warnings of a kind through each minute, and none about requests that are no HTTP.

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
        if record.levelno < logging.WARNING:
            return True
        if self._now() - self._since > EVERY_S or len(self._seen) > _MOST_KINDS:
            self._since = self._now()
            self._seen.clear()
        kind = (record.name, record.levelno, str(record.msg))
        self._seen[kind] = self._seen.get(kind, 0) + 1
        return self._seen[kind] <= MOST
