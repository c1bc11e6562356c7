"""Calls that a server refused: how they end here, and that Ray Serve logs nothing of them."""

from __future__ import annotations

import logging


class CallFailed(Exception):
    """A call ended with a status, which is in its context and which its client reads."""


class NoRefusals(logging.Filter):
    """Leaves out the tracebacks that Ray Serve writes of refused calls."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(getattr(error, "original_exception", error), CallFailed)


def log_no_refusals() -> None:
    """Have Ray Serve log no refused calls in this process."""
    logging.getLogger("ray.serve").addFilter(NoRefusals())
