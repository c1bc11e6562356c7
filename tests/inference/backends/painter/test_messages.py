"""Replies of a painter's process: what it says is read as bytes, whoever says it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from inference.backends.painter.messages import Reply, receive_reply, send_reply
from inference.video.order import Video


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    reading, writing = os.pipe()
    with Connection(reading, writable=False) as ours, Connection(writing, readable=False) as theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"a picture"),
        Reply(Video(b"a film", b"its last frame")),
        Reply(),
        Reply(problem="UnidentifiedImageError"),
    ],
)
def test_a_reply_comes_as_it_was_sent(ends: tuple[Connection, Connection], reply: Reply):
    ours, theirs = ends
    send_reply(theirs, reply)
    assert receive_reply(ours) == reply


@pytest.mark.parametrize(
    "said", [b"", b"\x03", b"\xff", b"\x00two\nlines", b"\x00" + b"x" * 500, b"\x00\xff"]
)
def test_what_is_no_reply_is_refused(ends: tuple[Connection, Connection], said: bytes):
    ours, theirs = ends
    theirs.send_bytes(said)
    with pytest.raises(OSError, match=r"reply|length"):
        receive_reply(ours)


def test_a_pickle_is_not_obeyed(ends: tuple[Connection, Connection], tmp_path: Path):
    ours, theirs = ends
    marker = tmp_path / "marker"
    theirs.send(Trap(marker))
    with pytest.raises(OSError, match=r"reply|length"):
        receive_reply(ours)
    assert not marker.exists()


def test_a_pickle_in_the_place_of_a_picture_is_bytes(
    ends: tuple[Connection, Connection], tmp_path: Path
):
    ours, theirs = ends
    marker = tmp_path / "marker"
    theirs.send_bytes(b"\x01")
    theirs.send(Trap(marker))
    assert isinstance(receive_reply(ours).made, bytes)
    assert not marker.exists()


def test_a_closed_end_is_told(ends: tuple[Connection, Connection]):
    ours, theirs = ends
    theirs.send_bytes(b"\x01")
    theirs.close()
    with pytest.raises(EOFError):
        receive_reply(ours)
