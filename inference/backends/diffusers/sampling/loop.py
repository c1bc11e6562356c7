"""The engine: one thread for each device, the only one that uses it.

Requests with different steps, seeds, guidance, prompts and samplers join and leave the batch at
every step. Whoever has had the least work done is served first.
"""

from __future__ import annotations

import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from generation.errors import BadRequest
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.adapters.loras import NoRoomYet
from inference.backends.diffusers.model import Family
from inference.backends.diffusers.sampling.batcher import Batcher
from inference.backends.diffusers.sampling.decoder import decode
from inference.backends.diffusers.sampling.fairness import FairShares
from inference.backends.diffusers.sampling.jobs import Job, open_generic, open_job, open_order
from inference.backends.diffusers.sampling.memory import free_cached, is_out_of_memory, let_go
from inference.backends.diffusers.sampling.order_ticket import OrderTicket
from inference.backends.diffusers.sampling.picture import Failed, Finished, Picture, Ticket
from inference.backends.diffusers.sampling.preparation import prepare
from inference.backends.diffusers.sampling.runtime import Runtime
from inference.backends.failure import DrawingFailed
from inference.metrics.measurements import Measurements

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels

    AnyTicket = Ticket | OrderTicket[Any]

logger = logging.getLogger(__name__)

_PREPARE_S = 0.05
"""How long pictures under way wait while others are prepared, beyond the first of these."""


