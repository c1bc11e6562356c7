"""What is not logged behind Ray Serve: calls that a server refused or a client gave up."""

from __future__ import annotations

import logging

from inference.ray.refusals import CallFailed, NoRefusals


class Wrapped(Exception):
    """As Ray Serve wraps what ended a call with a status."""

    def __init__(self, original: Exception) -> None:
        super().__init__()
        self.original_exception = original


class RequestCancelledError(Exception):
    """As Ray Serve tells of a call that was given up."""


def is_written(error: Exception | None) -> bool:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("ray.serve", logging.ERROR, "", 0, "Request failed.", (), info)
    return NoRefusals().filter(record)


def test_a_refused_call_is_not_written():
    assert not is_written(CallFailed())
    assert not is_written(Wrapped(CallFailed()))


def test_a_call_that_was_given_up_is_not_written():
    assert not is_written(RequestCancelledError())


def test_anything_else_is():
    assert is_written(None)
    assert is_written(ValueError())
    assert is_written(Wrapped(ValueError()))
