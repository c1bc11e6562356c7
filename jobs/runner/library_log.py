"""What the durable engine's library says in the log: through ours, a line for each message.

While the database is away the library writes several tracebacks of connections a second.
"""

from __future__ import annotations

import logging

NOT_THE_REASON = ("(", "[", "During handling", "The above exception", "Traceback")
TRACEBACK = ": Traceback (most recent call last):"


def log_through_ours() -> None:
    """Take away the library's own handler, which writes past the program's log."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)
    logger.addFilter(_shorten)


def _shorten(record: logging.LogRecord) -> bool:
    first, *more = record.getMessage().splitlines() or [""]
    if first.endswith(TRACEBACK):
        reasons = [
            line for line in more if line[:1].strip() and not line.startswith(NOT_THE_REASON)
        ]
        first = f"{first.removesuffix(TRACEBACK)}: {reasons[-1] if reasons else 'unknown'}"
    record.msg, record.args = first, None
    return True