class SamplingLoop:
    """Draws the pictures of the tickets that it is handed; any thread may hand it some."""

    def __init__(self, measurements: Measurements | None = None) -> None:
        self._measurements = measurements or Measurements()
        self._inbox: SimpleQueue[AnyTicket | None] = SimpleQueue()
        self._shares = FairShares()
        self._batcher = Batcher()
        self._runtimes: WeakKeyDictionary[Model, Runtime] = WeakKeyDictionary()
        self._unprepared: list[AnyTicket] = []
        self._active: list[Picture] = []
        self._jobs: list[Job] = []
        self._sampled: list[Picture] = []
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampling", daemon=True)
        self._thread.start()

    def submit(self, ticket: AnyTicket) -> None:
        """Take a ticket; everything that happens is put into its events, last the end."""
        self._inbox.put(ticket)
        if self._is_closed.is_set():
            # Nobody may be there any more to read it.
            ticket.events.put(Failed(Stopped()))

    def close(self) -> None:
        """Stop everything within a step."""
        self._is_closed.set()
        self._inbox.put(None)
        self._thread.join()

    def _run(self) -> None:
        with torch.no_grad():
            while not self._is_closed.is_set():
                self._take_in(waits=True)
                for work in (self._drop_stopped, self._prepare, self._sample, self._decode):
                    self._survive(work)
        self._take_in()
        for ticket in self._tickets():
            ticket.events.put(Failed(Stopped()))
        for job in self._jobs:
            _close(job)

    def _survive(self, work: Callable[[], None]) -> None:
        """A fault in the engine itself ends what it has at hand, and never the thread."""
        try:
            work()
        except Exception:
            logger.exception("The engine failed.")
            for ticket in self._tickets():
                ticket.events.put(Failed(DrawingFailed("the engine failed; try again")))
            self._shares = FairShares()
            self._batcher = Batcher()
            self._unprepared.clear()
            self._active.clear()
            for job in self._jobs:
                _close(job)
            self._jobs.clear()
            self._sampled.clear()

    def _tickets(self) -> list[AnyTicket]:
        pictures = [*self._active, *self._jobs, *self._sampled]
        return [*self._unprepared, *(picture.ticket for picture in pictures)]

    def _take_in(self, *, waits: bool = False) -> None:
        """Read the inbox; `waits` for it where there is nothing else to do."""
        is_idle = waits and not (self._tickets() or self._is_closed.is_set())
        try:
            while ticket := self._inbox.get(block=is_idle):
                self._shares.enter(ticket)
                self._unprepared.append(ticket)
                is_idle = False
        except Empty:
            return

    def _end(self, ticket: AnyTicket, error: Exception) -> None:
        # First of all, so that whatever fails after it leaves nobody without an answer.
        ticket.events.put(Failed(error))
        self._shares.leave(ticket)

    def _drop_stopped(self) -> None:
        for ticket in [ticket for ticket in self._unprepared if ticket.is_over]:
            self._unprepared.remove(ticket)
            self._end(ticket, Stopped())
        for job in [job for job in self._jobs if job.ticket.is_over]:
            self._jobs.remove(job)
            _close(job)
            self._end(job.ticket, Stopped())
        for pictures in (self._active, self._sampled):
            for picture in [picture for picture in pictures if picture.ticket.is_over]:
                pictures.remove(picture)
                self._end(picture.ticket, Stopped())
                self._forget_bucket_of(picture)

    def _prepare(self) -> None:
        """Prepare what waits, but not for so long that the others notice."""
        until = time.monotonic() + _PREPARE_S
        seen: set[AnyTicket] = set()
        while fresh := [ticket for ticket in self._unprepared if ticket not in seen]:
            for ticket in list(self._shares.order(fresh)):
                seen.add(ticket)
                self._try_to_admit(ticket)
                is_others_turn = self._active or self._jobs or self._sampled
                if is_others_turn and time.monotonic() > until:
                    return
            # Whoever came in the meantime shares the next call instead of waiting for it to end.
            self._take_in()

    def _try_to_admit(self, ticket: AnyTicket) -> None:
        """Let a ticket in or end it, unless it has to wait for others to leave."""
        if ticket.is_over or self._has_to_wait(ticket):
            return
        try:
            self._admit(ticket)
        except NoRoomYet:
            return
        except Exception as error:
            self._unprepared.remove(ticket)
            self._end(ticket, _for_people(error, ticket))
        else:
            self._unprepared.remove(ticket)

    def _has_to_wait(self, ticket: AnyTicket) -> bool:
        """Whether its pipeline draws one picture at a time, and draws another one now."""
        model = ticket.model
        return model.family.is_called_whole and any(job.ticket.model is model for job in self._jobs)

    def _admit(self, ticket: AnyTicket) -> None:
        if isinstance(ticket, OrderTicket):
            self._jobs.append(open_order(ticket))
            return
        runtime = self._runtime(ticket.model)
        if ticket.model.family is Family.KANDINSKY:
            self._jobs.append(open_job(ticket))
            return
        if ticket.model.family is Family.GENERIC:
            self._jobs.append(open_generic(ticket, runtime))
            return
        picture = prepare(ticket, runtime, self._loras_in_use(ticket.model))
        (self._active if picture.course.evaluations_left else self._sampled).append(picture)

    def _loras_in_use(self, model: Model) -> set[str]:
        pictures = [picture for picture in self._active if picture.ticket.model is model]
        return {lora.name for picture in pictures for lora in picture.bucket.loras}

    def _runtime(self, model: Model) -> Runtime:
        if model not in self._runtimes:
            self._runtimes[model] = Runtime(model)
        return self._runtimes[model]

    def _sample(self) -> None:
        """One evaluation of the pictures whose turn it is, or one step of a job."""
        claims = [*self._batcher.by_need(self._active, self._runtime), *self._jobs]
        if not claims:
            return
        turns = self._shares.order(claims)
        leader = next(turns)
        if isinstance(leader, Job):
            self._advance(leader)
            return
        by_turn = (claim for claim in turns if isinstance(claim, Picture))
        runtime = self._runtime(leader.ticket.model)
        chosen = self._batcher.choose(leader, by_turn, runtime)
        # In the order of their arrival, so that the same batch is laid out the same way.
        pictures = [picture for picture in self._active if picture in chosen]
        began = time.monotonic()
        try:
            estimates = self._batcher.evaluate(pictures, runtime)
        except Exception as error:
            for picture in pictures:
                picture.error = _for_people(error, picture.ticket)
        else:
            rows = sum(len(picture.conditioning.rows) for picture in pictures)
            self._note_step(leader.ticket.model, began, rows)
            self._tell(pictures, estimates, runtime)
        for picture in pictures:
            self._shares.charge(picture, picture.work)
            if picture.error is not None:
                self._active.remove(picture)
                self._end(picture.ticket, _for_people(picture.error, picture.ticket))
                self._forget_bucket_of(picture)
            elif not picture.course.evaluations_left:
                self._active.remove(picture)
                self._sampled.append(picture)
                self._forget_bucket_of(picture)

    def _advance(self, job: Job) -> None:
        self._shares.charge(job, job.work)
        began = time.monotonic()
        failure, pixels = None, None
        try:
            pixels = job.advance()
        except Exception as error:
            failure = _for_people(error, job.ticket)
        if failure is not None:
            # Outside of the handler, for the error's traceback holds what was allocated.
            self._jobs.remove(job)
            _close(job)
            self._end(job.ticket, failure)
            free_cached(job.ticket.model.device)
            return
        self._note_step(job.ticket.model, began, 1)
        if pixels is not None:
            self._jobs.remove(job)
            job.ticket.events.put(Finished(pixels))
            self._shares.leave(job.ticket)

    def _note_step(self, model: Model, began: float, rows: int) -> None:
        self._measurements.note_step(model.id, time.monotonic() - began, rows)

    def _tell(self, pictures: list[Picture], estimates: torch.Tensor, runtime: Runtime) -> None:
        for picture, estimate in zip(pictures, estimates, strict=True):
            picture.tell(lambda: _preview(picture, estimate, runtime))  # noqa: B023 - called now

    def _forget_bucket_of(self, gone: Picture) -> None:
        if not any(picture.bucket == gone.bucket for picture in self._active):
            self._batcher.forget(gone.bucket)

    def _decode(self) -> None:
        """Decode the picture whose turn it is; the others go on being sampled in between."""
        if not self._sampled:
            return
        picture = next(self._shares.order(self._sampled))
        self._sampled.remove(picture)
        ticket = picture.ticket
        pixels, failure = None, None
        try:
            pixels = decode(ticket.model, picture.x)
        except Exception as error:
            failure = _for_people(error, ticket)
        if pixels is None or failure is not None:
            self._end(ticket, failure or Stopped())
            free_cached(ticket.model.device)
            return
        ticket.events.put(Finished(pixels))
        self._shares.leave(ticket)


