"""Painters in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.painter.pool import PainterPool, PaintingFailed
from inference.options import TOKEN_VARIABLE
from tests.inference.orders import order, painted, pixels_of

if TYPE_CHECKING:
    from collections.abc import Generator

CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")
needs_proc = pytest.mark.skipif(not CHILDREN.exists(), reason="only /proc tells the children")

WANTED = DrawContext(lambda: False)


@pytest.fixture(scope="module")
def pool() -> Generator[PainterPool, None, None]:
    opened = PainterPool()
    yield opened
    opened.close()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, from any of its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_draws_what_the_painter_draws(pool: PainterPool):
    data = pool.draw(order("a red lighthouse"), 5, WANTED)
    assert (pixels_of(data) == painted("a red lighthouse", seed=5)).all()


def test_a_stop_reaches_the_painter_and_it_draws_again(pool: PainterPool):
    large = order("city", width=1024, height=1024)
    began = time.monotonic()
    with pytest.raises(Stopped):
        pool.draw(large, 5, DrawContext(lambda: time.monotonic() > began + 0.05))
    assert pool.draw(order("sea", width=64, height=64), 5, WANTED)


def test_what_the_painter_cannot_draw_is_named(pool: PainterPool):
    with pytest.raises(PaintingFailed, match="UnidentifiedImageError"):
        pool.draw(order("sea", init_image=b"no picture"), 5, WANTED)
    assert pool.draw(order("sea", width=64, height=64), 5, WANTED)


@needs_proc
def test_a_painter_does_not_know_the_token(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "sesame")
    pool = PainterPool()
    pool.warm_up()
    (child,) = _painters()
    assert b"sesame" not in Path(f"/proc/{child}/environ").read_bytes()
    pool.close()


@needs_proc
def test_a_painter_that_dies_is_replaced():
    pool = PainterPool()
    pool.warm_up()
    (child,) = set(children_of(os.getpid())) & set(_painters())
    os.kill(child, signal.SIGKILL)
    with pytest.raises(PaintingFailed):
        pool.draw(order("sea", width=64, height=64), 5, WANTED)
    assert pool.draw(order("sea", width=64, height=64), 5, WANTED)
    pool.close()
    with pytest.raises(Stopped):
        pool.draw(order("sea", width=64, height=64), 5, WANTED)


def _painters() -> list[int]:
    """The painters that were started last by this process."""
    found: list[int] = []
    for child in children_of(os.getpid()):
        if b"painter.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(child)
    return found[-1:]


def test_closing_ends_the_painter_in_the_middle_of_a_picture():
    pool = PainterPool()
    pool.warm_up()
    failures: list[Exception] = []

    def draw() -> None:
        try:
            pool.draw(order("city", width=1024, height=1024), 5, WANTED)
        except (PaintingFailed, Stopped) as error:
            failures.append(error)

    drawing = threading.Thread(target=draw)
    drawing.start()
    began = time.monotonic()
    pool.close()
    drawing.join()
    assert time.monotonic() - began < 5
    assert len(failures) == 1


@needs_proc
def test_painters_end_with_a_server_that_is_killed():
    with subprocess.Popen(
        [sys.executable, "-m", "inference", "--grpc-port", "0", "--http-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert "ready" in server.stdout.readline()
        deadline = time.monotonic() + 5
        while not (children := children_of(server.pid)):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        server.kill()
    for child in children:
        until_gone(child)
