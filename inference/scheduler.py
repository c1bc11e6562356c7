"""The scheduler: a bounded queue that is fair to every client and every call."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING

from generation.errors import Busy
from inference.backends.cancellation import Stopped
from inference.input_images import PictureChecks
from inference.lanes import Call, Drawn, Lane, Result, Terms

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta
    from typing import Self

    from inference.backends.backend import Backend
    from inference.lanes import Draw

NO_TERMS = Terms()
_STOP_S = 10.0
"""How long what is told to stop is waited for: a step of a large film takes seconds."""
FILMS_AT_ONCE = 2
"""Films that one backend makes at once: more would all end late instead of one after the other."""
_PICTURE_S, _FILM_S = 0.2, 30.0
"""How long one takes, before any has been made."""


class Scheduler:
    """Hands pictures to backends, each of which has a lane of its own.

    A backend gets as many at once as it takes, or as the server has workers: one for each client
    in turn, then the next. Films take minutes, so they have places of their own and keep no
    picture out. The pictures that requests start from are checked in processes of their own,
    beside the queue.
    """

    def __init__(self, workers: int, max_calls: int, max_films: int | None = None) -> None:
        """`max_calls` of pictures and `max_films`, by default as many, have a place at once."""
        self._most = {False: max_calls, True: max_calls if max_films is None else max_films}
        self._workers = workers
        self._calls: set[Call] = set()
        self._lanes: dict[tuple[int, bool], Lane] = {}
        self.is_draining = False
        self.pictures = PictureChecks()

    async def __aenter__(self) -> Self:
        """Nothing is started before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what is being drawn, and wait the moment that this takes."""
        for call in self._calls:
            call.stopped.set()
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.clear()
        for lane in lanes:
            await asyncio.to_thread(lane.close)
        await self.pictures.close()

    async def drain(self, patience: timedelta) -> None:
        """Take nothing more and hand back what has not begun; what is being drawn may finish.

        After the patience it is stopped as well, which takes a step.
        """
        self.is_draining = True
        for call in self._calls:
            if call.todo:
                call.todo.clear()
                call.finished.put_nowait(Stopped())
        await self._until_idle(patience.total_seconds())
        for call in self._calls:
            call.stopped.set()
        await self._until_idle(_STOP_S)

    async def _until_idle(self, patience_s: float) -> None:
        works = [work for lane in self._lanes.values() for work in lane.works]
        if works:
            await asyncio.wait(works, timeout=patience_s)

    @property
    def running(self) -> int:
        """How many pictures are being drawn."""
        return sum(lane.busy for lane in self._lanes.values())

    @property
    def waiting(self) -> int:
        """How many pictures wait for their turn."""
        return sum(lane.waiting for lane in self._lanes.values())

    async def draw(
        self,
        client: str,
        count: int,
        draw: Draw,
        heartbeat: timedelta,
        backend: Backend | None = None,
        terms: Terms = NO_TERMS,
    ) -> AsyncGenerator[Result | None, None]:
        """The pictures of a call as they get ready, and None whenever a heartbeat passes without.

        Where the terms want it, how far they are comes in between.
        Leaving the loop stops those to come; close the generator.

        Raises:
            Busy: too many calls wait already; says when to come back.
        """
        call = self.enlist(client, count, draw, backend, terms)
        async with aclosing(self.results(call, heartbeat)) as results:
            async for result in results:
                yield result

    def check_room(self, backend: Backend | None = None, *, is_film: bool = False) -> None:
        """Look whether another call for pictures, or for a film, would be taken.

        Raises:
            Busy: too many calls wait already; says when to come back.
            Stopped: the server is being stopped.
        """
        if self.is_draining:
            raise Stopped
        there = sum(call.is_film is is_film for call in self._calls)
        if there >= self._most[is_film]:
            what = "films" if is_film else "requests"
            patience = self._lane(backend, is_film=is_film).patience
            raise Busy(f"{there} {what} are waiting already", patience)

    def enlist(
        self,
        client: str,
        count: int,
        draw: Draw,
        backend: Backend | None = None,
        terms: Terms = NO_TERMS,
        *,
        is_film: bool = False,
        is_bounded: bool = True,
    ) -> Call:
        """A call that has its place in the queue; its results have to be waited for.

        Raises:
            Busy: as `check_room`, unless a call is let in that was promised before.
        """
        if is_bounded:
            self.check_room(backend, is_film=is_film)
        call = Call(client, draw, deque(range(count)), count, terms, is_film)
        self._calls.add(call)
        self._lane(backend, is_film=is_film).enlist(call)
        return call

    async def results(
        self, call: Call, heartbeat: timedelta
    ) -> AsyncGenerator[Result | None, None]:
        """The pictures of an enlisted call; like `draw`."""
        try:
            while call.left:
                result = await _next_within(call.finished, heartbeat)
                if isinstance(result, BaseException):
                    raise result
                call.left -= isinstance(result, Drawn)
                yield result if result is None else call.latest(result)
        finally:
            call.stopped.set()
            call.todo.clear()
            self._calls.discard(call)

    def _lane(self, backend: Backend | None, *, is_film: bool = False) -> Lane:
        # By identity: a backend is opened once and lives as long as the server.
        key = (0 if backend is None else id(backend), is_film)
        if key not in self._lanes:
            at_once = (0 if backend is None else backend.capacity) or self._workers
            self._lanes[key] = (
                Lane(min(at_once, FILMS_AT_ONCE), _FILM_S) if is_film else Lane(at_once, _PICTURE_S)
            )
        return self._lanes[key]


async def _next_within(
    finished: asyncio.Queue[Result | BaseException], heartbeat: timedelta
) -> Result | BaseException | None:
    try:
        return await asyncio.wait_for(finished.get(), heartbeat.total_seconds())
    except TimeoutError:
        return None
