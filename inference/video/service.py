"""The making of films: a queue beside the pictures', and back to work after a restart."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from generation.errors import BadRequest
from inference.backends.cancellation import Stopped
from inference.backends.failure import DrawingFailed
from inference.filters.film_filter import blurred_film, is_flagged
from inference.metrics.measurements import Measurements, Outcome

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import timedelta
    from typing import Self

    from inference.backends.backend import DrawContext
    from inference.input_images import PictureChecks
    from inference.lanes import Call
    from inference.registry import ServedEngine
    from inference.scheduler import Scheduler
    from inference.video.engines import FilmEngines
    from inference.video.order import VideoOrder
    from inference.video.store import Entry, VideoStore

logger = logging.getLogger(__name__)

_SWEEP_S = 300.0


class FilmRecord:
    """What is counted and logged of a film; its prompt is never in what is said of it."""

    def __init__(self, measurements: Measurements, engine_id: str, entry: Entry) -> None:
        self._measurements = measurements
        self._engine_id = engine_id
        self._entry = entry
        self._began = time.monotonic()

    def end(self, outcome: Outcome) -> None:
        """It ended so."""
        seconds = time.monotonic() - self._began
        self._measurements.note_end(self._engine_id, outcome, seconds)
        logger.info(
            "A film of %s: %s",
            self._engine_id,
            outcome,
            extra={
                "film": self._entry.video_id[:8],
                "engine": self._engine_id,
                "seconds": round(seconds, 3),
            },
        )


class VideoService:
    """Takes orders, has the films made, keeps them, and discards them when they expire."""

    def __init__(
        self,
        engines: FilmEngines,
        scheduler: Scheduler,
        store: VideoStore,
        heartbeat: timedelta,
        measurements: Measurements | None = None,
    ) -> None:
        self._measurements = measurements or Measurements()
        self.engines = engines
        self._scheduler = scheduler
        self._store = store
        self._heartbeat = heartbeat
        self._tasks: set[asyncio.Task[None]] = set()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._accepting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Go on with what an earlier process left unfinished."""
        for entry in self._store.unfinished():
            try:
                # They were promised a place, whatever the limit is by now.
                self._enlist(entry, is_bounded=False)
            except BadRequest:
                problem = f"{entry.engine_id} is not served any more"
                await asyncio.to_thread(self._store.fail, entry.video_id, problem)
        self._spawn(self._sweep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave what is unfinished to the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def pictures(self) -> PictureChecks:
        """What looks at the pictures that films start from."""
        return self._scheduler.pictures

    def check_room(self, engine_id: str = "") -> None:
        """Look whether another film would be taken.

        Raises:
            Busy: too much waits already; says when to come back.
        """
        self._scheduler.check_room(self.engines.find(engine_id).backend, is_film=True)

    async def start(self, owner: str, order: VideoOrder, journal_key: str = "") -> tuple[str, bool]:
        """Take an order and keep it; the film's id of 64 characters, and whether it was known.

        With a journal key the same start gives the same film, unless that film failed.

        Raises:
            Busy: too much waits already; says when to come back.
            BadRequest: its engine cannot make it; names the field.
        """
        if not journal_key:
            return await self._accept(owner, order), False
        # One after the other, so that a repeat finds what was accepted just before.
        async with self._accepting:
            known = self._store.repeated(journal_key)
            if known is not None:
                return known.video_id, True
            return await self._accept(owner, order, journal_key), False

    async def _accept(self, owner: str, order: VideoOrder, journal_key: str = "") -> str:
        self.check_room(order.engine_id)
        backend = self.engines.find(order.engine_id).backend
        await asyncio.to_thread(backend.check_film, order)
        video_id = secrets.token_hex(32)
        entry = await asyncio.to_thread(self._store.accept, video_id, owner, order, journal_key)
        try:
            self._enlist(entry)
        except BaseException:
            self._store.discard(video_id)
            raise
        return video_id

    def find(self, video_id: str, owner: str) -> Entry | None:
        """The film of that id, if it is that owner's and has not expired."""
        return self._store.find(video_id, owner)

    async def read(self, entry: Entry, name: str) -> bytes | None:
        """A file of a finished film, unless it expires this moment."""
        with suppress(FileNotFoundError):
            return await asyncio.to_thread(self._store.read, entry.video_id, name)
        return None

    async def cancel(self, entry: Entry) -> None:
        """Stop making a film, or discard it if it is finished; there is nothing left of it."""
        making = self._making.pop(entry.video_id, None)
        if making is not None:
            making.cancel()
        await asyncio.to_thread(self._store.discard, entry.video_id)

    def _enlist(self, entry: Entry, *, is_bounded: bool = True) -> None:
        found = self.engines.find(entry.engine_id)

        def make(_index: int, context: DrawContext) -> bytes:
            self._make(entry.video_id, found, context)
            return b""

        call = self._scheduler.enlist(
            entry.owner, 1, make, found.backend, is_film=True, is_bounded=is_bounded
        )
        self._making[entry.video_id] = self._spawn(self._follow(entry, call))

    def _make(self, video_id: str, served: ServedEngine, context: DrawContext) -> None:
        """Make a film and keep it, or what may be seen of it; runs in a worker."""

        def check() -> None:
            if context.is_stopped():
                raise Stopped

        # An order of an earlier version names no engine, or one that is an alias by now.
        order = replace(self._store.order(video_id), engine_id=served.engine.id)
        video = served.backend.shoot(order, context)
        looks = served.filter if not order.unfiltered else None
        is_filtered = looks is not None and is_flagged(video, looks, check)
        if is_filtered:
            video = blurred_film(video, order.frames_per_s, f"Atelier {order.engine_id}")
        check()
        self._store.keep(video_id, video, is_filtered=is_filtered)

    async def _follow(self, entry: Entry, call: Call) -> None:
        record = FilmRecord(self._measurements, self.engines.find(entry.engine_id).engine.id, entry)
        try:
            async with aclosing(self._scheduler.results(call, self._heartbeat)) as results:
                async for _ in results:
                    pass
            record.end(Outcome.FINISHED)
        except asyncio.CancelledError:
            record.end(Outcome.STOPPED)
            raise
        except Stopped:
            record.end(Outcome.STOPPED)
        except DrawingFailed as error:
            record.end(Outcome.FAILED)
            logger.warning("Film %s failed: %s.", entry.video_id[:8], error)
            await asyncio.to_thread(self._store.fail, entry.video_id, str(error))
        except Exception as error:
            record.end(Outcome.FAILED)
            logger.exception("Film %s failed.", entry.video_id[:8])
            await asyncio.to_thread(self._store.fail, entry.video_id, type(error).__name__)
        finally:
            self._making.pop(entry.video_id, None)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            await asyncio.to_thread(self._store.sweep)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
