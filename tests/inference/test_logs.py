"""Nobody outside fills the log."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import BadHttpMessage

from inference.logs import EVERY_S, MOST, Throttle


def record(text: str, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    return logging.LogRecord("aiohttp.server", logging.ERROR, "", 0, text, (), info)


def test_lines_of_a_kind_are_few_each_minute():
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    assert sum(throttle.filter(record("it failed")) for _ in range(1000)) == MOST
    assert throttle.filter(record("something else"))
    now[0] = EVERY_S + 1
    assert throttle.filter(record("it failed"))


def test_requests_that_are_no_http_are_not_told_of():
    throttle = Throttle()
    assert not throttle.filter(record("no HTTP", BadHttpMessage("garbage")))
    assert throttle.filter(record("a fault of ours", ValueError()))
