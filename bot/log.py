"""The log: one line a record, never a secret and no member's prompt at INFO."""

from __future__ import annotations

import logging
import sys

from storage.errors import why_unavailable

QUIET = ("discord", "dbos", "alembic", "sqlalchemy", "asyncio", "grpc")

RECONNECTING = "Attempting a reconnect"
"""How the record begins with which discord.py shows a traceback whenever the line is cut."""


def set_up(level: str) -> None:
    """Send the program's log to standard error; libraries speak from WARNING on."""
    logging.basicConfig(
        level=level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s  %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        force=True,
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("discord.client").addFilter(_on_one_line)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_a_database)


def _without_a_database(record: logging.LogRecord) -> bool:
    """Say that the database is away instead of showing who noticed it: the reason is not there."""
    error = record.exc_info[1] if record.exc_info else None
    if error and (reason := why_unavailable(error)):
        record.msg, record.args = f"{record.getMessage().rstrip(':')}: {reason}", None
        record.exc_info = record.exc_text = None
    return True


def _on_one_line(record: logging.LogRecord) -> bool:
    """Name the error of a lost connection instead of showing where it came from."""
    if record.exc_info and record.getMessage().startswith(RECONNECTING):
        kind, error, _ = record.exc_info
        name = kind.__name__ if kind else "an error"
        record.msg, record.args = f"{record.getMessage()}: {name}: {error}", None
        record.exc_info = record.exc_text = None
    return True