def _preview(picture: Picture, estimate: torch.Tensor, runtime: Runtime) -> Pixels | None:
    """What the picture is like so far; None where that cannot be shown, for it needs no preview."""
    model = picture.ticket.model
    try:
        return runtime.colours(model).paint(estimate)
    except Exception as error:
        logger.warning("No preview of a picture of %s (%s).", model.id, type(error).__name__)
        let_go(error)
        return None


def _close(job: Job) -> None:
    """End a job in the middle; what fails while its pipeline is left concerns nobody else."""
    try:
        job.close()
    except Exception as error:
        logger.warning("A job of %s did not end well.", job.ticket.model.id, exc_info=error)


def _for_people(error: Exception, ticket: AnyTicket) -> Exception:
    """The error of one ticket, which holds no tensors any more."""
    told = _in_words(error, ticket)
    let_go(error)
    return told


def _in_words(error: Exception, ticket: AnyTicket) -> Exception:
    """The error of one ticket; what nobody has written a sentence for goes to the log."""
    if isinstance(error, (BadRequest, DrawingFailed, Stopped)):
        return error
    if is_out_of_memory(error):
        size = "{}×{}".format(*ticket.size)
        return DrawingFailed(
            f"{ticket.model.id} needs more memory than there is for {size}; a smaller size may fit"
        )
    what = "film" if ticket.model.family.makes_films else "picture"
    logger.error("A %s of %s failed.", what, ticket.model.id, exc_info=error)
    return DrawingFailed(f"the {what} failed ({type(error).__name__})")
