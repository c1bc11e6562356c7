"""Nobody outside fills the log."""

from __future__ import annotations

import json
import logging

from aiohttp.http_exceptions import BadHttpMessage

from inference.logs import EVERY_S, MOST, JsonLines, Lines, Throttle


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


def told(text: str, **more: object) -> logging.LogRecord:
    found = logging.makeLogRecord({"name": "inference", "levelname": "INFO", "msg": text})
    vars(found).update(more)
    return found


def test_a_line_of_json_holds_what_was_said_beside_it():
    line = JsonLines().format(told("1 of 1 pictures", request_id="r\n1", seconds=0.5))
    assert "\n" not in line
    found = json.loads(line)
    assert found["time"].endswith("+00:00")
    del found["time"]
    assert found == {
        "level": "info",
        "logger": "inference",
        "message": "1 of 1 pictures",
        "request_id": "r\n1",
        "seconds": 0.5,
    }


def test_nobody_forges_a_line_of_text():
    line = Lines().format(told("drawn", request_id='x" level="error\nERROR all is lost'))
    assert line.count("\n") == 0
    assert line.endswith(r'request_id="x\" level=\"error\nERROR all is lost"')
    long = Lines().format(told("drawn", request_id="x" * 10_000))
    assert len(long) < 400


def test_lines_that_were_asked_for_are_all_written():
    throttle = Throttle()
    assert all(throttle.filter(told("drawn", levelno=logging.INFO)) for _ in range(3 * MOST))
