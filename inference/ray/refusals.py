"""Calls that a server refused or a client gave up: how they end, and that nothing logs them."""

from __future__ import annotations

import logging


class CallFailed(Exception):
    """A call ended with a status, which is in its context and which its client reads."""


class NoRefusals(logging.Filter):
    """Leaves out the tracebacks of refused calls and, of asyncio, those of calls given up."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        error = record.exc_info[1] if record.exc_info else None
        # Ray's proxy awaits no more what it has cancelled. By its name, since only Ray knows it.
        is_given_up = type(error).__name__ == "RequestCancelledError"
        is_refused = isinstance(getattr(error, "original_exception", error), CallFailed)
        return not is_given_up and not is_refused


def log_no_refusals() -> None:
    """Have neither Ray Serve nor asyncio log such calls in this process."""
    for name in ("ray.serve", "asyncio"):
        logging.getLogger(name).addFilter(NoRefusals())
