"""The queue: bounded, fair, and it stops what nobody wants any more."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from datetime import timedelta

import pytest

from generation.errors import Busy
from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.lanes import Draw, Drawn
from inference.scheduler import FILMS_AT_ONCE, Scheduler

SOON = timedelta(seconds=5)


class Easel:
    """Draws when it is let to, and notes what began and what ended, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.order: list[str] = []
        self.free = threading.Event()
        self.began = threading.Event()
        self.stopped = threading.Event()

    def draw(self, name: str) -> Draw:
        def draw(index: int, context: DrawContext) -> bytes:
            self.begun.append(f"{name}{index}")
            self.began.set()
            while not self.free.wait(0.002):
                if context.is_stopped():
                    self.stopped.set()
                    raise Stopped
            self.order.append(f"{name}{index}")
            return f"{name}{index}".encode()

        return draw


async def collect(scheduler: Scheduler, client: str, count: int, draw: Draw) -> list[bytes]:
    async with aclosing(scheduler.draw(client, count, draw, SOON)) as drawing:
        return [drawn.data async for drawn in drawing if isinstance(drawn, Drawn)]


async def test_clients_and_their_calls_take_turns():
    easel = Easel()
    async with Scheduler(workers=1, max_calls=9) as scheduler:
        calls = [
            asyncio.create_task(collect(scheduler, client, count, easel.draw(name)))
            for client, name, count in (("x", "a", 4), ("x", "b", 2), ("y", "c", 2))
        ]
        await asyncio.to_thread(easel.began.wait)
        easel.free.set()
        await asyncio.gather(*calls)
    # When y came, x stood in line for its next picture; from then on x and y alternate, and so do
    # the two calls of x.
    assert easel.order == ["a0", "a1", "c0", "b0", "c1", "a2", "b1", "a3"]


async def test_a_full_queue_refuses_and_says_when_to_come_back():
    easel = Easel()
    async with Scheduler(workers=1, max_calls=1) as scheduler:
        first = asyncio.create_task(collect(scheduler, "x", 1, easel.draw("a")))
        await asyncio.to_thread(easel.began.wait)
        with pytest.raises(Busy) as caught:
            await collect(scheduler, "y", 1, easel.draw("b"))
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= timedelta(seconds=1)
        easel.free.set()
        assert await first == [b"a0"]
        assert await collect(scheduler, "y", 1, easel.draw("b")) == [b"b0"]


async def test_films_keep_no_picture_out_and_are_made_one_after_the_other():
    easel = Easel()
    async with Scheduler(workers=8, max_calls=1, max_films=5) as scheduler:

        async def shoot(client: str, name: str) -> None:
            call = scheduler.enlist(client, 1, easel.draw(name), is_film=True)
            async with aclosing(scheduler.results(call, SOON)) as results:
                assert [result async for result in results if result is not None]

        films = [
            asyncio.create_task(shoot(client, name))
            for client, name in (("x", "a"), ("x", "b"), ("x", "c"), ("x", "d"), ("y", "e"))
        ]
        async with asyncio.timeout(10):
            while len(easel.begun) < FILMS_AT_ONCE:  # noqa: ASYNC110 - threads
                await asyncio.sleep(0.002)
        assert (scheduler.running, scheduler.waiting) == (FILMS_AT_ONCE, 5 - FILMS_AT_ONCE)
        with pytest.raises(Busy, match="5 films"):
            scheduler.check_room(is_film=True)
        ready = Easel()
        ready.free.set()
        assert await collect(scheduler, "y", 1, ready.draw("p")) == [b"p0"]
        easel.free.set()
        await asyncio.gather(*films)
    # Another key does not wait for all films of the first.
    assert sorted(easel.order) == ["a0", "b0", "c0", "d0", "e0"]
    assert set(easel.begun[:2]) == {"a0", "b0"}
    assert easel.begun.index("e0") < easel.begun.index("d0")


async def test_a_heartbeat_comes_while_nothing_is_ready():
    easel = Easel()
    async with Scheduler(workers=1, max_calls=1) as scheduler:
        drawing = scheduler.draw("x", 1, easel.draw("a"), timedelta(milliseconds=5))
        async with aclosing(drawing):
            assert await anext(drawing) is None
            assert await anext(drawing) is None
            easel.free.set()
            results = [drawn async for drawn in drawing]
        assert results[-1] == Drawn(0, b"a0")


async def test_leaving_stops_the_picture_and_those_that_wait():
    easel = Easel()
    async with Scheduler(workers=1, max_calls=2) as scheduler:
        call = asyncio.create_task(collect(scheduler, "x", 5, easel.draw("a")))
        await asyncio.to_thread(easel.began.wait)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert scheduler.waiting == 0
        # The only worker is free again, although nobody has let the first picture be finished.
        late = asyncio.create_task(collect(scheduler, "y", 1, easel.draw("b")))
        await asyncio.to_thread(easel.stopped.wait)
        easel.free.set()
        assert await late == [b"b0"]
    assert easel.order == ["b0"]


async def test_a_failure_reaches_its_call_alone():
    def fail(_index: int, _context: DrawContext) -> bytes:
        raise ZeroDivisionError

    easel = Easel()
    easel.free.set()
    async with Scheduler(workers=1, max_calls=2) as scheduler:
        with pytest.raises(ZeroDivisionError):
            await collect(scheduler, "x", 2, fail)
        assert await collect(scheduler, "x", 1, easel.draw("b")) == [b"b0"]


async def test_closing_stops_what_is_drawn():
    easel = Easel()
    scheduler = Scheduler(workers=1, max_calls=2)
    async with scheduler:
        call = asyncio.create_task(collect(scheduler, "x", 3, easel.draw("a")))
        await asyncio.to_thread(easel.began.wait)
    with pytest.raises((Stopped, asyncio.CancelledError)):
        await call
    assert easel.order == []
