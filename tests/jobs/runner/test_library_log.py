"""The library's messages are one line each, with the reason in it."""

from __future__ import annotations

import logging
import traceback

import pytest
from sqlalchemy.exc import OperationalError

from jobs.runner.library_log import log_through_ours

REFUSED = "connection refused\n\tIs the server running on that host?"


def failed() -> str:
    """As the library tells of a connection that cannot be made."""
    try:
        try:
            raise ConnectionError(REFUSED)
        except ConnectionError as error:
            raise OperationalError("select 1", {}, error) from error
    except OperationalError:
        return traceback.format_exc()


def test_a_message_is_one_line_with_its_reason(caplog: pytest.LogCaptureFixture):
    log_through_ours()
    log_through_ours()
    logger = logging.getLogger("dbos")
    logger.warning("Exception polling schedules: %s", failed())
    logger.warning("Exception listing queues: locked\n[SQL: select 1]")
    logger.warning("100 %")
    logger.warning("")
    first, *others = caplog.messages
    assert first.startswith("Exception polling schedules: sqlalchemy.exc.OperationalError: ")
    assert first.endswith("connection refused")
    assert others == ["Exception listing queues: locked", "100 %", ""]
